/// Reads tokens into a tree by recursive descent (PQL 2).
struct PQLParser {
    let source: PQLSource
    let tokens: [PQLToken]
    /// For every token, whether `over` follows at the same bracket depth before anything ends an operand.
    let overFollows: [Bool]
    var position = 0
    var depth = 0
    /// Off while the value of a `let` is read outside parentheses, where `in` ends the value.
    var allowsIn = true

    static func definition(of source: PQLSource) throws(PQLError) -> PQLNode {
        let tokens = try PQLLexer.tokens(of: source)
        var parser = PQLParser(source: source, tokens: tokens, overFollows: overFollows(in: tokens))
        let node = try parser.expression()
        guard parser.token.kind == .end else { throw parser.leftover() }
        return node
    }

    // MARK: Tokens

    var token: PQLToken { tokens[position] }

    func token(after distance: Int) -> PQLToken { tokens[min(position + distance, tokens.count - 1)] }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    func isAt(_ symbol: PQLSymbol) -> Bool { token.kind == .symbol(symbol) }

    mutating func skip(_ symbol: PQLSymbol) -> Bool {
        guard isAt(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: PQLSymbol, _ purpose: String) throws(PQLError) {
        guard skip(symbol) else { throw unexpected("\"\(symbol.rawValue)\" \(purpose)") }
    }

    func isAt(_ keyword: PQLKeyword) -> Bool {
        if case .keyword(keyword, _) = token.kind { true } else { false }
    }

    mutating func skip(_ keyword: PQLKeyword) -> Bool {
        guard isAt(keyword) else { return false }
        advance()
        return true
    }

    /// The contextual word at the position in lower case, or nil.
    func word(after distance: Int = 0) -> String? {
        if case .word(let word) = token(after: distance).kind { word.lowercased() } else { nil }
    }

    func unexpected(_ expected: String) -> PQLError {
        source.error(.syntax, at: token.offset, "found \(token.shown); expected \(expected)")
    }

    /// Runs `body` one nesting level deeper.
    mutating func nested<Result>(
        _ body: (inout PQLParser) throws(PQLError) -> Result
    ) throws(PQLError) -> Result {
        guard depth < Limits.expressionDepthMax else {
            throw source.error(
                .limit,
                at: token.offset,
                "the nesting is deeper than \(Limits.expressionDepthMax) levels"
            )
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    /// Reads an expression inside brackets, where a membership `in` is always allowed.
    mutating func bracketed() throws(PQLError) -> PQLNode {
        try nested { (parser) throws(PQLError) in
            let outer = parser.allowsIn
            parser.allowsIn = true
            defer { parser.allowsIn = outer }
            return try parser.expression()
        }
    }

    // MARK: From the loosest to the tightest

    mutating func expression() throws(PQLError) -> PQLNode {
        let offset = token.offset
        if let parameters = lambdaParameters() { return try lambda(parameters, at: offset) }
        if isAt(.let) { return try binding() }
        return try disjunction()
    }

    mutating func disjunction() throws(PQLError) -> PQLNode {
        let offset = token.offset
        var operands = [try conjunction()]
        while skip(.or) { operands.append(try conjunction()) }
        return operands.count == 1 ? operands[0] : PQLNode(kind: .or(operands), offset: offset)
    }

    private mutating func conjunction() throws(PQLError) -> PQLNode {
        let offset = token.offset
        var operands = [try negation()]
        while skip(.and) { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : PQLNode(kind: .and(operands), offset: offset)
    }

    private mutating func negation() throws(PQLError) -> PQLNode {
        let offset = token.offset
        guard skip(.not) || skip(.bang) else { return try relation() }
        let operand = try nested { (parser) throws(PQLError) in try parser.negation() }
        return PQLNode(kind: .not(operand), offset: offset)
    }

    private mutating func relation() throws(PQLError) -> PQLNode {
        let left = try sum()
        let offset = token.offset
        let kind: PQLNode.Kind
        if let comparison = comparison() {
            kind = .comparison(comparison, left, try sum())
        } else if allowsIn, skip(.in) {
            kind = .membership(isNegated: false, left, try sum())
        } else if skip(.notIn) {
            kind = .membership(isNegated: true, left, try sum())
        } else if skip(.like) {
            kind = .like(left, try sum())
        } else if skip(.occurs) {
            kind = .occurs(left, try when())
        } else {
            return left
        }
        try refuseSecondRelation()
        return PQLNode(kind: kind, offset: offset)
    }

    private func refuseSecondRelation() throws(PQLError) {
        switch token.kind {
        case .symbol(let symbol) where PQLComparison(rawValue: symbol.rawValue) != nil: break
        case .keyword(.in, _) where allowsIn: break
        case .keyword(.notIn, _), .keyword(.like, _), .keyword(.occurs, _): break
        default: return
        }
        throw source.error(
            .syntax,
            at: token.offset,
            "found \(token.shown) after a comparison; comparisons do not chain, join two of them with \"and\""
        )
    }

    mutating func comparison() -> PQLComparison? {
        guard case .symbol(let symbol) = token.kind, let comparison = PQLComparison(rawValue: symbol.rawValue) else {
            return nil
        }
        advance()
        return comparison
    }

    /// Reads a chain of `+` and `-`.
    mutating func sum() throws(PQLError) -> PQLNode {
        try arithmetic([.plus, .minus]) { (parser) throws(PQLError) in try parser.product() }
    }

    /// Reads a chain of `*`, `/` and `%`.
    private mutating func product() throws(PQLError) -> PQLNode {
        try arithmetic([.times, .slash, .remainder]) { (parser) throws(PQLError) in try parser.unary() }
    }

    private mutating func arithmetic(
        _ symbols: [PQLSymbol],
        _ operand: (inout PQLParser) throws(PQLError) -> PQLNode
    ) throws(PQLError) -> PQLNode {
        let offset = token.offset
        let first = try operand(&self)
        var terms: [PQLTerm] = []
        while case .symbol(let symbol) = token.kind, symbols.contains(symbol),
            let operation = PQLOperator(rawValue: symbol.rawValue)
        {
            advance()
            terms.append(PQLTerm(symbol: operation, operand: try operand(&self)))
        }
        return terms.isEmpty ? first : PQLNode(kind: .arithmetic(first, terms), offset: offset)
    }

    private mutating func unary() throws(PQLError) -> PQLNode {
        let offset = token.offset
        guard skip(.minus) else { return try postfix() }
        let operand = try nested { (parser) throws(PQLError) in try parser.unary() }
        return PQLNode(kind: .negative(operand), offset: offset)
    }

    // MARK: What stands after a whole definition

    private func leftover() -> PQLError {
        switch token.kind {
        case .keyword(.not, _):
            if case .keyword(.in, _) = token(after: 1).kind {
                return source.error(.syntax, at: token.offset, "found \"not in\"; write \"notIn\"")
            }
        case .symbol(let symbol) where [.closeParenthesis, .closeBracket, .closeBrace].contains(symbol):
            return source.error(.syntax, at: token.offset, "found \(token.shown), which nothing opens")
        case .symbol(.bang):
            return source.error(.syntax, at: token.offset, "found \"!\" after a value; inequality is written \"!=\"")
        default: break
        }
        return unexpected("an operator such as \"and\", \"or\", \"=\", or the end of the expression")
    }

    /// Works out ``overFollows`` from the right, in one pass.
    private static func overFollows(in tokens: [PQLToken]) -> [Bool] {
        var follows = [Bool](repeating: false, count: tokens.count)
        var outer: [Bool] = []
        var state = false
        for index in tokens.indices.reversed() {
            follows[index] = state
            switch tokens[index].kind {
            case .symbol(.closeParenthesis), .symbol(.closeBracket), .symbol(.closeBrace):
                outer.append(state)
                state = false
            case .symbol(.openParenthesis), .symbol(.openBracket), .symbol(.openBrace):
                state = outer.popLast() ?? false
            case .keyword(.over, _):
                // After a dot it is a path part.
                if index == 0 || tokens[index - 1].kind != .symbol(.dot) { state = true }
            case .symbol(.plus), .symbol(.minus), .symbol(.times), .symbol(.slash), .symbol(.remainder),
                .symbol(.dot), .symbol(.caret):
                break
            case .symbol: state = false
            case .keyword(let keyword, _):
                guard index == 0 || tokens[index - 1].kind != .symbol(.dot) else { break }
                if ![.true, .false, .null, .if, .exists, .forall, .select].contains(keyword) { state = false }
            default: break
            }
        }
        return follows
    }
}
