/// What a decision knows of the events of one profile.
///
/// With extent `none` it knows `known` alone; then nothing is evicted, and of two profiles that become one at most one
/// has stored events, so that `known` names every event that both can have.
struct WorkingEvents: Sendable {
    /// How much of every event `list` holds.
    var extent: EventExtent
    /// All events, oldest first; empty bodies unless the extent is `whole`, only some events when it is `none`.
    private(set) var list: [ProfileEvent] = []
    /// Stretches of which every event is in `list` when the extent is `none`.
    private var ranges: [EventRange] = []
    /// How many events at the beginning of `list` are the oldest of all, when the extent is `none`.
    private var oldestKnown = 0
    /// Of the ids that inputs of the batch bring, those that the profile has.
    private(set) var known: Set<ByteKey> = []
    /// Events that came in this batch and are not stored yet.
    private(set) var planned: Set<ByteKey> = []
    /// Every id that can be told, and the profile that has its event in the storage; nil when it came in this batch.
    ///
    /// Made when profiles first become one; until then stored events are the profile's own.
    private var holders: [ByteKey: Profile.ID?]?

    /// Creates what is known before anything was loaded.
    init(extent: EventExtent) {
        self.extent = extent
    }

    /// Takes what was loaded.
    mutating func load(_ events: [ProfileEvent], extent: EventExtent, known: some Sequence<ByteKey>) {
        self.extent = extent
        list = events
        self.known.formUnion(known)
    }

    /// Takes some of the events, with bodies.
    ///
    /// - Parameters:
    ///   - events: The events, in order.
    ///   - ranges: Stretches of which all events are among them.
    ///   - oldest: So many of the oldest are among them.
    mutating func load(_ events: [ProfileEvent], in ranges: [EventRange], oldest: Int) {
        list = events
        self.ranges = ranges
        oldestKnown = oldest
    }

    /// Whether the events are those of profiles that became one in this batch.
    var areOfMerged: Bool { holders != nil }

    /// Whether it is known which so many events are the oldest.
    func knowsOldest(_ count: Int) -> Bool { extent > .none || count <= oldestKnown }

    /// All events with bodies that are at hand, if every one of these stretches is among them; else nil.
    func events(in wanted: [EventRange]) -> [ProfileEvent]? {
        if extent == .whole { return list }
        guard extent == .none else { return nil }
        return wanted.allSatisfy(covers) ? list : nil
    }

    private func covers(_ wanted: EventRange) -> Bool {
        ranges.contains { known in
            if known == wanted { return true }
            guard known.from <= wanted.from, wanted.through <= known.through, known.from <= known.through else {
                return false
            }
            // The next one after it is known where the stretch goes on to it.
            return !wanted.includesNext || known.includesNext || known.through.milliseconds == .max
                || list.contains { $0.timestamp > wanted.through && $0.timestamp <= known.through }
        }
    }

    /// Notes that the profile has an event that was looked up.
    mutating func note(_ id: ByteKey) {
        known.insert(id)
    }

    /// Adds an event that came in this batch.
    mutating func add(_ event: ProfileEvent) {
        let key = ByteKey(event.id)
        known.insert(key)
        planned.insert(key)
        holders?[key] = .some(nil)
        insert(event)
    }

    /// Whether an event is known to be the oldest of all.
    func isOldest(_ event: ProfileEvent) -> Bool {
        guard let first = list.first, knowsOldest(1) else { return false }
        return first.timestamp == event.timestamp && first.id.hasSameBytes(as: event.id)
    }

    /// Takes out an event that is in `list`.
    mutating func remove(_ event: ProfileEvent) {
        let index = list.sortedIndex { $0.comesBefore(event) }
        guard index < list.count, list[index].id.hasSameBytes(as: event.id) else { return }
        list.remove(at: index)
        if index < oldestKnown { oldestKnown -= 1 }
        let key = ByteKey(event.id)
        known.remove(key)
        planned.remove(key)
        holders?.removeValue(forKey: key)
    }

    /// The profile that has an event in the storage, of a profile that is `owner`.
    func holder(of id: ByteKey, owner: Profile.ID) -> Profile.ID {
        guard let known = holders?[id], let holder = known else { return owner }
        return holder
    }

    /// Compares with the events of another profile.
    ///
    /// - Parameters:
    ///   - other: The other profile's events.
    ///   - owners: This profile and the other one.
    /// - Returns: Ids of events that both have, as far as can be told.
    mutating func shared(with other: inout WorkingEvents, owners: (Profile.ID, Profile.ID)) -> Set<ByteKey> {
        let (mine, others) = (makeHolders(of: owners.0), other.makeHolders(of: owners.1))
        let (fewer, more) = mine.count < others.count ? (mine, others) : (others, mine)
        return Set(fewer.keys.lazy.filter { more[$0] != nil })
    }

    /// Takes over the events of an absorbed profile, apart from `duplicates`.
    ///
    /// Costs the smaller of both, apart from the list, so that a chain of merges stays cheap from either end.
    mutating func absorb(
        _ other: consuming WorkingEvents,
        owners: (Profile.ID, Profile.ID),
        without duplicates: Set<ByteKey>
    ) {
        for id in duplicates {
            other.planned.remove(id)
            other.holders?.removeValue(forKey: id)
        }
        holders = Self.union(makeHolders(of: owners.0), other.makeHolders(of: owners.1, without: duplicates))
        extent = min(extent, other.extent)
        ranges = []
        oldestKnown = 0
        if extent == .none {
            list = []
        } else {
            take(duplicates.isEmpty ? other.list : other.list.filter { !duplicates.contains(ByteKey($0.id)) })
        }
        planned = Self.union(planned, other.planned)
        known = Self.union(known, other.known)
    }

    private mutating func makeHolders(
        of owner: Profile.ID,
        without duplicates: Set<ByteKey> = []
    ) -> [ByteKey: Profile.ID?] {
        if let holders { return holders }
        var made: [ByteKey: Profile.ID?] = [:]
        for id in known where !duplicates.contains(id) { made[id] = .some(planned.contains(id) ? nil : owner) }
        for id in list.lazy.map({ ByteKey($0.id) }) where !duplicates.contains(id) {
            made[id] = .some(planned.contains(id) ? nil : owner)
        }
        holders = made
        return made
    }

    private mutating func take(_ others: [ProfileEvent]) {
        guard others.count > 8 else {
            for event in others { insert(event) }
            return
        }
        var merged: [ProfileEvent] = []
        merged.reserveCapacity(list.count + others.count)
        var next = 0
        for event in list {
            while next < others.count, others[next].comesBefore(event) {
                merged.append(others[next])
                next += 1
            }
            merged.append(event)
        }
        list = merged + others[next...]
    }

    /// Events mostly come in order, so the place is looked for from the end.
    private mutating func insert(_ event: ProfileEvent) {
        list.insert(event, at: (list.lastIndex { $0.comesBefore(event) } ?? -1) + 1)
    }

    private static func union(_ one: Set<ByteKey>, _ other: Set<ByteKey>) -> Set<ByteKey> {
        one.count < other.count ? other.union(one) : one.union(other)
    }

    private static func union(
        _ one: [ByteKey: Profile.ID?],
        _ other: [ByteKey: Profile.ID?]
    ) -> [ByteKey: Profile.ID?] {
        let (fewer, more) = one.count < other.count ? (one, other) : (other, one)
        return more.merging(fewer) { first, _ in first }
    }
}
