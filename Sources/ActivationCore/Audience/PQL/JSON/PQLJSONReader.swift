/// Reads the nodes that Adobe documents for `pql/json` into the tree that text gives (PQL 15).
///
/// Recursion is as deep as the JSON text, which is ``Limits/jsonDepthMax`` at most.
enum PQLJSONReader {
    static func node(_ view: JSONView, at pointer: String) throws(PQLJSONError) -> PQLNode {
        guard view.isObject else { throw PQLJSONError(pointer: pointer, message: "a node is a JSON object") }
        switch view["nodeType"]?.string {
        case "fnApply": return try application(view, at: pointer)
        case "fieldLookup": return try lookup(view, at: pointer)
        case "parameterReference": return try parameter(view, at: pointer)
        case "literal": return made(try literal(view, at: pointer))
        case let kind:
            throw PQLJSONError(
                pointer: pointer + "/nodeType",
                message:
                    "found \(kind.map { "\"\($0)\"" } ?? "no text"); a node is fnApply, fieldLookup, parameterReference or "
                    + "literal, all else is written as pql/text"
            )
        }
    }

    private static func made(_ kind: PQLNode.Kind) -> PQLNode { PQLNode(kind: kind, offset: 0) }

    // MARK: Places

    private static func parameter(_ view: JSONView, at pointer: String) throws(PQLJSONError) -> PQLNode {
        guard view["position"]?.int64 == 1 else {
            throw PQLJSONError(
                pointer: pointer + "/position",
                message: "an audience has one parameter, the profile; its position is 1"
            )
        }
        return made(.parameter(1))
    }

    private static func lookup(_ view: JSONView, at pointer: String) throws(PQLJSONError) -> PQLNode {
        guard let name = view["fieldName"]?.string, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "`")) else {
            throw PQLJSONError(
                pointer: pointer + "/fieldName",
                message: "fieldName is the name of a field: a text that is not empty and has no backtick"
            )
        }
        guard let object = view["object"] else {
            throw PQLJSONError(
                pointer: pointer + "/object",
                message:
                    "object is missing; it is the node whose field is meant, {\"nodeType\": \"parameterReference\", …} for "
                    + "a field of the profile itself"
            )
        }
        let base = try node(object, at: pointer + "/object")
        if case .parameter = base.kind { return made(name == "xEvent" ? .special(.xEvent) : .name(name)) }
        return extended(base, by: .member(name))
    }

    private static func extended(_ base: PQLNode, by step: PQLStep.Kind) -> PQLNode {
        let step = PQLStep(kind: step, offset: 0)
        if case .path(let inner, let steps) = base.kind { return made(.path(inner, steps + [step])) }
        return made(.path(base, [step]))
    }

    // MARK: Applications

    private static func application(_ view: JSONView, at pointer: String) throws(PQLJSONError) -> PQLNode {
        guard let name = view["fnName"]?.string else {
            throw PQLJSONError(pointer: pointer + "/fnName", message: "fnName is the name of a function or operator")
        }
        guard let params = view["params"], params.isArray else {
            throw PQLJSONError(pointer: pointer + "/params", message: "params is a list of nodes")
        }
        var nodes: [PQLNode] = []
        for (index, item) in params.items.enumerated() {
            nodes.append(try node(item, at: "\(pointer)/params/\(index)"))
        }
        if let node = try operation(name, nodes, at: pointer) { return node }
        guard let function = PQLFunction(rawValue: name) else {
            let near = PQLFunction.similar(to: name)
            throw PQLJSONError(
                pointer: pointer + "/fnName",
                message: "no function or operator is called \"\(name)\""
                    + (near.isEmpty ? "" : "; near ones are \(near.joined(separator: ", "))")
            )
        }
        return try call(function, nodes, at: pointer)
    }

    private static func call(
        _ function: PQLFunction,
        _ params: [PQLNode],
        at pointer: String
    ) throws(PQLJSONError) -> PQLNode {
        guard let counts = function.jsonParameterCounts, counts.contains(params.count) else {
            throw PQLJSONError(
                pointer: pointer + "/params",
                message: "\(function.rawValue) with \(params.count) params has no form in pql/json; as pql/text it is "
                    + "written \(function.example)"
            )
        }
        guard function.hasReceiver, let receiver = params.first else { return made(.call(function.rawValue, params)) }
        return extended(receiver, by: .method(function.rawValue, Array(params.dropFirst())))
    }

    /// An operator or a word that text spells otherwise than as a function; nil for other names.
    private static func operation(
        _ name: String,
        _ params: [PQLNode],
        at pointer: String
    ) throws(PQLJSONError) -> PQLNode? {
        func expect(_ counts: ClosedRange<Int>, _ what: String) throws(PQLJSONError) {
            guard counts.contains(params.count) else {
                throw PQLJSONError(
                    pointer: pointer + "/params",
                    message: "\"\(name)\" takes \(what); found \(params.count)"
                )
            }
        }
        switch name {
        case "and", "or":
            try expect(2...Int.max, "two params or more")
            return made(name == "and" ? .and(params) : .or(params))
        case "not", "!":
            try expect(1...1, "one param")
            return made(.not(params[0]))
        case "if":
            try expect(3...3, "a condition and two values")
            return made(.choice(params[0], params[1], params[2]))
        case "in", "notIn":
            try expect(2...2, "a value and a list")
            return made(.membership(isNegated: name == "notIn", params[0], params[1]))
        case "like":
            try expect(2...2, "a text and a pattern")
            return made(.like(params[0], params[1]))
        case "now", "today", "yesterday", "tomorrow":
            try expect(0...0, "no params")
            return PQLSpecial(rawValue: name).map { made(.special($0)) }
        case "-" where params.count == 1:
            return made(.negative(params[0]))
        default:
            if let comparison = PQLComparison(rawValue: name) {
                try expect(2...2, "two params")
                return made(.comparison(comparison, params[0], params[1]))
            }
            guard let symbol = PQLOperator(rawValue: name) else { return nil }
            try expect(2...2, symbol == .minus ? "one param or two" : "two params")
            return arithmetic(symbol, params[0], params[1])
        }
    }

    /// Operators of one precedence become one flat list from left to right, as text reads them.
    private static func arithmetic(_ symbol: PQLOperator, _ left: PQLNode, _ right: PQLNode) -> PQLNode {
        let term = PQLTerm(symbol: symbol, operand: right)
        if case .arithmetic(let first, let terms) = left.kind, terms.first?.symbol.isSum == symbol.isSum {
            return made(.arithmetic(first, terms + [term]))
        }
        return made(.arithmetic(left, [term]))
    }

    // MARK: Literals

    private static func literal(_ view: JSONView, at pointer: String) throws(PQLJSONError) -> PQLNode.Kind {
        guard let type = view["literalType"]?.string, let value = view["value"] else {
            throw PQLJSONError(pointer: pointer, message: "a literal has a literalType and a value")
        }
        let kind: PQLNode.Kind? =
            switch type {
            case "String": value.string.map(PQLNode.Kind.string)
            case "Boolean": value.bool.map(PQLNode.Kind.boolean)
            case "Integer": value.int64.flatMap(integer)
            case "Double": value.double.flatMap(double)
            case "Null": value.isNull ? .null : nil
            // The profile, as older definitions have it.
            case "XDMObject": value.string == "profile" ? .parameter(1) : nil
            case "List": value.isArray ? try list(value, at: pointer + "/value") : nil
            default:
                throw PQLJSONError(
                    pointer: pointer + "/literalType",
                    message:
                        "found \"\(type)\"; a literalType is String, Boolean, Integer, Double, List, Null or XDMObject, the "
                        + "profile"
                )
            }
        guard let kind else {
            throw PQLJSONError(pointer: pointer + "/value", message: "the value is none of the type \(type)")
        }
        return kind
    }

    private static func list(_ view: JSONView, at pointer: String) throws(PQLJSONError) -> PQLNode.Kind {
        var items: [PQLNode] = []
        for (index, item) in view.items.enumerated() {
            guard let kind = scalar(item) else {
                throw PQLJSONError(
                    pointer: "\(pointer)/\(index)",
                    message: "a List holds texts, numbers, booleans and nulls alone"
                )
            }
            items.append(made(kind))
        }
        return .array(items)
    }

    private static func scalar(_ view: JSONView) -> PQLNode.Kind? {
        switch view.kind {
        case .null: .null
        case .true: .boolean(true)
        case .false: .boolean(false)
        case .string, .escapedString: view.string.map(PQLNode.Kind.string)
        case .integer: view.int64.flatMap(integer)
        case .double: view.double.flatMap(double)
        case .array, .object: nil
        }
    }

    /// Text has no negative numbers, only the sign before one; so the lowest integer has no text.
    private static func integer(_ value: Int64) -> PQLNode.Kind? {
        guard value < 0 else { return .integer(value) }
        return value == .min ? nil : .negative(made(.integer(-value)))
    }

    private static func double(_ value: Double) -> PQLNode.Kind? {
        guard value.isFinite else { return nil }
        return value.sign == .minus ? .negative(made(.double(-value))) : .double(value)
    }
}

extension PQLOperator {
    /// Whether it adds or takes away, the looser of the two precedences.
    var isSum: Bool { self == .plus || self == .minus }
}
