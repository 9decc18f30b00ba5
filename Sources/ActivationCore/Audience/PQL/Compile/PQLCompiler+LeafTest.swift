extension PQLCompiler {
    /// The test of one attribute against literals that a node amounts to, or nil.
    mutating func leafTest(_ node: PQLNode) throws(PQLError) -> PQLLeafTest? {
        switch node.kind {
        case .comparison(let comparison, let left, let right):
            if let literal = literal(right) { return try leafTest(left, .compare(comparison, literal)) }
            if let literal = literal(left) { return try leafTest(right, .compare(comparison.mirrored, literal)) }
            return nil
        case .membership(let isNegated, let value, let list):
            guard case .array(let items) = list.kind, let literals = literals(items) else { return nil }
            return try leafTest(value, .anyOf(literals, isNegated: isNegated))
        case .call(let name, let arguments):
            guard let receiver = arguments.first else { return nil }
            return try methodTest(name, Array(arguments.dropFirst()), of: receiver)
        case .path(let base, let steps):
            if case .method(let name, let arguments)? = steps.last?.kind {
                let rest = Array(steps.dropLast())
                let receiver = rest.isEmpty ? base : PQLNode(kind: .path(base, rest), offset: base.offset)
                return try methodTest(name, arguments, of: receiver)
            }
            return try leafTest(node, .truth)
        case .name, .outer: return try leafTest(node, .truth)
        default: return nil
        }
    }

    private mutating func methodTest(
        _ name: String,
        _ arguments: [PQLNode],
        of receiver: PQLNode
    ) throws(PQLError) -> PQLLeafTest? {
        guard let function = PQLFunction(rawValue: name), function.argumentCounts.contains(arguments.count) else {
            return nil
        }
        switch function {
        case .isNull: return try leafTest(receiver, .isNull(true))
        case .isNotNull: return try leafTest(receiver, .isNull(false))
        default: break
        }
        guard function.textTestKind != nil else { return nil }
        let (test, values) = try textTest(function, arguments)
        guard !test.ignoresCase, let literals = literals(values) else { return nil }
        if test.kind == .equals { return try leafTest(receiver, .anyOf(literals, isNegated: test.isNegative)) }
        return try leafTest(receiver, .text(test, literals[0]))
    }

    /// A test of the attribute a node names; nil when it names something else.
    private mutating func leafTest(_ node: PQLNode, _ kind: PQLLeafTest.Kind) throws(PQLError) -> PQLLeafTest? {
        let (base, steps): (PQLNode, [PQLStep])
        if case .path(let pathBase, let pathSteps) = node.kind {
            (base, steps) = (pathBase, pathSteps)
        } else {
            (base, steps) = (node, [])
        }
        guard let (keys, taken) = try profileKeys(base, steps), taken == steps.count, let first = keys.first,
            !["xEvent", "identityMap", "segmentMembership"].contains(first)
        else { return nil }
        let path = try profilePath(keys, at: base)
        draft.testMentions.append((path.id, kind, base.offset))
        return PQLLeafTest(path: path, kind: kind)
    }

    private func literals(_ nodes: [PQLNode]) -> [PQLLeafTest.Literal]? {
        var literals: [PQLLeafTest.Literal] = []
        for node in nodes {
            guard let literal = literal(node) else { return nil }
            literals.append(literal)
        }
        return literals
    }

    private func literal(_ node: PQLNode) -> PQLLeafTest.Literal? {
        switch node.kind {
        case .string(let text): .text(Array(text.utf8))
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .boolean(let value): .boolean(value)
        case .negative(let operand):
            switch operand.kind {
            case .integer(let value): .integer(-value)
            case .double(let value): .double(-value)
            default: nil
            }
        default: nil
        }
    }
}

extension PQLComparison {
    /// The comparison with its sides changed over.
    var mirrored: PQLComparison {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
