/// Where a profile's record stands in the value files, in one number.
struct ValuePlace: Hashable, Sendable {
    /// The number of the file.
    var file: UInt32
    /// The first slot of the record, from the beginning of the file.
    var slot: Int
    /// How many slots the record takes.
    var slots: Int
    /// Whether the clock comes to the profile at some instant.
    var hasDue: Bool

    /// Bytes of a slot, of which every record takes a multiple.
    static let slotBytes = 64

    /// Bytes of the number that stands for a place.
    static let bytes = 6

    private static let slotsBits: Int64 = 12
    private static let slotBits: Int64 = 22
    private static let fileBits: Int64 = 13

    /// Slots of a record at most.
    static let slotsMax = 1 << slotsBits - 1
    /// Slots of a file at most.
    static let slotsOfFileMax = 1 << slotBits - 1
    /// The number of the last file.
    static let fileMax = UInt32(1 << fileBits - 1)

    init(file: UInt32, slot: Int, slots: Int, hasDue: Bool) {
        (self.file, self.slot, self.slots, self.hasDue) = (file, slot, slots, hasDue)
    }

    /// The place that a number stands for; nil when it stands for none.
    init?(rawValue: Int64) {
        guard rawValue > 0, rawValue < 1 << (8 * Self.bytes) else { return nil }
        hasDue = rawValue & 1 == 1
        slots = Int(rawValue >> 1 & (1 << Self.slotsBits - 1))
        slot = Int(rawValue >> (1 + Self.slotsBits) & (1 << Self.slotBits - 1))
        file = UInt32(truncatingIfNeeded: rawValue >> (1 + Self.slotsBits + Self.slotBits))
        guard slots > 0, file > 0 else { return nil }
    }

    /// The number that stands for it.
    var rawValue: Int64 {
        let place = Int64(file) << Self.slotBits | Int64(slot)
        return (place << Self.slotsBits | Int64(slots)) << 1 | (hasDue ? 1 : 0)
    }
}
