extension PQLExpression {
    /// Reads the `pql/json` form: one JSON text of at most ``Limits/expressionJSONBytesMax`` bytes (PQL 15).
    ///
    /// The expression's ``text`` is the plain spelling of what was read; lines and columns of later errors are in it.
    ///
    /// - Parameter json: The serialised tree.
    /// - Throws: What is wrong, with a JSON pointer.
    public init(json: String) throws(PQLJSONError) {
        guard json.utf8.count <= Limits.expressionJSONBytesMax else {
            throw PQLJSONError(
                pointer: "",
                message: "the tree has \(json.utf8.count) bytes; at most \(Limits.expressionJSONBytesMax) are accepted"
            )
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: json)
        } catch {
            throw PQLJSONError(pointer: "", message: error.description)
        }
        let root = try PQLJSONReader.node(document.root, at: "")
        var printer = PQLPrinter()
        printer.append(root)
        do throws(PQLError) {
            self = try PQLExpression(parsing: printer.text)
        } catch {
            throw PQLJSONError(pointer: "", message: "its text form cannot be read: \(error.message)")
        }
        guard self.root == root else {
            throw PQLJSONError(pointer: "", message: "it has no text form; send the rule as pql/text")
        }
    }

    /// The expression in the `pql/json` form (PQL 15).
    ///
    /// - Returns: One compact JSON text; reading it gives an expression with the same meaning, writing that one the same text.
    /// - Throws: `noJSONForm` naming what has no form in JSON, or `limit`, with line and column.
    public func json() throws(PQLError) -> String {
        let text = try PQLJSONWriter.text(of: root, in: source)
        guard text.utf8.count <= Limits.expressionJSONBytesMax else {
            throw source.error(
                .limit,
                at: 0,
                "as pql/json it would have \(text.utf8.count) bytes; at most \(Limits.expressionJSONBytesMax) are read"
            )
        }
        return text
    }
}
