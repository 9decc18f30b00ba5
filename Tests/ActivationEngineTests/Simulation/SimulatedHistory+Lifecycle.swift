import ActivationCore

extension SimulatedHistory {
    /// Publishes a draft, lets an audience rest that is in no dataflow any more, or publishes it again (BEHAVIOUR 5.2).
    ///
    /// Those that ask for it go on with its standings.
    mutating func changeLifecycle(_ change: inout SimulatedChange) {
        // Mostly one that is at rest, so that it does not stay so for long.
        let resting = catalog.audiences.indices.filter { catalog.audiences[$0].lifecycle == .inactive }
        let index =
            resting.isEmpty || random.oneIn(2)
            ? random.number(0..<catalog.audiences.count) : random.pick(resting)
        let audience = catalog.audiences[index]
        change.catalog.audiences[index].updatedAt = clock
        switch audience.lifecycle {
        case .draft: change.catalog.audiences[index].lifecycle = .published
        case .published:
            change.catalog.audiences[index].lifecycle = .inactive
            takeOut(audience.id, &change)
        case .inactive:
            change.catalog.audiences[index].lifecycle = .published
            change.evaluated = [audience.rule]
        }
    }
}
