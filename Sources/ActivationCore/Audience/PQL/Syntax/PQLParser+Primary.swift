extension PQLParser {
    /// A primary followed by any number of `.name`, `.name(…)` and `[…]`.
    mutating func postfix() throws(PQLError) -> PQLNode {
        let offset = token.offset
        let base = try primary()
        var steps: [PQLStep] = []
        while true {
            let offset = token.offset
            if skip(.dot) {
                let nameOffset = token.offset
                let name = try pathPart()
                if skip(.openParenthesis) {
                    steps.append(PQLStep(kind: .method(name, try arguments()), offset: nameOffset))
                } else {
                    steps.append(PQLStep(kind: .member(name), offset: nameOffset))
                }
            } else if skip(.openBracket) {
                steps.append(PQLStep(kind: try bracketStep(), offset: offset))
            } else {
                break
            }
        }
        if steps.isEmpty { return base }
        // (a.b).c means a.b.c
        if case .path(let inner, let first) = base.kind {
            return PQLNode(kind: .path(inner, first + steps), offset: offset)
        }
        return PQLNode(kind: .path(base, steps), offset: offset)
    }

    /// What stands between `[` and `]` after a value: a key in quotes or a condition.
    private mutating func bracketStep() throws(PQLError) -> PQLStep.Kind {
        let isAlone = token(after: 1).kind == .symbol(.closeBracket)
        if isAlone, case .string(let key) = token.kind {
            advance()
            advance()
            return .key(key)
        }
        if isAlone, case .integer(let position) = token.kind {
            throw source.error(
                .syntax,
                at: token.offset,
                "found the position [\(position)]; items have no numbers, use head() for the first or a condition "
                    + "as in [amount > 5]"
            )
        }
        let condition = try bracketed()
        try expect(.closeBracket, "to close the filter")
        return .filter(condition)
    }

    /// A name after a dot: any word, also a reserved one.
    mutating func pathPart() throws(PQLError) -> String {
        let name: String
        switch token.kind {
        case .word(let text), .quotedName(let text), .keyword(_, let text): name = text
        case .atName(let text): name = "@" + text
        default: throw unexpected("a field or function name after \".\"")
        }
        advance()
        return name
    }

    /// Arguments up to and including the closing parenthesis.
    mutating func arguments() throws(PQLError) -> [PQLNode] {
        try list(until: .closeParenthesis, of: "the arguments")
    }

    mutating func list(until close: PQLSymbol, of what: String) throws(PQLError) -> [PQLNode] {
        var nodes: [PQLNode] = []
        if skip(close) { return nodes }
        repeat { nodes.append(try bracketed()) } while skip(.comma)
        guard skip(close) else { throw unexpected("\",\" or \"\(close.rawValue)\" to close \(what)") }
        return nodes
    }

    mutating func primary() throws(PQLError) -> PQLNode {
        let offset = token.offset
        switch token.kind {
        case .string(let text): return literal(.string(text))
        case .integer(let value): return literal(.integer(value))
        case .double(let value): return literal(.double(value))
        case .parameter(let position): return literal(.parameter(position))
        case .context(let letters, let content): return literal(.context(letters, content))
        case .keyword(.true, _): return literal(.boolean(true))
        case .keyword(.false, _): return literal(.boolean(false))
        case .keyword(.null, _): return literal(.null)
        case .quotedName(let name):
            advance()
            return try callOrName(name, isQuoted: true, at: offset)
        case .word(let word):
            return try worded(word)
        case .keyword(let keyword, _):
            return try keyworded(keyword)
        case .symbol(.openParenthesis):
            advance()
            let inner = try bracketed()
            try expect(.closeParenthesis, "to close the parenthesis")
            return inner
        case .symbol(.openBracket):
            advance()
            return PQLNode(kind: .array(try list(until: .closeBracket, of: "the array")), offset: offset)
        case .symbol(.openBrace):
            return try object()
        case .symbol(.caret):
            return try outer()
        case .atName(let name):
            throw source.error(
                .syntax,
                at: offset,
                "found \"@\(name)\" at the start of a value; write `@\(name)` in backticks"
            )
        default:
            throw unexpected("a value such as a path, a number or a text in double quotes")
        }
    }

    private mutating func literal(_ kind: PQLNode.Kind) -> PQLNode {
        defer { advance() }
        return PQLNode(kind: kind, offset: token.offset)
    }

    private mutating func worded(_ word: String) throws(PQLError) -> PQLNode {
        let offset = token.offset
        let lowercased = word.lowercased()
        if let aggregate = PQLAggregate(rawValue: word), overFollows[position], startsOperand(after: 1) {
            advance()
            return try aggregated(aggregate, at: offset)
        }
        if lowercased == "chain", token(after: 1).kind == .symbol(.openParenthesis) { return try chain() }
        advance()
        return try callOrName(word, isQuoted: false, at: offset)
    }

    /// Whether a value can start at this token.
    private func startsOperand(after distance: Int) -> Bool {
        switch token(after: distance).kind {
        case .word, .quotedName, .string, .integer, .double, .parameter, .context: true
        case .keyword(let keyword, _): [.true, .false, .null, .if, .exists, .forall, .select].contains(keyword)
        case .symbol(let symbol): [.openParenthesis, .openBracket, .openBrace, .caret, .minus].contains(symbol)
        case .atName, .end: false
        }
    }

    private mutating func callOrName(_ name: String, isQuoted: Bool, at offset: Int) throws(PQLError) -> PQLNode {
        if skip(.openParenthesis) { return PQLNode(kind: .call(name, try arguments()), offset: offset) }
        if !isQuoted, let special = PQLSpecial(rawValue: name) {
            return PQLNode(kind: .special(special), offset: offset)
        }
        return PQLNode(kind: .name(name), offset: offset)
    }

    private mutating func keyworded(_ keyword: PQLKeyword) throws(PQLError) -> PQLNode {
        let offset = token.offset
        switch keyword {
        case .if:
            advance()
            try expect(.openParenthesis, "after \"if\"")
            let parts = try arguments()
            guard parts.count == 3 else {
                throw source.error(
                    .wrongArguments,
                    at: offset,
                    "if takes a condition and two values, as in if(a > 1, \"x\", \"y\"); found \(parts.count)"
                )
            }
            return PQLNode(kind: .choice(parts[0], parts[1], parts[2]), offset: offset)
        case .exists, .forall, .select:
            guard let quantifier = PQLQuantifier(rawValue: keyword.rawValue) else { break }
            advance()
            if keyword != .select, skip(.openParenthesis) {
                return PQLNode(kind: .call(keyword.rawValue, try arguments()), offset: offset)
            }
            guard case .word = token.kind else {
                throw unexpected("a variable, as in \(keyword.rawValue) E from xEvent where E.kind = \"buy\"")
            }
            let generators = try nested { (parser) throws(PQLError) in try parser.generators() }
            return PQLNode(kind: .quantified(quantifier, generators), offset: offset)
        case .let:
            throw source.error(.syntax, at: offset, "found \"let\" inside an operand; put the let in parentheses")
        case .not:
            throw source.error(.syntax, at: offset, "found \"not\" inside an operand; put the negation in parentheses")
        default: break
        }
        throw unexpected("a value; \(token.shown) is a reserved word, a field of that name is written in backticks")
    }

    private mutating func object() throws(PQLError) -> PQLNode {
        let offset = token.offset
        advance()
        var pairs: [PQLPair] = []
        if skip(.closeBrace) { return PQLNode(kind: .object(pairs), offset: offset) }
        repeat {
            let key: String
            switch token.kind {
            case .string(let text), .word(let text), .quotedName(let text), .keyword(_, let text): key = text
            default: throw unexpected("a key, as in {\"k\": 1}")
            }
            let keyOffset = token.offset
            advance()
            guard !pairs.contains(where: { $0.key.hasSameBytes(as: key) }) else {
                throw source.error(.syntax, at: keyOffset, "the key \"\(key)\" stands twice in this object")
            }
            try expect(.colon, "after a key")
            pairs.append(PQLPair(key: key, value: try bracketed()))
        } while skip(.comma)
        try expect(.closeBrace, "to close the object")
        return PQLNode(kind: .object(pairs), offset: offset)
    }

    private mutating func outer() throws(PQLError) -> PQLNode {
        let offset = token.offset
        var levels = 0
        while skip(.caret) { levels += 1 }
        let hasDot = skip(.dot)
        switch token.kind {
        case .word(let name), .quotedName(let name):
            advance()
            return PQLNode(kind: .outer(levels: levels, name: name), offset: offset)
        case .keyword(_, let name) where hasDot:
            advance()
            return PQLNode(kind: .outer(levels: levels, name: name), offset: offset)
        case .atName(let name):
            advance()
            return PQLNode(kind: .outer(levels: levels, name: "@" + name), offset: offset)
        default: throw unexpected("a field of the outer item after \"^\"")
        }
    }
}
