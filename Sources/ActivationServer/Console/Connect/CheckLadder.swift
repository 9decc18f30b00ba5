import Console

/// How far a check came: one line per step, what was found where it stopped, and what to do.
struct CheckLadder: Sendable, Equatable {
    /// A step.
    struct Rung: Sendable, Equatable {
        let name: String
        let mark: StateMark
        /// What was found; nil when there is nothing to say.
        let text: String?
        /// What to do.
        let cure: String?
    }

    let rungs: [Rung]
    let facts: [DataflowPage.Fact]
    let hasFacts: Bool

    /// A check that stopped at a step; nil when none of the steps is about the error.
    ///
    /// - Parameters:
    ///   - steps: The steps.
    ///   - code: The word of the error.
    ///   - text: What was found.
    ///   - isWarning: Whether one may go on.
    init?(_ steps: [DestinationStep], stoppedBy code: String, _ text: String, isWarning: Bool = false) {
        // What the server refuses by itself is about the fields too.
        let isField = code == APIErrorCode.fieldInvalid.rawValue
        guard let place = isField ? 0 : steps.firstIndex(where: { $0.cures[code] != nil }) else { return nil }
        rungs = steps.enumerated().map { index, step in
            guard index != place else {
                return Rung(
                    name: step.name,
                    mark: isWarning ? StateMark("not known", .warning) : StateMark("failed", .bad),
                    text: "\(text) (\(code))",
                    cure: step.cures[code]
                )
            }
            let mark = index < place ? StateMark("done", .good) : StateMark("not tried", .quiet)
            return Rung(name: step.name, mark: mark, text: nil, cure: nil)
        }
        facts = []
        hasFacts = false
    }

    /// A check of a target that can be used.
    ///
    /// - Parameters:
    ///   - steps: The steps.
    ///   - check: What it found.
    init(_ steps: [DestinationStep], _ check: ConnectDraft.Check) {
        let stopped = check.denial.flatMap { CheckLadder(steps, stoppedBy: $0.code, $0.text, isWarning: true) }
        let done = steps.map { Rung(name: $0.name, mark: StateMark("done", .good), text: nil, cure: nil) }
        var rungs = stopped?.rungs ?? done
        if let last = steps.last, steps.count > DestinationStep.common.count {
            let isWritten = check.receipt != nil
            rungs[rungs.count - 1] = Rung(
                name: last.name,
                mark: isWritten ? StateMark("done", .good) : StateMark("not tried", .quiet),
                text: check.receipt.map { "The test record is at \($0)." },
                cure: nil
            )
        }
        self.rungs = rungs
        facts = check.facts.map { DataflowPage.Fact(label: $0.label, value: $0.value, path: nil) }
        hasFacts = !facts.isEmpty
    }
}
