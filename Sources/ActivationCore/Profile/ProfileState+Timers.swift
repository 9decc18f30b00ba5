extension ProfileState {
    /// The earliest instant at which the clock may change a membership; nil = never.
    var due: Timestamp? {
        var due = timers.lazy.map(\.due).min()
        for member in identities where !member.timers.isEmpty {
            for timer in member.timers where due.map({ timer.due < $0 }) ?? true { due = timer.due }
        }
        return due
    }

    /// Sets an audience's timer; nil = it has none.
    ///
    /// - Returns: Whether that differs from before.
    mutating func setTimer(of audience: Audience.ID, _ due: Timestamp?) -> Bool {
        let index = timers.sortedIndex { $0.audience.uuid < audience.uuid }
        let known = index < timers.count && timers[index].audience == audience
        guard (known ? timers[index].due : nil) != due else { return false }
        switch (known, due) {
        case (true, let due?): timers[index].due = due
        case (true, nil): timers.remove(at: index)
        case (false, let due?): timers.insert(AudienceTimer(audience: audience, due: due), at: index)
        case (false, nil): break
        }
        return true
    }

    /// The audiences of the timers that are due at an instant.
    func audiences(dueBy instant: Timestamp) -> [Audience.ID] {
        var due = timers.filter { $0.due <= instant }.map(\.audience)
        for member in identities { due += member.timers.filter { $0.due <= instant }.map(\.audience) }
        return due
    }

    /// Takes out the timers that are due at an instant.
    ///
    /// - Returns: Their audiences: of all identities together, and of single ones by their places.
    mutating func takeTimers(dueBy instant: Timestamp) -> (together: [Audience.ID], alone: [Int: [Audience.ID]]) {
        var alone: [Int: [Audience.ID]] = [:]
        for place in identities.indices where !identities[place].timers.isEmpty {
            alone[place] = identities[place].timers.take(dueBy: instant)
        }
        return (timers.take(dueBy: instant), alone)
    }
}

extension [AudienceTimer] {
    fileprivate mutating func take(dueBy instant: Timestamp) -> [Audience.ID] {
        let taken = filter { $0.due <= instant }
        if !taken.isEmpty { removeAll { $0.due <= instant } }
        return taken.map(\.audience)
    }
}
