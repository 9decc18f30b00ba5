/// Every ordering key that has records, or that is held after an ambiguous failure, with its queue of waiting records.
///
/// Keys and waiting records live in two arrays with free lists, so that in the steady state nothing is allocated.
struct KeyTable: Sendable {
    /// Where a key stands.
    enum Activity: Sendable {
        /// Its first waiting record may be sent. Goes to `inFlight`.
        case ready
        /// One record is on its way. Goes to `ready`, to `delayed`, or out of the table.
        case inFlight
        /// Nothing may be sent before an instant, for back-off or a hold. Goes to `ready` or out of the table.
        case delayed
        /// No key: out of the table.
        case absent
    }

    private struct Key {
        var orderingKey: OrderingKey
        var activity: Activity
        /// When it came into line, among all keys; 0 for one that comes back.
        var turn: UInt64 = 0
        var head = KeyTable.none
        var tail = KeyTable.none
        /// Later records than the one that failed ambiguously stay until then.
        var heldUntil = MonotonicTime.start
    }

    private struct Slot {
        var pending: PendingRecord?
        var next: UInt32
    }

    /// No slot.
    private static let none = UInt32.max

    private var indexes: OrderingKeyIndex
    private var keys: [Key] = []
    private var freeKeys: [UInt32] = []
    private var slots: [Slot] = []
    private var freeSlot = KeyTable.none

    /// Creates an empty table; the seed is a secret to whoever chooses ordering keys.
    init(seed: UInt64) {
        indexes = OrderingKeyIndex(seed: seed)
    }

    /// Keys in the table.
    var count: Int { indexes.count }

    /// The index of a key; new keys are `ready`, and the second result says so.
    mutating func index(of orderingKey: OrderingKey) -> (index: UInt32, isNew: Bool) {
        let (index, isNew) = indexes.insert(orderingKey) { freeKeys.popLast() ?? UInt32(keys.count) }
        guard isNew else { return (index, false) }
        let key = Key(orderingKey: orderingKey, activity: .ready)
        if Int(index) < keys.count { keys[Int(index)] = key } else { keys.append(key) }
        return (index, true)
    }

    /// Forgets a key without waiting records.
    mutating func remove(_ index: UInt32) {
        precondition(isEmpty(index), "a key with waiting records was removed")
        indexes.remove(keys[Int(index)].orderingKey)
        keys[Int(index)].activity = .absent
        freeKeys.append(index)
    }

    func activity(_ index: UInt32) -> Activity { keys[Int(index)].activity }

    mutating func setActivity(_ index: UInt32, _ activity: Activity) {
        keys[Int(index)].activity = activity
    }

    func turn(_ index: UInt32) -> UInt64 { keys[Int(index)].turn }

    /// Puts a key in line, at its turn.
    mutating func setReady(_ index: UInt32, turn: UInt64) {
        keys[Int(index)].activity = .ready
        keys[Int(index)].turn = turn
    }

    func heldUntil(_ index: UInt32) -> MonotonicTime { keys[Int(index)].heldUntil }

    /// Lengthens the hold of a key; never shortens it.
    mutating func hold(_ index: UInt32, until time: MonotonicTime) {
        keys[Int(index)].heldUntil = max(keys[Int(index)].heldUntil, time)
    }

    // MARK: Waiting records

    func isEmpty(_ index: UInt32) -> Bool { keys[Int(index)].head == Self.none }

    /// What the first waiting record counts in a request.
    func headBytes(_ index: UInt32) -> Int {
        slots[Int(keys[Int(index)].head)].pending?.countedBytes ?? 0
    }

    /// Where the first waiting record goes.
    func headHash(_ index: UInt32) -> UInt64 {
        slots[Int(keys[Int(index)].head)].pending?.hash ?? 0
    }

    /// How many waiting records of a key, from the first, can go as one aggregate, and what that counts in a request.
    ///
    /// What may be in the stream already goes again as it was: a late copy of it must not follow anything newer.
    ///
    /// - Parameters:
    ///   - index: The key, with a waiting record.
    ///   - bytesMax: The largest aggregate.
    /// - Returns: How many, at least one, and what they count.
    func aggregate(_ index: UInt32, bytesMax: Int) -> (count: Int, bytes: Int) {
        let key = keys[Int(index)]
        guard key.head != Self.none, let head = slots[Int(key.head)].pending else { return (0, 0) }
        var size = AggregateSize(partitionKey: head.record.partitionKey).adding(dataBytes: head.record.data.count)
        var count = 1
        var slot = slots[Int(key.head)].next
        while !head.goesAlone, slot != Self.none, let next = slots[Int(slot)].pending {
            let larger = size.adding(dataBytes: next.record.data.count)
            guard larger.countedBytes <= bytesMax, !next.goesAlone, next.mayBeWritten == head.mayBeWritten,
                next.hash == head.hash, next.record.partitionKey == head.record.partitionKey
            else { break }
            size = larger
            count += 1
            slot = slots[Int(slot)].next
        }
        return count == 1 ? (1, head.countedBytes) : (count, size.countedBytes)
    }

    /// Adds a record behind all others of the key.
    mutating func append(_ pending: PendingRecord, to index: UInt32) {
        let slot = claimSlot(pending, next: Self.none)
        let tail = keys[Int(index)].tail
        if tail == Self.none {
            keys[Int(index)].head = slot
        } else {
            slots[Int(tail)].next = slot
        }
        keys[Int(index)].tail = slot
    }

    /// Puts a record that came back before all others of the key.
    mutating func prepend(_ pending: PendingRecord, to index: UInt32) {
        let slot = claimSlot(pending, next: keys[Int(index)].head)
        keys[Int(index)].head = slot
        if keys[Int(index)].tail == Self.none { keys[Int(index)].tail = slot }
    }

    /// Takes the first waiting record of a key.
    mutating func popHead(_ index: UInt32) -> PendingRecord? {
        let slot = keys[Int(index)].head
        guard slot != Self.none else { return nil }
        let next = slots[Int(slot)].next
        keys[Int(index)].head = next
        if next == Self.none { keys[Int(index)].tail = Self.none }
        let pending = slots[Int(slot)].pending.take()
        slots[Int(slot)].next = freeSlot
        freeSlot = slot
        return pending
    }

    /// Takes every waiting record of every key; only keys with a record on its way stay.
    mutating func removeAllWaiting(_ body: (PendingRecord) -> Void) {
        for index in keys.indices.lazy.map(UInt32.init) where activity(index) != .absent {
            while let pending = popHead(index) { body(pending) }
            if activity(index) != .inFlight { remove(index) }
        }
    }

    private mutating func claimSlot(_ pending: PendingRecord, next: UInt32) -> UInt32 {
        guard freeSlot != Self.none else {
            slots.append(Slot(pending: pending, next: next))
            return UInt32(slots.count - 1)
        }
        let slot = freeSlot
        freeSlot = slots[Int(slot)].next
        slots[Int(slot)] = Slot(pending: pending, next: next)
        return slot
    }
}
