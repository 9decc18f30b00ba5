extension PQLCompiler {
    /// `name(arguments)`, which also spells `arguments[0].name(…)`.
    mutating func emitCall(_ name: String, _ arguments: [PQLNode], at node: PQLNode) throws(PQLError) -> Result {
        let function = try function(name, at: node.offset)
        guard function.hasReceiver else { return try emitFree(function, arguments, at: node) }
        guard let receiver = arguments.first else {
            throw wrongCount(function, found: 0, at: node.offset)
        }
        if arguments.count == 1, try emitDatePart(function, of: receiver) { return .value }
        try emitValue(receiver)
        return try emitMethod(name, Array(arguments.dropFirst()), at: node.offset)
    }

    private func function(_ name: String, at offset: Int) throws(PQLError) -> PQLFunction {
        if let function = PQLFunction(rawValue: name) { return function }
        let similar = PQLFunction.similar(to: name)
        let hint =
            similar.isEmpty
            ? "functions are called with parentheses, fields without"
            : "near ones are \(similar.joined(separator: ", "))"
        throw source.error(.unknownFunction, at: offset, "no function is called \"\(name)\"; \(hint)")
    }

    private func wrongCount(_ function: PQLFunction, found: Int, at offset: Int) -> PQLError {
        let counts = function.argumentCounts
        let expected =
            counts.upperBound == Int.max
            ? "at least \(counts.lowerBound)"
            : counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) or \(counts.upperBound)"
        return source.error(
            .wrongArguments,
            at: offset,
            "\(function.rawValue) takes \(expected) arguments beside the value it is applied to, as in "
                + "\(function.example); found \(found)"
        )
    }

    // MARK: Without a receiver

    private mutating func emitFree(
        _ function: PQLFunction,
        _ arguments: [PQLNode],
        at node: PQLNode
    ) throws(PQLError) -> Result {
        guard function.argumentCounts.contains(arguments.count) else {
            throw error(
                .wrongArguments,
                node,
                "\(function.rawValue) takes \(function.argumentCounts.lowerBound) arguments, as in "
                    + "\(function.example); found \(arguments.count)"
            )
        }
        switch function {
        case .inSegment: return try emitInSegment(arguments[0])
        case .date:
            draft.readsCalendar = true
            draft.appendConstant(try date(arguments, at: node))
        case .mapEntry:
            throw error(
                .wrongArguments,
                node,
                "mapEntry is only the result of a map, as in groups.map((K, G) => mapEntry(K, G.count()))"
            )
        default: if let part = function.datePart { emitDatePart(part, ofDay: 0) }
        }
        return .value
    }

    private mutating func emitInSegment(_ argument: PQLNode) throws(PQLError) -> Result {
        guard case .string(let name) = argument.kind else {
            throw error(.wrongArguments, argument, "inSegment takes the id or name of an audience as a literal text")
        }
        guard let id = audience(name) else {
            throw error(.unknownAudience, argument, "no audience has the id or the unique name \"\(name)\"")
        }
        draft.audiences.append(id)
        draft.ops.append(.isInAudience(draft.audiences.count - 1))
        return .truth
    }

    private func date(_ arguments: [PQLNode], at node: PQLNode) throws(PQLError) -> PQLValue {
        var numbers: [Int] = []
        for argument in arguments {
            guard case .integer(let number) = argument.kind else {
                throw error(.wrongArguments, argument, "date takes three whole numbers, as in date(2026, 4, 1)")
            }
            numbers.append(Int(clamping: number))
        }
        guard (1...9999).contains(numbers[0]),
            let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2])
        else {
            throw error(
                .invalidLiteral,
                node,
                "the calendar has no date(\(numbers[0]), \(numbers[1]), \(numbers[2])); expected a year, a month and a day"
            )
        }
        return calendar.value(ofDay: date.daysSinceEpoch)
    }

    // MARK: With a receiver, whose value is on the stack

    mutating func emitMethod(_ name: String, _ arguments: [PQLNode], at offset: Int) throws(PQLError) -> Result {
        let function = try function(name, at: offset)
        guard function.hasReceiver else {
            throw source.error(
                .wrongArguments,
                at: offset,
                "\(name) is applied to nothing; write it alone, as in \(function.example)"
            )
        }
        guard function.argumentCounts.contains(arguments.count) else {
            throw wrongCount(function, found: arguments.count, at: offset)
        }
        switch function {
        case .equals, .notEqualTo, .startsWith, .doesNotStartWith, .endsWith, .doesNotEndWith, .contains,
            .doesNotContain:
            return try emitTextTest(function, arguments)
        case .matches:
            if case .string(let pattern) = arguments[0].kind {
                draft.ops.append(.matches(try self.pattern(pattern, at: arguments[0], tellsGroups: false)))
            } else {
                try emitValue(arguments[0])
                draft.ops.append(.matchesDynamic)
            }
            return .truth
        case .regexGroup: try emitRegexGroup(arguments)
        case .filter: try emitLoop(.filter, argument: arguments[0], leaves: .truth)
        case .map: try emitLoop(.map, argument: arguments[0], leaves: .value)
        case .groupBy: try emitLoop(.groupBy, argument: arguments[0], leaves: .value)
        case .topN, .bottomN:
            try emitValue(arguments[1])
            try emitLoop(function == .topN ? .topN : .bottomN, argument: arguments[0], leaves: .value)
        case .sum: try emitAggregation(.sum, arguments)
        case .average: try emitAggregation(.average, arguments)
        case .min: try emitAggregation(.min, arguments)
        case .max: try emitAggregation(.max, arguments)
        case .exists: return try emitQuantification(.exists, arguments)
        case .forall: return try emitQuantification(.forall, arguments)
        default:
            for argument in arguments { try emitValue(argument) }
            if function.datePart != nil { draft.readsCalendar = true }
            draft.ops.append(.function(function))
            return function.isTest ? .truth : .value
        }
        return .value
    }

    private mutating func emitAggregation(_ kind: PQLLoop.Kind, _ arguments: [PQLNode]) throws(PQLError) {
        if let argument = arguments.first {
            try emitLoop(kind, argument: argument, leaves: .value)
        } else {
            try emitLoopOverItems(kind)
        }
    }

    private mutating func emitQuantification(_ kind: PQLLoop.Kind, _ arguments: [PQLNode]) throws(PQLError) -> Result {
        if let argument = arguments.first {
            try emitLoop(kind, argument: argument, leaves: .truth)
        } else {
            try emitLoop(kind) { (compiler) throws(PQLError) in compiler.draft.ops.append(.setTruth(true)) }
        }
        return .truth
    }

    private mutating func emitTextTest(_ function: PQLFunction, _ arguments: [PQLNode]) throws(PQLError) -> Result {
        let (test, values) = try textTest(function, arguments)
        for value in values { try emitValue(value) }
        draft.ops.append(.textTest(test, argumentCount: values.count))
        return .truth
    }

    /// Splits the arguments of a string test from its flag: true or left out = case-sensitive.
    func textTest(
        _ function: PQLFunction,
        _ arguments: [PQLNode]
    ) throws(PQLError) -> (test: PQLTextTest, values: [PQLNode]) {
        guard let kind = function.textTestKind else { preconditionFailure("\(function) is no string test") }
        var values = arguments
        var ignoresCase = false
        if values.count > 1, case .boolean(let isSensitive)? = values.last?.kind {
            ignoresCase = !isSensitive
            values.removeLast()
        }
        for value in values where value.kind == .null {
            throw error(
                .nullComparison,
                value,
                "a string test against null is never true; write isNull() or isNotNull() after the value instead"
            )
        }
        if kind != .equals {
            if values.count > 1 {
                throw error(
                    .wrongArguments,
                    values[1],
                    "the second argument of \(function.rawValue) is true or false: whether case matters"
                )
            }
            try refuseNonText(values[0], function)
        }
        let isNegative = ![.equals, .startsWith, .endsWith, .contains].contains(function)
        return (PQLTextTest(kind: kind, isNegative: isNegative, ignoresCase: ignoresCase), values)
    }

    private func refuseNonText(_ node: PQLNode, _ function: PQLFunction) throws(PQLError) {
        switch node.kind {
        case .integer, .double, .boolean, .array, .object:
            throw error(.wrongArguments, node, "\(function.rawValue) takes a text, as in \(function.example)")
        default: return
        }
    }

    private mutating func emitRegexGroup(_ arguments: [PQLNode]) throws(PQLError) {
        let pattern = arguments[0]
        if case .string(let text) = pattern.kind {
            let index = try self.pattern(text, at: pattern, tellsGroups: true)
            try emitGroupNumber(arguments)
            draft.ops.append(.regexGroup(index))
        } else {
            try emitValue(pattern)
            try emitGroupNumber(arguments)
            draft.ops.append(.regexGroupDynamic)
        }
    }

    private mutating func emitGroupNumber(_ arguments: [PQLNode]) throws(PQLError) {
        if arguments.count > 1 { try emitValue(arguments[1]) } else { draft.appendConstant(.null) }
    }

    private mutating func pattern(_ text: String, at node: PQLNode, tellsGroups: Bool) throws(PQLError) -> Int {
        do throws(JavaPattern.Refusal) {
            draft.patterns.append(try PQLPattern(text, tellsGroups: tellsGroups))
        } catch {
            throw source.error(
                .invalidPattern,
                at: PQLLexer.offset(ofContent: error.offset, ofTextAt: node.offset, in: source),
                "a regular expression in Java's syntax is expected; \(error.message)"
            )
        }
        return draft.patterns.count - 1
    }
}

extension PQLFunction {
    var textTestKind: PQLTextTest.Kind? {
        switch self {
        case .equals, .notEqualTo: .equals
        case .startsWith, .doesNotStartWith: .startsWith
        case .endsWith, .doesNotEndWith: .endsWith
        case .contains, .doesNotContain: .contains
        default: nil
        }
    }

    /// Whether the result is a truth.
    var isTest: Bool {
        switch self {
        case .intersects, .subsetOf, .supersetOf, .includes, .isNull, .isNotNull: true
        default: false
        }
    }
}
