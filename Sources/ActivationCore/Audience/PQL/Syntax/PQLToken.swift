/// One token of an expression and where it starts.
struct PQLToken: Sendable {
    enum Kind: Equatable, Sendable {
        /// A name that is no keyword; also the contextual words such as `now` or `days`.
        case word(String)
        /// A name in backticks, never a keyword.
        case quotedName(String)
        /// `@type`, a name that only a path part may have.
        case atName(String)
        /// A reserved word with its spelling; after a dot it is an ordinary name.
        case keyword(PQLKeyword, spelling: String)
        case string(String)
        case integer(Int64)
        case double(Double)
        /// `$1`
        case parameter(Int)
        /// `@event{…}`, letters and content.
        case context(String, String)
        case symbol(PQLSymbol)
        case end
    }

    var kind: Kind
    /// Byte offset of the first character.
    var offset: Int

    /// The token as an error message quotes it.
    var shown: String {
        switch kind {
        case .word(let text), .keyword(_, let text): "\"\(text)\""
        case .quotedName(let text): "`\(text)`"
        case .atName(let text): "\"@\(text)\""
        case .string: "a text"
        case .integer(let value): "the number \(value)"
        case .double(let value): "the number \(value)"
        case .parameter(let position): "\"$\(position)\""
        case .context(let letters, _): "\"@\(letters){\""
        case .symbol(let symbol): "\"\(symbol.rawValue)\""
        case .end: "the end of the expression"
        }
    }
}

/// The words that are reserved everywhere but after a dot; matched without regard to case (PQL 1).
enum PQLKeyword: String, CaseIterable, Sendable {
    case and, or, not
    case `in`, notIn = "notin", like, occurs
    case exists, forall, select, from, `where`, over
    case `let`, `if`, `true`, `false`, null
}

enum PQLSymbol: String, Sendable {
    case equal = "=", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    case plus = "+", minus = "-", times = "*", slash = "/", remainder = "%"
    case bang = "!", caret = "^", dot = ".", comma = ",", colon = ":", arrow = "=>"
    case openParenthesis = "(", closeParenthesis = ")"
    case openBracket = "[", closeBracket = "]"
    case openBrace = "{", closeBrace = "}"
}

/// Words with a meaning in some places only; a printer quotes them so that a name stays a name.
enum PQLWord {
    static let time: Set<String> = ["now", "today", "yesterday", "tomorrow"]
    static let contextual: Set<String> = [
        "this", "xevent", "last", "next", "before", "after", "between", "on", "chain", "what", "when", "count",
        "sum", "average", "min", "max", "never", "stop",
    ]

    /// Whether a bare use of the name could mean something else than a field.
    static func isSpecial(_ name: String) -> Bool {
        let name = name.lowercased()
        return time.contains(name) || contextual.contains(name) || PQLUnit(word: name) != nil
            || PQLKeyword(rawValue: name) != nil
    }
}
