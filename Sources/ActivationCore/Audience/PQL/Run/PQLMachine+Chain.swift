/// One event of a chain's source.
private struct PQLChainEvent {
    var instant: Int64
    var value: PQLValue
}

/// A search for events that meet a chain's steps in strictly increasing order of time (PQL 9).
private struct PQLChainSearch {
    var chain: PQLChainCode
    /// In order of time, equal ones in order of the source.
    var events: [PQLChainEvent]
    /// For every step, which events its WHAT accepts.
    var accepted: [[Bool]]
    /// Ends of a partial match, by step, that lead nowhere; only when steps do not look at earlier ones.
    var deadEnds: Set<[Int]> = []
}

extension PQLMachine {
    mutating func run(_ chain: PQLChainCode) {
        guard case .array(let items) = pop() else {
            truth = false
            return
        }
        var search = PQLChainSearch(chain: chain, events: [], accepted: [])
        for item in items {
            slots[chain.itemSlot] = item
            run(chain.timestamp)
            if let instant = calendar.instant(of: pop()) {
                search.events.append(PQLChainEvent(instant: instant, value: item))
            }
        }
        let order = search.events.indices.sorted {
            (search.events[$0].instant, $0) < (search.events[$1].instant, $1)
        }
        search.events = order.map { search.events[$0] }
        for step in chain.steps {
            search.accepted.append(
                search.events.map { event in
                    slots[chain.itemSlot] = event.value
                    run(step.what)
                    return truth
                }
            )
        }
        truth = matches(&search, step: 0, after: nil, forbidden: [])
    }

    /// Whether the steps from one on can be matched after the event at which the last match ended.
    ///
    /// `forbidden` are the negated steps since then, which must stay unmatched up to the next match.
    private mutating func matches(
        _ search: inout PQLChainSearch,
        step index: Int,
        after previous: Int?,
        forbidden: [Int]
    ) -> Bool {
        spend(1)
        if isExhausted { return false }
        guard index < search.chain.steps.count else {
            return forbidden.allSatisfy { isUnmatched(search, $0, after: previous, before: nil) }
        }
        let step = search.chain.steps[index]
        if step.isNegated {
            return matches(&search, step: index + 1, after: previous, forbidden: forbidden + [index])
        }
        let state = [index, previous ?? -1] + forbidden
        if search.deadEnds.contains(state) { return false }
        let found: Bool
        if let least = step.count.least {
            found = matchesLeast(least, &search, step: index, after: previous, forbidden: forbidden)
        } else {
            found = matchesAll(&search, step: index, after: previous, forbidden: forbidden)
        }
        if !found, !search.chain.refersToLabels { search.deadEnds.insert(state) }
        return found
    }

    /// At least so many matches: tries every event that can be the last one counted.
    private mutating func matchesLeast(
        _ least: Int64,
        _ search: inout PQLChainSearch,
        step index: Int,
        after previous: Int?,
        forbidden: [Int]
    ) -> Bool {
        let step = search.chain.steps[index]
        if least <= 0 {
            bind(step, nil)
            if matches(&search, step: index + 1, after: previous, forbidden: forbidden) { return true }
        }
        var count: Int64 = 0
        var first: Int?
        for candidate in indices(search, after: previous) {
            guard isMatch(search, index, candidate) else {
                if isExhausted { return false }
                continue
            }
            count += 1
            if first == nil { first = candidate }
            guard count >= least, let first else { continue }
            let start = least > 1 ? first : candidate
            guard forbidden.allSatisfy({ isUnmatched(search, $0, after: previous, before: start) }) else { continue }
            // The check above bound other events to negated steps only; this step's label is the candidate again.
            bind(step, search.events[candidate])
            if matches(&search, step: index + 1, after: candidate, forbidden: []) { return true }
        }
        return false
    }

    /// Any other count: all matches after the previous step are counted, the last one is the step's end.
    private mutating func matchesAll(
        _ search: inout PQLChainSearch,
        step index: Int,
        after previous: Int?,
        forbidden: [Int]
    ) -> Bool {
        let step = search.chain.steps[index]
        let all = indices(search, after: previous).filter { isMatch(search, index, $0) }
        guard !isExhausted, step.count.accepts(Int64(all.count)) else { return false }
        guard let first = all.first, let last = all.last else {
            bind(step, nil)
            return matches(&search, step: index + 1, after: previous, forbidden: forbidden)
        }
        guard forbidden.allSatisfy({ isUnmatched(search, $0, after: previous, before: first) }) else { return false }
        bind(step, search.events[last])
        return matches(&search, step: index + 1, after: last, forbidden: [])
    }

    /// Whether a negated step stays unmatched between two matches.
    private mutating func isUnmatched(
        _ search: PQLChainSearch,
        _ index: Int,
        after previous: Int?,
        before next: Int?
    ) -> Bool {
        var count: Int64 = 0
        for candidate in indices(search, after: previous) {
            if let next, search.events[candidate].instant >= search.events[next].instant { break }
            if isMatch(search, index, candidate) { count += 1 }
            if isExhausted { return false }
        }
        return !search.chain.steps[index].count.accepts(count)
    }

    /// The events strictly later than one.
    private func indices(_ search: PQLChainSearch, after previous: Int?) -> Range<Int> {
        guard let previous else { return search.events.indices }
        var index = previous + 1
        while index < search.events.count, search.events[index].instant == search.events[previous].instant {
            index += 1
        }
        return index..<search.events.count
    }

    /// Whether an event meets a step's WHAT, WHEN and WHERE; its label then stands for the event.
    private mutating func isMatch(_ search: PQLChainSearch, _ index: Int, _ candidate: Int) -> Bool {
        spend(1)
        guard search.accepted[index][candidate] else { return false }
        let step = search.chain.steps[index]
        bind(step, search.events[candidate])
        for body in [step.when, step.condition] {
            guard let body else { continue }
            run(body)
            if isExhausted || !truth { return false }
        }
        return true
    }

    private mutating func bind(_ step: PQLChainCode.Step, _ event: PQLChainEvent?) {
        slots[step.slot] = event?.value ?? .null
        slots[step.timeSlot] = event.map { .timestamp(Timestamp(milliseconds: $0.instant)) } ?? .null
    }
}

extension PQLChain.Count {
    /// The number of matches that suffices; nil when more may be too many.
    fileprivate var least: Int64? {
        switch self {
        case .atLeast(let number), .compared(.greaterOrEqual, let number): number
        case .compared(.greater, let number): number == .max ? number : number + 1
        case .compared, .between: nil
        }
    }

    func accepts(_ count: Int64) -> Bool {
        switch self {
        case .atLeast(let number): count >= number
        case .compared(let comparison, let number): PQLOrder(count, number).satisfies(comparison)
        case .between(let low, let high): low <= count && count <= high
        }
    }
}
