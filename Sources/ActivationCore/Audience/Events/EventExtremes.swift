/// The extreme of the events inside of a leaf's windows, and who takes its place as events leave.
///
/// An event is no candidate while a later one is as good and stays as long. Candidates stand in order, the best first;
/// only so many are kept, and when they have all left while others may be inside, the events have to be read again.
struct EventExtremes: Sendable {
    struct Candidate: Sendable {
        /// A number or a text that is not long.
        var value: PQLValue
        var timestamp: Int64
        /// How many events have this value and timestamp.
        var count: Int64 = 1
    }

    /// Who left the candidates for want of room: no later and staying no longer than this, and no better than the last.
    struct LeftOut: Sendable {
        var timestamp = Int64.min
        var exit = Int64.min

        var isNobody: Bool { timestamp == .min && exit == .min }
    }

    var arrivals: EventArrivals
    var candidates: [Candidate] = []
    var leftOut = LeftOut()

    init(asOf: Int64) {
        arrivals = EventArrivals(asOf: asOf)
    }

    /// Takes in an event that is inside.
    ///
    /// - Returns: False when the extreme cannot be told from candidates: values of different kinds, numbers that are
    ///   equal but not the same, values that are too long to be kept.
    mutating func insert(
        _ contribution: EventContribution,
        at timestamp: Int64,
        now: Int64,
        _ leaf: EventLeaf
    ) -> Bool {
        prune(at: now, leaf)
        guard let value = leaf.best(of: contribution) else { return false }
        guard !candidates.isEmpty || leftOut.exit <= now else { return false }
        let exit = leaf.windows.stay(of: timestamp).exit
        var place = candidates.endIndex
        for index in candidates.indices.reversed() {
            guard let order = leaf.quality(value, candidates[index].value) else { return false }
            let other = candidates[index].timestamp
            if order == .same {
                guard value.isSame(as: candidates[index].value) else { return false }
                if other == timestamp {
                    candidates[index].count += 1
                    return true
                }
            }
            let otherExit = leaf.windows.stay(of: other).exit
            if order != .greater, other > timestamp, otherExit >= exit { return true }
            if order == .greater { place = index }
        }
        let isLast = place == candidates.endIndex
        if isLast, leftOut.exit > now, let last = candidates.last, leaf.quality(value, last.value) == .less {
            leaveOut(timestamp, exit)
            return true
        }
        if timestamp > leftOut.timestamp, exit >= leftOut.exit { leftOut = LeftOut() }
        candidates.insert(Candidate(value: value, timestamp: timestamp), at: place)
        removeOutdone(by: place, exit, leaf)
        if candidates.count > Limits.eventCandidatesMax, let last = candidates.popLast() {
            leaveOut(last.timestamp, leaf.windows.stay(of: last.timestamp).exit)
        }
        return true
    }

    /// Removes candidates that are no better than one, come earlier and leave no later.
    private mutating func removeOutdone(by index: Int, _ exit: Int64, _ leaf: EventLeaf) {
        let candidate = candidates[index]
        candidates.removeAll { other in
            other.timestamp < candidate.timestamp
                && leaf.quality(other.value, candidate.value) != .greater
                && leaf.windows.stay(of: other.timestamp).exit <= exit
        }
    }

    private mutating func leaveOut(_ timestamp: Int64, _ exit: Int64) {
        leftOut.timestamp = max(leftOut.timestamp, timestamp)
        leftOut.exit = max(leftOut.exit, exit)
    }

    /// Takes out an event that is inside; the oldest one of the profile has outdone none that is still there.
    ///
    /// - Returns: False when the events have to be read again.
    mutating func remove(
        _ contribution: EventContribution,
        at timestamp: Int64,
        isOldest: Bool,
        _ leaf: EventLeaf
    ) -> Bool {
        guard let value = leaf.best(of: contribution) else { return false }
        let index = candidates.firstIndex { $0.timestamp == timestamp && $0.value.isSame(as: value) }
        guard let index else { return true }
        if candidates[index].count > 1 {
            candidates[index].count -= 1
            return true
        }
        candidates.remove(at: index)
        return isOldest
    }

    /// Forgets who has left.
    private mutating func prune(at now: Int64, _ leaf: EventLeaf) {
        candidates.removeAll { leaf.windows.stay(of: $0.timestamp).exit <= now }
    }

    /// The extreme and until when it stands; nil when only events that were left out can tell.
    func reading(at now: Int64, _ leaf: EventLeaf) -> EventReading? {
        for candidate in candidates {
            let exit = leaf.windows.stay(of: candidate.timestamp).exit
            if exit > now { return EventReading(candidate.value, changesAt: min(exit, arrivals.nextEntry)) }
        }
        return leftOut.exit > now ? nil : EventReading(.null, changesAt: arrivals.nextEntry)
    }
}

extension EventLeaf {
    /// The best value of one event; nil when candidates cannot stand for it.
    fileprivate func best(of contribution: EventContribution) -> PQLValue? {
        var best: PQLValue?
        for value in contribution.values {
            switch value {
            case .integer, .double: break
            case .string(let text) where text.utf8.count <= Limits.eventCandidateBytesMax: break
            default: return nil
            }
            guard let rival = best else {
                best = value
                continue
            }
            guard let order = quality(value, rival) else { return nil }
            if order == .same, !value.isSame(as: rival) { return nil }
            if order == .greater { best = value }
        }
        return best
    }

    /// How good a value is beside another; nil when they are of different kinds.
    fileprivate func quality(_ value: PQLValue, _ other: PQLValue) -> PQLOrder? {
        let order = PQLExtreme(.greater, code.calendar).order(value, other)
        return measure == .min ? order?.reversed : order
    }
}

extension PQLValue {
    /// Whether two numbers or two texts are not only equal but the same.
    fileprivate func isSame(as other: PQLValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        default: false
        }
    }
}
