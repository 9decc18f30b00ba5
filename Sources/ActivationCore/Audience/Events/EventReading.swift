/// What a leaf says of one profile at an instant.
public struct EventReading: Sendable {
    /// The leaf's value.
    public var value: PQLValue
    /// The earliest instant after the reading's at which the value can change with no new data; nil = never.
    ///
    /// Never too late, and early no oftener than an event enters or leaves a window.
    public var changesAt: Timestamp?

    init(_ value: PQLValue, changesAt: Int64) {
        self.value = value
        let change = Timestamp(milliseconds: changesAt)
        self.changesAt = change.isPlausible ? change : nil
    }
}

/// Readings that an evaluation takes instead of looking at the events.
public struct EventReadings: Sendable {
    private var readings: [EventLeaf: EventReading] = [:]

    /// Creates readings of no leaf: an evaluation then works them out from the events.
    public init() {}

    /// The reading of a leaf; nil when it has to be worked out.
    public subscript(leaf: EventLeaf) -> EventReading? {
        get { readings.isEmpty ? nil : readings[leaf] }
        set { readings[leaf] = newValue }
    }
}
