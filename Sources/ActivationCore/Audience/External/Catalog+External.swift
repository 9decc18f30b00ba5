extension Catalog {
    /// Most bytes of what is said with a membership.
    static let payloadBytesMax = 4_096

    /// Whether a message may change who belongs to external audiences.
    func statesMemberships(_ message: Message) -> Bool {
        guard !external.isEmpty else { return false }
        return switch message.kind {
        case .record: message.document.root["segmentMembership"] != nil
        case .event: false
        case .membership: true
        }
    }

    /// What a message says of external audiences (BEHAVIOUR 4.1).
    ///
    /// The system's own memberships are left alone, so that a profile that was looked up can be sent back.
    ///
    /// - Returns: The statements, and places of those about audiences that do not exist.
    /// - Throws: `MEMBERSHIP_INVALID` when one about an audience that does cannot be read, `AUDIENCE_UNKNOWN` when the
    ///   message is about nothing else.
    func statements(
        of message: Message,
        at now: Timestamp
    ) throws(MessageError) -> (statements: [ExternalStatement], unknown: [String]) {
        switch message.kind {
        case .event: return ([], [])
        case .membership(let statements):
            for statement in statements {
                guard audienceIndex[statement.audience].map({ external.contains($0) }) ?? false else {
                    throw MessageError(
                        code: "AUDIENCE_UNKNOWN",
                        pointer: "",
                        keyword: "enum",
                        message: "there is no external audience \(statement.audience.uuid) any more; nothing was stored"
                    )
                }
            }
            return (statements, [])
        case .record:
            guard let map = message.document.root["segmentMembership"], map.isObject else { return ([], []) }
            var statements: [ExternalStatement] = []
            var unknown: [String] = []
            for namespace in map.members where !SegmentMembership.isOwn(namespace.key) && namespace.value.isObject {
                for member in namespace.value.members {
                    let pointer = "/segmentMembership/\(namespace.key)/\(member.key)"
                    if let audience = externalAudience(namespace.key, member.key) {
                        statements.append(
                            try ExternalStatement(member.value, of: audience, at: now, pointer: pointer)
                        )
                    } else {
                        unknown.append(pointer)
                    }
                }
            }
            return (statements, unknown)
        }
    }

    /// The external audience that others call so, or that has this id.
    private func externalAudience(_ namespace: String, _ id: String) -> Audience.ID? {
        var next = external.first(from: 0)
        while let index = next {
            next = external.first(from: index + 1)
            guard let known = audiences[index].program.external,
                known.namespace.asciiLowercased.hasSameBytes(as: namespace.asciiLowercased)
            else { continue }
            let own = audiences[index].definition.id
            if known.externalID.hasSameBytes(as: id) || UUIDBytes(id) == own.uuid { return own }
        }
        return nil
    }
}

extension ExternalStatement {
    /// Reads one member of `segmentMembership` (BEHAVIOUR 4.1).
    ///
    /// - Throws: `MEMBERSHIP_INVALID`.
    fileprivate init(
        _ value: JSONView,
        of audience: Audience.ID,
        at now: Timestamp,
        pointer: String
    ) throws(MessageError) {
        func invalid(_ member: String, _ keyword: String, _ message: String) -> MessageError {
            MessageError(
                code: "MEMBERSHIP_INVALID",
                pointer: pointer + member,
                keyword: keyword,
                message: message + "; nothing was stored"
            )
        }
        func instant(_ member: String) throws(MessageError) -> Timestamp? {
            guard let stated = value[member], !stated.isNull else { return nil }
            guard let read = stated.string.flatMap(Timestamp.init(rfc3339:)) else {
                throw invalid("/\(member)", "format", "expected an RFC 3339 instant such as 2026-03-02T09:15:04Z")
            }
            return read
        }
        guard value.isObject else { throw invalid("", "type", "expected an object such as {\"status\":\"realized\"}") }
        let isMember: Bool
        switch value["status"].map({ $0.isNull ? "realized" : $0.string ?? "" }) ?? "realized" {
        case "realized", "existing": isMember = true
        case "exited": isMember = false
        default: throw invalid("/status", "enum", "expected realized, existing or exited")
        }
        let since = try instant("lastQualificationTime") ?? now
        var payload: [UInt8] = []
        if let stated = value["payload"], !stated.isNull {
            guard stated.isObject else { throw invalid("/payload", "type", "expected an object with payloadType") }
            guard stated.text.count <= Catalog.payloadBytesMax else {
                throw invalid("/payload", "maxLength", "at most \(Catalog.payloadBytesMax) bytes are accepted")
            }
            try ExternalStatement.check(stated, invalid)
            payload = Array(stated.text)
        }
        self.init(
            audience: audience,
            isMember: isMember,
            validUntil: try instant("validUntil")
                ?? Timestamp(milliseconds: since.milliseconds + ExternalAudience.retentionMilliseconds),
            payload: payload
        )
    }

    /// Whether a payload's one value fits its type (BEHAVIOUR 4.1).
    private static func check(
        _ payload: JSONView,
        _ invalid: (String, String, String) -> MessageError
    ) throws(MessageError) {
        switch payload["payloadType"]?.string {
        case "boolean" where payload["payloadBooleanValue"]?.bool != nil: return
        case "number" where payload["payloadNumberValue"]?.double != nil: return
        case "string" where payload["payloadStringValue"]?.string != nil: return
        case "propensity":
            if let value = payload["payloadPropensityValue"]?.double, value > 0, value <= 1 { return }
            throw invalid("/payload/payloadPropensityValue", "minimum", "expected a number above 0 and at most 1")
        case "boolean", "number", "string":
            throw invalid("/payload", "required", "payloadType asks for a value of that type beside it")
        default:
            throw invalid("/payload/payloadType", "enum", "expected boolean, number, propensity or string")
        }
    }
}
