/// The typed tree of an audience expression: for display, checks and compilation.
///
/// Reads the whole language. What only shows against functions, scopes and audiences is checked by
/// ``PQLProgram/init(compiling:paths:audience:)``.
public struct PQLExpression: Sendable, Equatable, CustomStringConvertible {
    /// The text as written.
    public let text: String
    let source: PQLSource
    let root: PQLNode

    /// Parses a text of at most ``Limits/expressionBytesMax`` bytes and ``Limits/expressionDepthMax`` levels.
    ///
    /// - Parameter text: The expression, in the `pql/text` format.
    /// - Throws: `syntax`, `invalidLiteral` or `limit`, with line and column.
    public init(parsing text: String) throws(PQLError) {
        let source = PQLSource(text)
        guard source.bytes.count <= Limits.expressionBytesMax else {
            throw source.error(
                .limit,
                at: 0,
                "the expression has \(source.bytes.count) bytes; at most \(Limits.expressionBytesMax) are accepted"
            )
        }
        self.text = text
        self.source = source
        root = try PQLParser.definition(of: source)
    }

    /// Takes a tree with the text that it stands for.
    init(text: String, source: PQLSource, root: PQLNode) {
        self.text = text
        self.source = source
        self.root = root
    }

    /// The expression in its plain spelling: one blank between words, only the parentheses it needs.
    public var description: String { PQLPrinter.text(of: root) }

    /// Equality of the trees; spelling and white space do not matter.
    public static func == (left: PQLExpression, right: PQLExpression) -> Bool { left.root == right.root }
}
