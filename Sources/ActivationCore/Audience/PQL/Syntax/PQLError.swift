/// What is wrong with an audience expression, and where.
///
/// The message says what was found and what would be accepted; it quotes the expression, never profile data.
public struct PQLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of mistakes; they may grow.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable word of the code.
        public var description: String

        /// The text breaks the grammar.
        public static let syntax = Code(description: "syntax")
        /// A literal no value can have: a number out of range, an impossible date, a broken escape.
        public static let invalidLiteral = Code(description: "invalidLiteral")
        /// No function has this name.
        public static let unknownFunction = Code(description: "unknownFunction")
        /// A function or operator got arguments it can never work with.
        public static let wrongArguments = Code(description: "wrongArguments")
        /// A comparison with the literal `null`, which is never true.
        public static let nullComparison = Code(description: "nullComparison")
        /// A name, parameter or `^` that means nothing where it stands.
        public static let wrongScope = Code(description: "wrongScope")
        /// A literal regular expression that Java refuses, or that cannot be run as Java would.
        public static let invalidPattern = Code(description: "invalidPattern")
        /// `inSegment` names an audience that does not exist.
        public static let unknownAudience = Code(description: "unknownAudience")
        /// A construct that `pql/json` has no nodes for.
        public static let noJSONForm = Code(description: "noJSONForm")
        /// The expression is too long, too deep or names too many paths.
        public static let limit = Code(description: "limit")
        /// `now` where it cannot be told when the result changes next.
        public static let clock = Code(description: "clock")
    }

    /// The kind of mistake.
    public var code: Code
    /// The line of the mistake, from 1.
    public var line: Int
    /// The column of the mistake in characters, from 1.
    public var column: Int
    /// What was found and what would be accepted.
    public var message: String

    /// Creates an error.
    public init(code: Code, line: Int, column: Int, message: String) {
        self.code = code
        self.line = line
        self.column = column
        self.message = message
    }

    /// The place and the message: `line 1, column 7: …`.
    public var description: String { "line \(line), column \(column): \(message)" }
}
