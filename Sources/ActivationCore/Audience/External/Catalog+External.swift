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
    /// - Returns: The statements, and what is said of audiences that do not exist.
    /// - Throws: `MEMBERSHIP_INVALID` when one about an audience that does cannot be read, `AUDIENCE_UNKNOWN` when the
    ///   message is about nothing else.
    func statements(
        of message: Message,
        at now: Timestamp
    ) throws(MessageError) -> (statements: [ExternalStatement], unknown: UnknownAudiences?) {
        switch message.kind {
        case .event: return ([], nil)
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
            return (statements, nil)
        case .record:
            guard let map = message.document.root["segmentMembership"], map.isObject else { return ([], nil) }
            var statements: [ExternalStatement] = []
            var unknown: UnknownAudiences?
            for namespace in map.members where !SegmentMembership.isOwn(namespace.key) && namespace.value.isObject {
                for member in namespace.value.members {
                    if let audience = externalAudience(namespace.key, member.key) {
                        let pointer = "/segmentMembership/\(namespace.key)/\(member.key)"
                        statements.append(
                            try ExternalStatement(member.value, of: audience, at: now, pointer: pointer)
                        )
                    } else if unknown == nil {
                        unknown = UnknownAudiences(first: Catalog.pointer(namespace.key, member.key))
                    } else {
                        unknown?.count += 1
                    }
                }
            }
            return (statements, unknown)
        }
    }

    /// The external audience that others call so, or that has this id.
    private func externalAudience(_ namespace: String, _ id: String) -> Audience.ID? {
        guard !external.isEmpty else { return nil }
        if let known = externalIndex[Catalog.externalKey(namespace, id)] { return known }
        guard let uuid = UUIDBytes(id) else { return nil }
        return externalIndex[Catalog.externalKey(namespace, uuid.description)]
    }

    /// What an external audience is found by: its namespace in any case, and its external id or its id.
    static func externalKey(_ namespace: String, _ id: String) -> ByteKey {
        ByteKey("\(namespace.asciiLowercased)/\(id)")
    }

    /// A place below `segmentMembership` as a JSON pointer of at most 256 characters.
    private static func pointer(_ keys: String...) -> String {
        let escaped = keys.map { String($0.prefix(256)).replacing("~", with: "~0").replacing("/", with: "~1") }
        return String("/segmentMembership/\(escaped.joined(separator: "/"))".prefix(256))
    }
}
