extension PQLCompiler {
    typealias Body = (inout PQLCompiler) throws(PQLError) -> Void

    /// Emits a loop over the array on the stack; the body's bare names are fields of the item.
    mutating func emitLoop(_ kind: PQLLoop.Kind, _ body: Body) throws(PQLError) {
        let slot = draft.newSlot()
        scopes.append(.item(.slot(slot)))
        defer { scopes.removeLast() }
        try emitLoop(kind, slot: slot, keySlot: nil, body)
    }

    private mutating func emitLoop(
        _ kind: PQLLoop.Kind,
        slot: Int,
        keySlot: Int?,
        _ body: Body
    ) throws(PQLError) {
        let isOverEvents = draft.ops.count == eventArrayEnd
        if isOverEvents { eventSlots.insert(slot) }
        let index = draft.loops.count
        draft.loops.append(PQLLoop(kind: kind, slot: slot, keySlot: keySlot, body: 0..<0))
        draft.ops.append(.loop(index))
        let start = draft.ops.count
        try body(&self)
        draft.loops[index].body = start..<draft.ops.count
        eventArrayEnd = isOverEvents && kind == .filter ? draft.ops.count : nil
    }

    /// Emits a loop whose body is an argument of a function: an expression over the item, or a lambda.
    mutating func emitLoop(_ kind: PQLLoop.Kind, argument: PQLNode, leaves result: Result) throws(PQLError) {
        let slot = draft.newSlot()
        var keySlot: Int?
        var body = argument
        let depth = scopes.count
        defer { scopes.removeLast(scopes.count - depth) }
        scopes.append(.item(.slot(slot)))
        if case .lambda(let names, let inner) = argument.kind {
            let most = kind == .map ? 2 : 1
            guard names.count <= most else {
                throw error(
                    .wrongArguments,
                    argument,
                    "found a lambda with \(names.count) parameters where \(most) is the most"
                )
            }
            if names.count == 2 {
                let key = draft.newSlot()
                keySlot = key
                scopes.append(.variable(names[0], .slot(key)))
            }
            scopes.append(.variable(names[names.count - 1], .slot(slot)))
            body = inner
        }
        try emitLoop(kind, slot: slot, keySlot: keySlot) { (compiler) throws(PQLError) in
            if result == .truth {
                try compiler.emitTruth(body)
            } else if kind == .map {
                try compiler.emitMapResult(body)
            } else {
                try compiler.emitValue(body)
            }
        }
    }

    /// Emits the result of a map, the only place where a mapEntry may stand.
    private mutating func emitMapResult(_ node: PQLNode) throws(PQLError) {
        switch node.kind {
        case .call(PQLFunction.mapEntry.rawValue, let arguments) where arguments.count == 2:
            try emitValue(arguments[0])
            try emitValue(arguments[1])
            draft.ops.append(.function(.mapEntry))
        case .choice(let condition, let first, let second):
            try emitTruth(condition)
            let toSecond = draft.appendJump(.jumpIfFalse(0))
            try emitMapResult(first)
            let toEnd = draft.appendJump(.jump(0))
            draft.land(toSecond)
            try emitMapResult(second)
            draft.land(toEnd)
            eventArrayEnd = nil
        default: try emitValue(node)
        }
    }

    // MARK: Comprehensions

    mutating func emitQuantified(
        _ quantifier: PQLQuantifier,
        _ generators: [PQLGenerator]
    ) throws(PQLError) -> Result {
        switch quantifier {
        case .exists:
            try emitQuantifier(.exists, generators[...])
            return .truth
        case .forall:
            try emitQuantifier(.forall, generators[...])
            return .truth
        case .select:
            try emitCollection { (compiler, accumulator) throws(PQLError) in
                try compiler.emitGenerator(generators[0], .each) { (compiler, slot) throws(PQLError) in
                    var jumps = try compiler.emitCondition(of: generators[0])
                    if generators.count > 1 {
                        try compiler.emitQuantifier(.exists, generators[1...])
                        jumps.append(compiler.draft.appendJump(.jumpIfFalse(0)))
                    }
                    compiler.draft.ops.append(.load(slot))
                    compiler.draft.ops.append(.collect(accumulator))
                    for jump in jumps { compiler.draft.land(jump) }
                }
            }
            return .value
        }
    }

    /// exists x (c1 and exists y (c2)), forall x (c1 and forall y (c2)); leaves the truth.
    private mutating func emitQuantifier(
        _ kind: PQLLoop.Kind,
        _ generators: ArraySlice<PQLGenerator>
    ) throws(PQLError) {
        guard let first = generators.first else { return }
        try emitGenerator(first, kind) { (compiler, _) throws(PQLError) in
            if let condition = first.condition {
                try compiler.emitTruth(condition)
            } else {
                compiler.draft.ops.append(.setTruth(true))
            }
            guard generators.count > 1 else { return }
            let toEnd = compiler.draft.appendJump(.jumpIfFalse(0))
            try compiler.emitQuantifier(kind, generators.dropFirst())
            compiler.draft.land(toEnd)
        }
    }

    mutating func emitAggregate(
        _ aggregate: PQLAggregate,
        _ value: PQLNode,
        _ generators: [PQLGenerator]
    ) throws(PQLError) {
        try emitCollection { (compiler, accumulator) throws(PQLError) in
            try compiler.emitEach(generators[...]) { (compiler) throws(PQLError) in
                try compiler.emitValue(value)
                compiler.draft.ops.append(.collect(accumulator))
            }
        }
        switch aggregate {
        case .count: draft.ops.append(.function(.count))
        case .sum: try emitLoopOverItems(.sum)
        case .average: try emitLoopOverItems(.average)
        case .min: try emitLoopOverItems(.min)
        case .max: try emitLoopOverItems(.max)
        }
    }

    /// Emits an aggregation of the items themselves.
    mutating func emitLoopOverItems(_ kind: PQLLoop.Kind) throws(PQLError) {
        let slot = draft.newSlot()
        try emitLoop(kind, slot: slot, keySlot: nil) { (compiler) throws(PQLError) in
            compiler.draft.ops.append(.load(slot))
        }
    }

    /// Runs a body for every combination of items that meets the conditions.
    private mutating func emitEach(_ generators: ArraySlice<PQLGenerator>, _ body: Body) throws(PQLError) {
        guard let first = generators.first else { return try body(&self) }
        try emitGenerator(first, .each) { (compiler, _) throws(PQLError) in
            let jumps = try compiler.emitCondition(of: first)
            try compiler.emitEach(generators.dropFirst(), body)
            for jump in jumps { compiler.draft.land(jump) }
        }
    }

    private mutating func emitCollection(
        _ body: (inout PQLCompiler, Int) throws(PQLError) -> Void
    ) throws(PQLError) {
        let accumulator = draft.newSlot()
        draft.ops.append(.startCollecting(accumulator))
        try body(&self, accumulator)
        draft.ops.append(.pushCollected(accumulator))
    }

    /// Emits a generator's source and a loop that binds its variable; bare names keep their meaning.
    private mutating func emitGenerator(
        _ generator: PQLGenerator,
        _ kind: PQLLoop.Kind,
        _ body: (inout PQLCompiler, Int) throws(PQLError) -> Void
    ) throws(PQLError) {
        try emitValue(generator.source)
        let slot = draft.newSlot()
        scopes.append(.variable(generator.name, .slot(slot)))
        defer { scopes.removeLast() }
        try emitLoop(kind, slot: slot, keySlot: nil) { (compiler) throws(PQLError) in try body(&compiler, slot) }
    }

    private mutating func emitCondition(of generator: PQLGenerator) throws(PQLError) -> [Int] {
        guard let condition = generator.condition else { return [] }
        try emitTruth(condition)
        return [draft.appendJump(.jumpIfFalse(0))]
    }
}
