import ActivationCore

extension ControlEntry {
    /// Whether an audience's members are named by others.
    ///
    /// What clients stored under the same word before there were such audiences has no edition.
    var isExternalAudience: Bool { string("type") == "ExternalSegment" && body["lastEdition"]?.int64 != nil }

    /// What an external audience is known by, and which statements count; nil for one by a rule.
    var externalAudience: ExternalAudience? {
        guard isExternalAudience, let namespace = string("namespace"), let id = string("audienceId") else { return nil }
        return ExternalAudience(
            namespace: namespace,
            externalID: id,
            edition: body["edition"]?.int64 ?? 0,
            expiresAt: body["expireTime"]?.int64.map { Timestamp(milliseconds: $0) }
        )
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
