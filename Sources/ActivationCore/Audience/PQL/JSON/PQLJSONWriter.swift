/// Writes a tree as the nodes that Adobe documents for `pql/json` (PQL 15).
///
/// Those nodes know the profile alone: nothing that names an item of an array has a form.
struct PQLJSONWriter {
    /// A node and how many objects and arrays contain each other in it.
    private struct Written {
        var json: JSONValue
        var height: Int
    }

    private let source: PQLSource
    /// The name that the definition gives to the profile, `P` in `(P) => P.age > 3`.
    private let profile: String?

    static func text(of root: PQLNode, in source: PQLSource) throws(PQLError) -> String {
        if case .lambda(let names, let body) = root.kind, names.count == 1 {
            return try PQLJSONWriter(source: source, profile: names[0]).written(body).json.text
        }
        return try PQLJSONWriter(source: source, profile: nil).written(root).json.text
    }

    private func written(_ node: PQLNode) throws(PQLError) -> Written {
        if let literal = PQLJSONWriter.literal(node) { return literal }
        switch node.kind {
        // Literals are written already, also those in arrays.
        case .null, .boolean, .integer, .double, .string, .array:
            throw refusal("an array with anything but literals in it", node)
        case .object: throw refusal("an object", node)
        case .name(let name):
            if let profile, profile.hasSameBytes(as: name) { return PQLJSONWriter.profile }
            return try field(name, of: PQLJSONWriter.profile, at: node.offset)
        case .special(.xEvent): return try field("xEvent", of: PQLJSONWriter.profile, at: node.offset)
        case .special(.this): throw refusal("\"this\"", node)
        case .special(let word): return try application(word.rawValue, [], at: node)
        case .parameter(let position):
            guard position == 1 else { throw refusal("$\(position)", node) }
            return PQLJSONWriter.profile
        case .outer: throw refusal("\"^\"", node)
        case .context: throw refusal("@{…}", node)
        case .lambda: throw refusal("a lambda", node)
        case .binding: throw refusal("let", node)
        case .or(let operands): return try application("or", operands, at: node)
        case .and(let operands): return try application("and", operands, at: node)
        case .not(let operand): return try application("not", [operand], at: node)
        case .comparison(let comparison, let left, let right):
            return try application(comparison.rawValue, [left, right], at: node)
        case .membership(let isNegated, let value, let list):
            return try application(isNegated ? "notIn" : "in", [value, list], at: node)
        case .like(let value, let pattern): return try application("like", [value, pattern], at: node)
        case .occurs: throw refusal("occurs", node)
        case .arithmetic(let first, let terms):
            var left = try written(first)
            for term in terms {
                left = try application(term.symbol.rawValue, [left, try written(term.operand)], at: node.offset)
            }
            return left
        case .negative(let operand): return try application("-", [operand], at: node)
        case .path(let base, let steps):
            var place = try written(base)
            for step in steps { place = try written(step, of: place) }
            return place
        case .call(let name, let arguments):
            var params: [Written] = []
            for argument in arguments { params.append(try written(argument)) }
            return try call(name, params, at: node.offset)
        case .choice(let condition, let first, let second):
            return try application("if", [condition, first, second], at: node)
        case .quantified(let quantifier, _): throw refusal("\(quantifier.rawValue) … from", node)
        case .aggregate(let aggregate, _, _): throw refusal("\(aggregate.rawValue) … over", node)
        case .chain: throw refusal("CHAIN", node)
        }
    }

    private func written(_ step: PQLStep, of place: Written) throws(PQLError) -> Written {
        switch step.kind {
        case .member(let name): return try field(name, of: place, at: step.offset)
        case .key(let key):
            return try application("get", [place, PQLJSONWriter.literal("String", .string(key))], at: step.offset)
        case .filter:
            throw refusal("a filter in brackets", at: step.offset)
        case .method(let name, let arguments):
            var params = [place]
            for argument in arguments { params.append(try written(argument)) }
            return try call(name, params, at: step.offset)
        }
    }

    // MARK: Nodes

    private static let profile = Written(json: ["nodeType": "parameterReference", "position": 1], height: 1)

    private func field(_ name: String, of object: Written, at offset: Int) throws(PQLError) -> Written {
        try bounded(
            Written(
                json: ["nodeType": "fieldLookup", "fieldName": .string(name), "object": object.json],
                height: object.height + 1
            ),
            at: offset
        )
    }

    private func call(_ name: String, _ params: [Written], at offset: Int) throws(PQLError) -> Written {
        guard let function = PQLFunction(rawValue: name) else {
            throw source.error(.unknownFunction, at: offset, "no function is called \"\(name)\"")
        }
        guard let counts = function.jsonParameterCounts, counts.contains(params.count) else {
            throw refusal("\(name) with \(params.count - (function.hasReceiver ? 1 : 0)) arguments", at: offset)
        }
        return try application(name, params, at: offset)
    }

    private func application(_ name: String, _ nodes: [PQLNode], at node: PQLNode) throws(PQLError) -> Written {
        var params: [Written] = []
        for node in nodes { params.append(try written(node)) }
        return try application(name, params, at: node.offset)
    }

    private func application(_ name: String, _ params: [Written], at offset: Int) throws(PQLError) -> Written {
        try bounded(
            Written(
                json: [
                    "nodeType": "fnApply", "fnName": .string(name), "params": .array(params.map(\.json)),
                ],
                height: 2 + (params.map(\.height).max() ?? 0)
            ),
            at: offset
        )
    }

    private static func literal(_ type: String, _ value: JSONValue, height: Int = 1) -> Written {
        Written(json: ["nodeType": "literal", "literalType": .string(type), "value": value], height: height)
    }

    private static func literal(_ node: PQLNode) -> Written? {
        if case .array(let items) = node.kind {
            let values = items.compactMap { scalar($0)?.value }
            return values.count == items.count ? literal("List", .array(values), height: 2) : nil
        }
        return scalar(node).map { literal($0.type, $0.value) }
    }

    private static func scalar(_ node: PQLNode) -> (type: String, value: JSONValue)? {
        switch node.kind {
        case .null: ("Null", .null)
        case .boolean(let value): ("Boolean", .bool(value))
        case .integer(let value): ("Integer", .integer(value))
        case .double(let value): ("Double", .number(text: PQLPrinter.text(of: value)))
        case .string(let value): ("String", .string(value))
        case .negative(let operand):
            // A zero loses its sign as an integer, so it keeps the operator.
            switch operand.kind {
            case .integer(let value) where value != 0: ("Integer", .integer(-value))
            case .double(let value): ("Double", .number(text: PQLPrinter.text(of: -value)))
            default: nil
            }
        default: nil
        }
    }

    // MARK: Refusals

    private func bounded(_ written: Written, at offset: Int) throws(PQLError) -> Written {
        guard written.height <= Limits.jsonDepthMax else {
            throw source.error(
                .limit,
                at: offset,
                "as pql/json this would be nested deeper than \(Limits.jsonDepthMax) levels"
            )
        }
        return written
    }

    private func refusal(_ construct: String, _ node: PQLNode) -> PQLError {
        refusal(construct, at: node.offset)
    }

    private func refusal(_ construct: String, at offset: Int) -> PQLError {
        source.error(
            .noJSONForm,
            at: offset,
            "\(construct) has no form in pql/json, whose nodes know the profile and operators alone; keep it as pql/text"
        )
    }
}
