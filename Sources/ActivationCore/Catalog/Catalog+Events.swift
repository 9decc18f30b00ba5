extension Catalog {
    /// Whether deciding the input can make an audience read the profile's events, apart from merges.
    ///
    /// May say yes needlessly, never no wrongly; loading events that nobody reads costs time only.
    public func mayReadEvents(_ input: Input) -> Bool {
        guard !eventReaders.isEmpty else { return false }
        switch input.cause {
        case .message(let message, _):
            switch message.kind {
            case .event: return true
            case .record: return audiences.contains { $0.program.readsEvents && $0.program.readsMoreThanEvents }
            }
        case .evaluation(_, let evaluated):
            // Others may follow through inSegment, so any reader counts unless nobody asks for anybody.
            return evaluated.contains { id in
                audienceIndex[id].map { audiences[$0].program.readsEvents || !audiences[$0].dependents.isEmpty }
                    ?? false
            } || !membershipReaders.isEmpty
        }
    }

    /// Whether merging profiles needs their events.
    public var readsEvents: Bool { !eventReaders.isEmpty }
}

extension PQLProgram {
    fileprivate var readsMoreThanEvents: Bool {
        !paths.isEmpty || !audiences.isEmpty || readsIdentities || readsMemberships
    }
}
