/// What is kept of a profile's events so that one leaf can be told without reading them.
///
/// The smallest that answers: a count or an exact sum; of a threshold the newest events only; of an extreme those that can
/// take its place. Its size does not grow with the profile's history.
public struct EventLeafState: Sendable {
    enum Kind: Sendable {
        /// Only the events themselves can tell.
        case unknown
        case tally(EventTally)
        case newest(EventNewest)
        case extremes(EventExtremes)
    }

    var kind: Kind

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// A state that has to be made from the events before it tells anything.
    public static let unknown = EventLeafState(.unknown)
}

/// Keeping a state. An input of a profile takes these steps at its instant, which never goes back: while ``ranges(of:at:)``
/// names events, read those and call ``update(_:at:with:)``; ``reading(of:at:)`` then tells the value. Events that come or
/// go are told by ``add(_:to:at:)`` and ``remove(_:from:at:isOldest:)`` when no range is wanted, after which ranges may be
/// wanted again.
extension EventLeaf {
    /// The state of a profile without events.
    public func empty(at now: Timestamp) -> EventLeafState {
        var state = EventLeafState.unknown
        update(&state, at: now, with: [])
        return state
    }

    // MARK: Telling

    /// The leaf's value at an instant; nil when events have to be read first.
    public func reading(of state: EventLeafState, at now: Timestamp) -> EventReading? {
        guard windows.isEmpty || now.milliseconds < state.nextArrival else { return nil }
        return switch (state.kind, measure) {
        case (.unknown, _): nil
        case (.tally(let tally), _): EventReading(tally.value(measure), changesAt: tally.nextChange)
        case (.newest(let newest), .atLeast(let needed)): newest.reading(at: now.milliseconds, needed, self)
        case (.newest, _): nil
        case (.extremes(let extremes), _): extremes.reading(at: now.milliseconds, self)
        }
    }

    /// The events that have to be read before the value at an instant can be told; none when it can be.
    public func ranges(of state: EventLeafState, at now: Timestamp) -> [EventRange] {
        if reading(of: state, at: now) != nil { return [] }
        guard let asOf = asOf(of: state, at: now) else { return [range(at: now)] }
        switch state.kind {
        case .tally:
            return (windows.entries + windows.exits).map { $0.range(after: asOf, through: now.milliseconds) }
        default: return windows.entries.map { $0.range(after: asOf, through: now.milliseconds) }
        }
    }

    /// The events that have to be read to make a state from nothing.
    public func range(at now: Timestamp) -> EventRange {
        guard !windows.isEmpty else { return .everything }
        let first = windows.windows.map { $0.firstTimestamp(from: now.milliseconds) }.max() ?? .min
        let last = windows.entries.map { $0.lastTimestamp(through: now.milliseconds) }.min()
        return EventRange(
            from: Timestamp(milliseconds: first),
            through: Timestamp(milliseconds: last ?? .max),
            includesNext: last != nil
        )
    }

    /// Brings a state up to an instant.
    ///
    /// - Parameters:
    ///   - state: The state; it stays as it is when nothing has to be read.
    ///   - now: The instant.
    ///   - events: In order, at least those of ``ranges(of:at:)``, and none that the state was not told of.
    /// - Returns: The value; nil when the state turned out to be unable to tell, and ranges are wanted again.
    @discardableResult
    public func update(_ state: inout EventLeafState, at now: Timestamp, with events: [ProfileEvent]) -> EventReading? {
        if let reading = reading(of: state, at: now) { return reading }
        guard asOf(of: state, at: now) != nil else { return rebuild(&state, at: now, from: events) }
        switch state.kind {
        case .unknown: break
        case .tally(var tally):
            tally.advance(to: now.milliseconds, self, events)
            state.kind = .tally(tally)
        case .newest(var newest):
            newest.prune(at: now.milliseconds, self)
            var arrivals = newest.arrivals
            arrivals.advance(to: now.milliseconds, self, events) { contribution, timestamp in
                newest.insert(contribution, at: timestamp, needed, self)
            }
            newest.arrivals = arrivals
            state.kind = .newest(newest)
        case .extremes(var extremes):
            var isKept = true
            var arrivals = extremes.arrivals
            arrivals.advance(to: now.milliseconds, self, events) { contribution, timestamp in
                isKept = isKept && extremes.insert(contribution, at: timestamp, now: now.milliseconds, self)
            }
            extremes.arrivals = arrivals
            state.kind = isKept ? .extremes(extremes) : .unknown
        }
        return reading(of: state, at: now)
    }

    /// The instant from which a state can be brought up to another; nil when it has to be made anew.
    private func asOf(of state: EventLeafState, at now: Timestamp) -> Int64? {
        switch state.kind {
        case .unknown: nil
        case .tally(let tally): tally.asOf
        case .newest(let newest): newest.arrivals.asOf
        case .extremes(let extremes):
            extremes.reading(at: now.milliseconds, self) == nil ? nil : extremes.arrivals.asOf
        }
    }

    // MARK: Events that come and go

    /// Adds an event that came in, in time or late.
    ///
    /// - Parameters:
    ///   - event: The event, of which the state was not told.
    ///   - state: A state for which no range is wanted.
    ///   - now: The instant.
    /// - Returns: Whether the state changed.
    @discardableResult
    public func add(_ event: ProfileEvent, to state: inout EventLeafState, at now: Timestamp) -> Bool {
        guard !state.isUnknown, let contribution = contribution(of: event) else { return false }
        guard reading(of: state, at: now) != nil else { return state.forget() }
        let timestamp = event.timestamp.milliseconds
        let stay = windows.stay(of: timestamp)
        let isInside = stay.contains(now.milliseconds)
        switch state.kind {
        case .unknown: break
        case .tally(var tally):
            if isInside { tally.add(contribution) }
            tally.nextChange = min(tally.nextChange, stay.change(after: now.milliseconds))
            tally.asOf = now.milliseconds
            state.kind = .tally(tally)
        case .newest(var newest):
            newest.prune(at: now.milliseconds, self)
            if isInside { newest.insert(contribution, at: timestamp, needed, self) }
            newest.arrivals.note(stay, at: now.milliseconds)
            state.kind = .newest(newest)
        case .extremes(var extremes):
            let isKept = !isInside || extremes.insert(contribution, at: timestamp, now: now.milliseconds, self)
            extremes.arrivals.note(stay, at: now.milliseconds)
            state.kind = isKept ? .extremes(extremes) : .unknown
        }
        return true
    }

    /// Takes out an event.
    ///
    /// - Parameters:
    ///   - event: An event of which the state was told.
    ///   - state: A state for which no range is wanted.
    ///   - now: The instant.
    ///   - isOldest: Whether it is the first of the profile's events, by time and id, as at an eviction.
    /// - Returns: Whether the state changed.
    @discardableResult
    public func remove(
        _ event: ProfileEvent,
        from state: inout EventLeafState,
        at now: Timestamp,
        isOldest: Bool
    ) -> Bool {
        let timestamp = event.timestamp.milliseconds
        guard !state.isUnknown, needsBody(ofRemovedAt: event.timestamp, at: now),
            let contribution = contribution(of: event)
        else { return false }
        guard reading(of: state, at: now) != nil else { return state.forget() }
        switch state.kind {
        case .unknown: break
        case .tally(var tally):
            tally.remove(contribution)
            tally.asOf = now.milliseconds
            state.kind = .tally(tally)
        case .newest(var newest):
            newest.prune(at: now.milliseconds, self)
            let isKept = newest.remove(contribution, at: timestamp, now: now.milliseconds, needed)
            state.kind = isKept ? .newest(newest) : .unknown
        case .extremes(var extremes):
            let isKept = extremes.remove(contribution, at: timestamp, isOldest: isOldest, self)
            state.kind = isKept ? .extremes(extremes) : .unknown
        }
        return true
    }

    /// Whether an event that is taken out matters, so that its body is wanted; one that is outside does not.
    public func needsBody(ofRemovedAt timestamp: Timestamp, at now: Timestamp) -> Bool {
        windows.stay(of: timestamp.milliseconds).contains(now.milliseconds)
    }

    // MARK: From nothing

    /// Makes a state from the events and tells the value, also where no state can; all events leave nothing to guess.
    @discardableResult
    func rebuild(
        _ state: inout EventLeafState,
        at now: Timestamp,
        from events: [ProfileEvent],
        areAll: Bool = false
    ) -> EventReading {
        let now = now.milliseconds
        var tally = EventTally(asOf: now)
        var newest = EventNewest(asOf: now)
        var extremes = EventExtremes(asOf: now)
        var extreme = PQLExtreme(measure == .min ? .less : .greater, code.calendar)
        var isKept = true
        var nextEntry = areAll ? Int64.max : nextPassing(of: windows.entries, after: now, in: events)
        var nextExit = Int64.max
        var reader = EventReader(self)
        for event in events {
            let timestamp = event.timestamp.milliseconds
            let stay = windows.stay(of: timestamp)
            let isInside = stay.contains(now)
            let entry = stay.entry(after: now)
            guard isInside || entry < nextEntry, let contribution = reader.contribution(of: event) else { continue }
            nextEntry = min(nextEntry, entry)
            guard isInside else { continue }
            nextExit = min(nextExit, stay.exit)
            switch measure {
            case .count, .sum, .average: tally.add(contribution)
            case .atLeast: newest.insert(contribution, at: timestamp, needed, self)
            case .min, .max:
                for value in contribution.values { extreme.add(value) }
                isKept = isKept && extremes.insert(contribution, at: timestamp, now: now, self)
            }
        }
        tally.nextChange = min(nextEntry, nextExit)
        newest.arrivals.nextEntry = nextEntry
        extremes.arrivals.nextEntry = nextEntry
        switch measure {
        case .count, .sum, .average: state.kind = .tally(tally)
        case .atLeast: state.kind = .newest(newest)
        case .min, .max: state.kind = isKept ? .extremes(extremes) : .unknown
        }
        let told = reading(of: state, at: Timestamp(milliseconds: now))
        return told ?? EventReading(extreme.value, changesAt: min(nextEntry, nextExit))
    }

    /// How many items are enough.
    private var needed: Int64 {
        if case .atLeast(let needed) = measure { needed } else { 1 }
    }

    /// The earliest instant at which one of these boundaries is passed for an event after those that were read.
    func nextPassing(of boundaries: [EventBoundary], after now: Int64, in events: [ProfileEvent]) -> Int64 {
        boundaries.map { $0.next(after: now, in: events) }.min() ?? .max
    }
}

extension EventLeafState {
    var isUnknown: Bool {
        if case .unknown = kind { true } else { false }
    }

    /// Whether it is the state without events, as of whatever instant: nothing counts, and nothing is to come.
    ///
    /// Until it is told of an event it tells the same for good, so it need not be stored.
    var isBlank: Bool {
        guard nextArrival == .max else { return false }
        return switch kind {
        case .unknown: false
        case .tally(let tally): tally.items == 0 && tally.sum.count == 0 && tally.sum.integers == 0
        case .newest(let newest): newest.entries.isEmpty && newest.leftOutUntil == .min
        case .extremes(let extremes): extremes.candidates.isEmpty && extremes.leftOut.isNobody
        }
    }

    /// Until before this instant the state needs no events.
    fileprivate var nextArrival: Int64 {
        switch kind {
        case .unknown: .max
        case .tally(let tally): tally.nextChange
        case .newest(let newest): newest.arrivals.nextEntry
        case .extremes(let extremes): extremes.arrivals.nextEntry
        }
    }

    /// Gives up what is known.
    fileprivate mutating func forget() -> Bool {
        kind = .unknown
        return true
    }
}

extension EventArrivals {
    /// Takes down an event that was told of at an instant.
    fileprivate mutating func note(_ stay: EventStay, at now: Int64) {
        nextEntry = min(nextEntry, stay.entry(after: now))
        asOf = now
    }
}
