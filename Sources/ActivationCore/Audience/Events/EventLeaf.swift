/// What a leaf tells about the events it looks at.
enum EventMeasure: Sendable, Hashable {
    case count
    /// Whether there are so many, at least one.
    case atLeast(Int64)
    case sum, average, min, max
}

/// A part of an audience expression that looks at the profile's events alone, so that its answer can be kept for each
/// profile and brought up to date by what changes.
///
/// Equal parts of different audiences, however they are spelled, are equal leaves with the same key and share a state.
public final class EventLeaf: Sendable, Hashable {
    /// What the leaf computes in one plain spelling; it names the leaf for good.
    public let key: String
    let measure: EventMeasure
    /// Windows on the event's timestamp that move with the clock.
    let windows: EventWindows
    /// Its truth is whether an event passes, its value what is measured of one that does.
    let code: PQLCode
    /// Whether the value is an array, each of whose items counts by itself.
    let spreads: Bool
    /// A field of the event that has to hold one of some texts; nil when nothing so simple is asked.
    let field: EventField?
    private let keyHash: Int

    init(
        key: String,
        measure: EventMeasure,
        windows: EventWindows,
        code: PQLCode,
        spreads: Bool,
        field: EventField?
    ) {
        self.key = key
        self.measure = measure
        self.windows = windows
        self.code = code
        self.spreads = spreads
        self.field = field
        keyHash = ByteKey(key).hashValue
    }

    /// Equality of what is computed.
    public static func == (left: EventLeaf, right: EventLeaf) -> Bool {
        left === right || (left.keyHash == right.keyHash && left.key.hasSameBytes(as: right.key))
    }

    /// Hashes the key.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(keyHash)
    }

    /// Whether the clock alone can change its value.
    public var readsClock: Bool { !windows.isEmpty }
}
