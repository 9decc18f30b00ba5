extension PQLParser {
    // MARK: Lambdas and let

    /// The names of `(a, b) =>` when that stands here; nothing is consumed otherwise.
    mutating func lambdaParameters() -> [String]? {
        guard isAt(.openParenthesis) else { return nil }
        var index = position + 1
        var names: [String] = []
        while case .word(let name) = tokens[index].kind {
            names.append(name)
            index += 1
            if tokens[index].kind == .symbol(.comma) {
                index += 1
            } else {
                break
            }
        }
        guard !names.isEmpty, tokens[index].kind == .symbol(.closeParenthesis),
            tokens[index + 1].kind == .symbol(.arrow)
        else { return nil }
        position = index + 2
        return names
    }

    mutating func lambda(_ parameters: [String], at offset: Int) throws(PQLError) -> PQLNode {
        guard Set(parameters).count == parameters.count else {
            throw source.error(.syntax, at: offset, "two parameters of this lambda have the same name")
        }
        for parameter in parameters where PQLSpecial(rawValue: parameter) != nil {
            throw source.error(.syntax, at: offset, "\"\(parameter)\" has a meaning of its own; choose another name")
        }
        let body = try nested { (parser) throws(PQLError) in try parser.expression() }
        return PQLNode(kind: .lambda(parameters, body), offset: offset)
    }

    mutating func binding() throws(PQLError) -> PQLNode {
        let offset = token.offset
        advance()
        let name = try variable(of: "let", example: "let T = orders.sum(amount) in T > 100")
        try expect(.equal, "after the name of a let")
        return try nested { (parser) throws(PQLError) in
            let outer = parser.allowsIn
            parser.allowsIn = false
            let value = try parser.expression()
            parser.allowsIn = outer
            guard parser.skip(.in) else { throw parser.unexpected("\"in\" and the body of the let") }
            return PQLNode(kind: .binding(name: name, value: value, body: try parser.expression()), offset: offset)
        }
    }

    private mutating func variable(of construct: String, example: String) throws(PQLError) -> String {
        guard case .word(let name) = token.kind else {
            throw unexpected("the name of a variable after \"\(construct)\", as in \(example)")
        }
        guard PQLSpecial(rawValue: name) == nil else {
            throw source.error(.syntax, at: token.offset, "\"\(name)\" has a meaning of its own; choose another name")
        }
        advance()
        return name
    }

    // MARK: Generators

    mutating func aggregated(_ aggregate: PQLAggregate, at offset: Int) throws(PQLError) -> PQLNode {
        try nested { (parser) throws(PQLError) in
            let value = try parser.sum()
            guard parser.skip(.over) else { throw parser.unexpected("\"over\" and where the items come from") }
            return PQLNode(kind: .aggregate(aggregate, value, try parser.generators()), offset: offset)
        }
    }

    mutating func generators() throws(PQLError) -> [PQLGenerator] {
        var generators = [try generator()]
        // After a comma only "identifier from" goes on; anything else closes the comprehension.
        while isAt(.comma), case .word = token(after: 1).kind, case .keyword(.from, _) = token(after: 2).kind {
            advance()
            generators.append(try generator())
        }
        return generators
    }

    private mutating func generator() throws(PQLError) -> PQLGenerator {
        let name = try variable(of: "exists", example: "exists E from xEvent where E.kind = \"buy\"")
        guard skip(.from) else { throw unexpected("\"from\" and an array after the variable \"\(name)\"") }
        let items = try sum()
        guard skip(.where) || skip(.colon) else { return PQLGenerator(name: name, source: items, condition: nil) }
        return PQLGenerator(name: name, source: items, condition: try disjunction())
    }
}
