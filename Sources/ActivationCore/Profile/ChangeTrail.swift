/// The last changes of a profile, packed; the oldest go when others come (docs/decisions/0034).
///
/// Each is a length (u16), then numbers of seven bits a byte, the lowest first: revision, instant, kinds, dataset, place, how
/// many paths, those of them that are listed, how many statuses, those of them that are listed; a status is a place (0 = of
/// all identities, else one more), a byte with the status before (0 = none) and after, and the id of its audience.
struct ChangeTrail: Sendable, Equatable {
    /// Bytes that are kept; the last change is, whatever it takes.
    static let bytesMax = 384
    /// Attributes that are listed of a change.
    static let pathsMax = 16
    /// Statuses that are listed of a change.
    static let statusesMax = 8

    private static let lengthBytes = 2

    private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    init() {}

    /// Takes stored bytes.
    ///
    /// - Throws: `damaged` when they cannot be changes one after the other.
    init(stored bytes: [UInt8]) throws(ProfileValueError) {
        var start = 0
        while start < bytes.count {
            guard let end = ChangeTrail.end(of: start, in: bytes) else {
                throw .damaged("the trail of changes ends within one")
            }
            start = end
        }
        self.bytes = bytes
    }

    /// Begins anew.
    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Enters a change after the others.
    mutating func append(_ change: TracedChange) {
        let start = bytes.count
        for _ in 0..<ChangeTrail.lengthBytes { bytes.append(0) }
        write(UInt64(bitPattern: change.revision))
        write(UInt64(bitPattern: change.at.milliseconds))
        write(UInt64(change.kinds.rawValue))
        write(UInt64(change.dataset))
        write(UInt64(clamping: change.place))
        write(UInt64(clamping: change.pathCount))
        for path in change.paths.prefix(ChangeTrail.pathsMax) { write(UInt64(path.rawValue)) }
        write(UInt64(clamping: change.statusCount))
        for status in change.statuses.prefix(ChangeTrail.statusesMax) {
            write(UInt64(clamping: status.place.map { $0 + 1 } ?? 0))
            let before = status.before.map { ($0.rawValue + 1) << 4 } ?? 0
            bytes.append(before | status.after.rawValue)
            withUnsafeBytes(of: status.audience.uuid.high.littleEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: status.audience.uuid.low.littleEndian) { bytes.append(contentsOf: $0) }
        }
        let length = bytes.count - start - ChangeTrail.lengthBytes
        bytes[start] = UInt8(truncatingIfNeeded: length)
        bytes[start + 1] = UInt8(truncatingIfNeeded: length >> 8)
        trim(last: start)
    }

    /// Lets the oldest changes go that are too much.
    private mutating func trim(last: Int) {
        var changes = 1
        var start = 0
        while start < last, let end = ChangeTrail.end(of: start, in: bytes) {
            changes += 1
            start = end
        }
        var first = 0
        while first < last, changes > TracedChange.keptMax || bytes.count - first > ChangeTrail.bytesMax,
            let end = ChangeTrail.end(of: first, in: bytes)
        {
            changes -= 1
            first = end
        }
        if first > 0 { bytes.removeFirst(first) }
    }

    private mutating func write(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Where the change ends that begins somewhere; nil when it does not.
    private static func end(of start: Int, in bytes: [UInt8]) -> Int? {
        guard start + lengthBytes <= bytes.count else { return nil }
        let end = start + lengthBytes + Int(bytes[start]) + Int(bytes[start + 1]) << 8
        return end <= bytes.count ? end : nil
    }

    /// The changes, the oldest first.
    ///
    /// - Throws: `damaged` when one is none.
    func changes() throws(ProfileValueError) -> [TracedChange] {
        var changes: [TracedChange] = []
        var start = 0
        while let end = ChangeTrail.end(of: start, in: bytes) {
            changes.append(try TracedChange(packed: bytes[(start + ChangeTrail.lengthBytes)..<end]))
            start = end
        }
        return changes
    }
}

extension TracedChange {
    /// Reads a packed change.
    fileprivate init(packed bytes: ArraySlice<UInt8>) throws(ProfileValueError) {
        var rest = bytes
        revision = Int64(bitPattern: try rest.takeNumber())
        at = Timestamp(milliseconds: Int64(bitPattern: try rest.takeNumber()))
        guard at.isPlausible else { throw .damaged("an instant is in no year that has four digits") }
        kinds = Kinds(rawValue: UInt16(clamping: try rest.takeNumber()))
        dataset = UInt16(clamping: try rest.takeNumber())
        place = Int(clamping: try rest.takeNumber())
        pathCount = Int(clamping: try rest.takeNumber())
        paths = []
        for _ in 0..<min(pathCount, ChangeTrail.pathsMax) {
            paths.append(PathID(rawValue: UInt32(clamping: try rest.takeNumber())))
        }
        statusCount = Int(clamping: try rest.takeNumber())
        statuses = []
        for _ in 0..<min(statusCount, ChangeTrail.statusesMax) {
            let place = Int(clamping: try rest.takeNumber())
            let code = try rest.takeByte()
            guard let after = MembershipStatus(rawValue: code & 0xF) else {
                throw .damaged("unknown membership status \(code & 0xF)")
            }
            var halves: (high: UInt64, low: UInt64) = (0, 0)
            for shift in stride(from: UInt64(0), to: 64, by: 8) { halves.high |= UInt64(try rest.takeByte()) << shift }
            for shift in stride(from: UInt64(0), to: 64, by: 8) { halves.low |= UInt64(try rest.takeByte()) << shift }
            statuses.append(
                Status(
                    place: place == 0 ? nil : place - 1,
                    audience: Audience.ID(uuid: UUIDBytes(high: halves.high, low: halves.low)),
                    before: code >> 4 == 0 ? nil : MembershipStatus(rawValue: code >> 4 - 1),
                    after: after
                )
            )
        }
        guard rest.isEmpty else { throw .damaged("a change of the trail is longer than what it holds") }
    }
}

extension ArraySlice<UInt8> {
    /// Takes one byte from the front.
    fileprivate mutating func takeByte() throws(ProfileValueError) -> UInt8 {
        guard let byte = popFirst() else { throw .damaged("a change of the trail ends too early") }
        return byte
    }

    /// Takes a number of seven bits a byte from the front.
    fileprivate mutating func takeNumber() throws(ProfileValueError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try takeByte()
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw .damaged("a number of the trail has no end")
    }
}
