extension ProfileState {
    /// The earliest instant at which the clock may change a membership; nil = never.
    var due: Timestamp? {
        timers.lazy.map(\.due).min()
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

    /// Takes out the timers that are due at an instant.
    ///
    /// - Returns: Their audiences.
    mutating func takeTimers(dueBy instant: Timestamp) -> [Audience.ID] {
        let taken = timers.filter { $0.due <= instant }
        timers.removeAll { $0.due <= instant }
        return taken.map(\.audience)
    }
}
