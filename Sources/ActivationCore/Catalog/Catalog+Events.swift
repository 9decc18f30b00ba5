extension Catalog {
    /// Whether any audience reads events.
    var readsEvents: Bool { !eventReaders.isEmpty }

    /// Whether deciding the input can make an audience read the profile's events, apart from merges.
    ///
    /// May say yes needlessly, never no wrongly; loading events that nobody reads costs time only.
    func mayReadEvents(_ input: Input) -> Bool {
        guard readsEvents else { return false }
        switch input.cause {
        case .message(let message):
            switch message.kind {
            case .event: return true
            case .record: return recordsMayReadEvents
            }
        case .evaluation(_, let evaluated): return mayReadEvents(evaluating: evaluated)
        // What is due says the profile, not the input.
        case .clock: return false
        }
    }

    /// Whether running the due ones of a profile's timers can make an audience read the profile's events.
    ///
    /// An audience whose timer is not due may get one that is while others run, but only together with one of those.
    func mayReadEvents(_ timers: [AudienceTimer], dueBy now: Timestamp) -> Bool {
        guard readsEvents else { return false }
        let due = timers.filter { $0.due <= now }
        return !due.isEmpty && mayReadEvents(evaluating: due.map(\.audience))
    }

    private func mayReadEvents(evaluating evaluated: [Audience.ID]) -> Bool {
        // Others may follow through inSegment, so any reader counts unless nobody asks for anybody.
        evaluated.contains { id in
            audienceIndex[id].map { audiences[$0].program.readsEvents || !audiences[$0].dependents.isEmpty } ?? false
        } || !membershipReaders.isEmpty
    }
}

extension PQLProgram {
    /// Whether a profile record can change the outcome of a program that reads events.
    var readsMoreThanEvents: Bool {
        !paths.isEmpty || !audiences.isEmpty || readsIdentities || readsMemberships
    }
}
