extension ExternalStatement {
    /// Reads one member of `segmentMembership`, or what a line says of a member (BEHAVIOUR 4.1).
    ///
    /// - Parameters:
    ///   - value: `status`, `lastQualificationTime`, `validUntil` and `payload`, each of which may be absent.
    ///   - audience: The audience.
    ///   - now: The instant from which it holds, unless it says another.
    ///   - pointer: Where the value stands in its message.
    /// - Throws: `MEMBERSHIP_INVALID`.
    public init(
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
