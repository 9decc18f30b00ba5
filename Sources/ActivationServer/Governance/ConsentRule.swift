import ActivationCore

/// What has to hold of people for dataflows to tell of them: a rule about their attributes and identities (BEHAVIOUR 9.5).
struct ConsentRule: Sendable, Equatable {
    /// The rule as people wrote it.
    let text: String
    /// The rule.
    let expression: PQLExpression

    /// The longest text of a rule, in bytes.
    static let bytesMax = 4_096

    static func == (left: ConsentRule, right: ConsentRule) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Reads a rule in the form that audiences have: `{"type": "PQL", "format": "pql/text", "value"}`.
    ///
    /// - Throws: `FIELD_INVALID`, or `PQL_INVALID` with the place of the mistake.
    init(_ json: JSONValue) throws(APIError) {
        guard json["type"] == nil || json["type"] == "PQL", json["format"] == nil || json["format"] == "pql/text",
            let text = json["value"]?.string, !text.isEmpty, text.utf8.count <= ConsentRule.bytesMax
        else {
            throw APIError(
                .fieldInvalid,
                "/consent is {\"type\": \"PQL\", \"format\": \"pql/text\", \"value\"}, the value a rule of up to "
                    + "\(ConsentRule.bytesMax) bytes that holds of those who consent"
            )
        }
        try self.init(text: text)
    }

    /// Reads a rule's text.
    ///
    /// - Throws: `PQL_INVALID`, `FIELD_INVALID` for a rule that reads events or memberships.
    init(text: String) throws(APIError) {
        let program: PQLProgram
        do throws(PQLError) {
            expression = try PQLExpression(parsing: text)
            var paths = PathDictionary()
            program = try PQLProgram(compiling: expression, paths: &paths, zone: .utc) { _ in nil }
        } catch {
            throw APIError(expression: error)
        }
        guard !program.readsEvents, !program.readsMemberships else {
            throw APIError(
                .fieldInvalid,
                "/consent is about what people said of themselves: its rule reads attributes and identities, no events and no "
                    + "audiences"
            )
        }
        self.text = text
    }

    var json: JSONValue { ["type": "PQL", "format": "pql/text", "value": .string(text)] }
}
