import ActivationCore

extension ControlEntry {
    /// Whether an audience's members are named by others.
    ///
    /// What clients stored under the same word before there were such audiences has no edition.
    var isExternalAudience: Bool { body.isExternalAudience }

    /// What an external audience is known by, and which statements count; nil for one by a rule.
    var externalAudience: ExternalAudience? { ExternalAudience(body) }
}

extension ExternalAudience {
    /// Reads the stored members of an audience; nil for one that is made of a rule.
    init?(_ members: JSONObject) {
        guard members.isExternalAudience, let namespace = members["namespace"]?.string,
            let id = members["audienceId"]?.string
        else { return nil }
        self.init(
            namespace: namespace,
            externalID: id,
            edition: members["edition"]?.int64 ?? 0,
            lastEdition: members["lastEdition"]?.int64,
            expiresAt: members["expireTime"]?.int64.map { Timestamp(milliseconds: $0) }
        )
    }
}

extension JSONObject {
    /// Whether they are the stored members of an audience whose members are named by others.
    var isExternalAudience: Bool {
        self["type"] == .string(ExternalAudienceMembers.type) && self["lastEdition"]?.int64 != nil
    }
}

extension ControlSnapshot {
    /// What external audiences stand under in `segmentMembership`.
    var externalNamespaces: [Audience.ID: String] {
        var namespaces: [Audience.ID: String] = [:]
        for entry in entries(.segmentDefinition) {
            guard let external = entry.externalAudience, let id = UUIDBytes(entry.id) else { continue }
            namespaces[Audience.ID(uuid: id)] = external.namespace
        }
        return namespaces
    }
}

extension ControlSnapshot {
    /// The external audience that has an id.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`, or `AUDIENCE_NOT_EXTERNAL` for one that is made of a rule.
    func externalAudience(_ id: String) throws(APIError) -> SegmentDefinition {
        let definition = try SegmentDefinitionStore.definition(id, in: self)
        guard definition.isExternal else {
            throw APIError(
                .audienceNotExternal,
                "the audience is made of a rule, which says who belongs to it; nobody else can"
            )
        }
        return definition
    }
}

extension SegmentDefinition {
    /// When its members exit, or have; nil while nothing was uploaded.
    var expiresAt: Timestamp? { ExternalAudience(body)?.expiresAt }

    /// Refuses to take members for an external audience that has none to take (BEHAVIOUR 5.7).
    ///
    /// - Throws: `AUDIENCE_STATE_CONFLICT`, or `AUDIENCE_EXPIRED`.
    func refuseUnlessOpen(at now: Timestamp) throws(APIError) {
        try refuseInactive()
        guard let expiresAt, expiresAt <= now else { return }
        throw APIError(
            .audienceExpired,
            "the audience's members have expired at \(expiresAt.rfc3339); upload a file of members, which begins anew"
        )
    }

    /// Refuses to take members for an audience that nobody enters.
    ///
    /// - Throws: `AUDIENCE_STATE_CONFLICT`.
    func refuseInactive() throws(APIError) {
        guard lifecycle == .inactive else { return }
        throw APIError(
            .audienceStateConflict,
            "the audience is inactive, so nobody enters or exits it; publish it first"
        )
    }
}
