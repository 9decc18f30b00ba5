/// A compiled CHAIN; its bodies are ranges of instructions that follow the chain's own.
struct PQLChainCode: Sendable {
    struct Step: Sendable {
        var isNegated: Bool
        var count: PQLChain.Count
        /// Where the event and its timestamp go.
        var slot: Int
        var timeSlot: Int
        /// A body that leaves a truth and sees the event alone; the others see labels.
        var what: Range<Int>
        var when: Range<Int>?
        var condition: Range<Int>?
    }

    var itemSlot: Int
    /// A body that leaves an event's timestamp as a value.
    var timestamp: Range<Int>
    var steps: [Step]
    /// Whether a step looks at what an earlier one matched.
    var refersToLabels: Bool
    /// The first instruction after the chain's bodies.
    var end: Int
}

extension PQLCompiler {
    mutating func emitChain(_ chain: PQLChain, at node: PQLNode) throws(PQLError) -> Result {
        try emitValue(chain.source)
        let isOfEvents = draft.ops.count == eventArrayEnd
        let index = draft.chains.count
        let itemSlot = draft.newSlot()
        if isOfEvents { eventSlots.insert(itemSlot) }
        draft.chains.append(
            PQLChainCode(itemSlot: itemSlot, timestamp: 0..<0, steps: [], refersToLabels: false, end: 0)
        )
        draft.ops.append(.chain(index))
        let depth = scopes.count
        defer { scopes.removeLast(scopes.count - depth) }
        let timestamp = try emitBody { (compiler) throws(PQLError) in
            compiler.scopes.append(.item(.slot(itemSlot)))
            try compiler.emitValue(chain.timestamp)
            try compiler.noteDay(chain.timestamp)
        }
        var steps: [PQLChainCode.Step] = []
        for step in chain.steps {
            steps.append(try emitStep(step, itemSlot: itemSlot))
            if isOfEvents, let slot = steps.last?.slot { eventSlots.insert(slot) }
        }
        draft.chains[index] = PQLChainCode(
            itemSlot: itemSlot,
            timestamp: timestamp,
            steps: steps,
            refersToLabels: refersToLabels(steps),
            end: draft.ops.count
        )
        return .truth
    }

    private mutating func emitStep(_ step: PQLChain.Step, itemSlot: Int) throws(PQLError) -> PQLChainCode.Step {
        if case .between(let low, let high)? = step.count, low > high {
            throw source.error(
                .wrongArguments,
                at: step.offset,
                "COUNT(between \(low) and \(high)) has the larger number first"
            )
        }
        let labels = scopes
        scopes.removeAll { if case .variable(_, .slot(let slot)) = $0 { labelTimes[slot] != nil } else { false } }
        let what = try emitBody { (compiler) throws(PQLError) in
            compiler.scopes.append(.item(.slot(itemSlot)))
            try compiler.emitTruth(step.what)
        }
        scopes = labels
        let slot = draft.newSlot()
        let timeSlot = draft.newSlot()
        labelTimes[slot] = timeSlot
        var when: Range<Int>?
        if let test = step.when {
            when = try emitBody { (compiler) throws(PQLError) in
                compiler.draft.ops.append(.load(timeSlot))
                try compiler.emitTimeTest(test, at: step.offset)
            }
        }
        scopes.append(.variable(step.label, .slot(slot)))
        var condition: Range<Int>?
        if let test = step.condition {
            condition = try emitBody { (compiler) throws(PQLError) in try compiler.emitTruth(test) }
        }
        // Nothing is matched by a negated step, so later ones cannot refer to it.
        if step.isNegated { scopes.removeLast() }
        return PQLChainCode.Step(
            isNegated: step.isNegated,
            count: step.count ?? .atLeast(1),
            slot: slot,
            timeSlot: timeSlot,
            what: what,
            when: when,
            condition: condition
        )
    }

    /// Emits a body in a scope of its own and returns where it lies.
    private mutating func emitBody(_ body: Body) throws(PQLError) -> Range<Int> {
        let depth = scopes.count
        defer { scopes.removeLast(scopes.count - depth) }
        let start = draft.ops.count
        try body(&self)
        return start..<draft.ops.count
    }

    private func refersToLabels(_ steps: [PQLChainCode.Step]) -> Bool {
        var earlier: Set<Int> = []
        for step in steps {
            for body in [step.when, step.condition].compactMap(\.self) {
                for op in draft.ops[body] {
                    if case .load(let slot) = op, earlier.contains(slot) { return true }
                }
            }
            earlier.formUnion([step.slot, step.timeSlot])
        }
        return false
    }
}
