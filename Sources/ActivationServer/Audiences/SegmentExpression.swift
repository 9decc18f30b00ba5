import ActivationCore

/// A rule as the API carries it: `{"type": "PQL", "format", "value"}` (BEHAVIOUR 5.1).
struct SegmentExpression: Sendable {
    /// How the value is written.
    enum Format: String, Sendable, CaseIterable {
        /// The language's own text.
        case text = "pql/text"
        /// A JSON text that holds the tree (PQL 15).
        case json = "pql/json"
    }

    /// How the value is written.
    var format: Format
    /// The rule in that format.
    var value: String

    /// Creates a rule.
    init(format: Format, value: String) {
        self.format = format
        self.value = value
    }

    /// Reads the member of a definition.
    ///
    /// - Throws: `FIELD_INVALID` naming the member that is wrong.
    init(_ json: JSONValue?) throws(APIError) {
        guard let json, json.object != nil else {
            throw APIError(.fieldInvalid, "expression is an object: {\"type\": \"PQL\", \"format\", \"value\"}")
        }
        guard json["type"] == nil || json["type"]?.string == "PQL" else {
            throw APIError(.fieldInvalid, "expression.type is PQL")
        }
        guard let format = json["format"].map({ $0.string.flatMap(Format.init) }) ?? .text else {
            throw APIError(.fieldInvalid, "expression.format is pql/text or pql/json")
        }
        guard let value = json["value"]?.string, !value.isEmpty else {
            throw APIError(
                .fieldInvalid,
                "expression.value is the text of the rule; of a rule in pql/json it is the tree as one JSON text"
            )
        }
        self.init(format: format, value: value)
    }

    /// The tree.
    ///
    /// - Throws: `PQL_INVALID` with the place of the mistake.
    func parsed() throws(APIError) -> PQLExpression {
        switch format {
        case .text:
            do throws(PQLError) {
                return try PQLExpression(parsing: value)
            } catch {
                throw APIError(expression: error)
            }
        case .json:
            do throws(PQLJSONError) {
                return try PQLExpression(json: value)
            } catch {
                throw APIError(
                    .expressionInvalid,
                    "expression.value \(error)",
                    members: ["pointer": .string(error.pointer)]
                )
            }
        }
    }

    /// The same rule in the other format, in its plain spelling.
    ///
    /// - Throws: `PQL_INVALID` naming what has no form there.
    func converted() throws(APIError) -> SegmentExpression {
        let expression = try parsed()
        switch format {
        case .json: return SegmentExpression(format: .text, value: expression.description)
        case .text:
            do throws(PQLError) {
                return SegmentExpression(format: .json, value: try expression.json())
            } catch {
                throw APIError(expression: error)
            }
        }
    }

    /// The member of a definition.
    var json: JSONValue { ["type": "PQL", "format": .string(format.rawValue), "value": .string(value)] }
}

extension APIError {
    /// An expression that cannot be used: where, and what would be accepted there.
    ///
    /// - Parameters:
    ///   - error: What is wrong.
    ///   - text: The text that the place is in, when it is not the one that the client sent.
    init(expression error: PQLError, in text: String? = nil) {
        var members: JSONObject = [
            "line": .integer(Int64(error.line)),
            "column": .integer(Int64(error.column)),
            "pqlCode": .string(error.code.description),
        ]
        members["textForm"] = text.map { .string($0) }
        self.init(
            .expressionInvalid,
            text == nil ? error.description : "in its text form, \(error)",
            members: members
        )
    }
}
