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
        case .evaluation(_, let evaluated):
            // Others may follow through inSegment, so any reader counts unless nobody asks for anybody.
            return evaluated.contains { id in
                audienceIndex[id].map { audiences[$0].program.readsEvents || !audiences[$0].dependents.isEmpty }
                    ?? false
            } || !membershipReaders.isEmpty
        }
    }
}

extension PQLProgram {
    /// Whether a profile record can change the outcome of a program that reads events.
    var readsMoreThanEvents: Bool {
        !paths.isEmpty || !audiences.isEmpty || readsIdentities || readsMemberships
    }
}
