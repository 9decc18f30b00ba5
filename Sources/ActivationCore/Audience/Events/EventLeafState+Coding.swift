/// Why bytes are no state of a leaf.
public enum EventStateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A later version wrote them.
    case unknownVersion(UInt8)
    /// They cannot be what was written.
    case damaged(String)

    /// What was found and what to do.
    public var description: String {
        switch self {
        case .unknownVersion(let version):
            "a leaf's state has format \(version); this version reads \(EventLeafState.version), so use the newer version"
        case .damaged(let what): "a leaf's state is damaged: \(what); it can be made anew from the events"
        }
    }
}

/// The stored form of a state: a version, a kind, then numbers of seven bits a byte, the lowest first and signs last.
extension EventLeafState {
    static let version: UInt8 = 1

    private enum Tag: UInt8 {
        case unknown, tally, newest, extremes
    }

    /// The state as bytes, which depend on the state alone.
    public var encoded: [UInt8] {
        var writer = EventStateWriter()
        writer.write(EventLeafState.version)
        switch kind {
        case .unknown: writer.write(Tag.unknown.rawValue)
        case .tally(let tally):
            writer.write(Tag.tally.rawValue)
            writer.write(tally.asOf, until: tally.nextChange)
            writer.write(tally.items)
            writer.write(tally.sum)
        case .newest(let newest):
            writer.write(Tag.newest.rawValue)
            writer.write(newest.arrivals.asOf, until: newest.arrivals.nextEntry)
            writer.write(newest.leftOutUntil)
            writer.write(Int64(newest.entries.count))
            for entry in newest.entries {
                writer.write(entry.timestamp)
                writer.write(entry.items)
            }
        case .extremes(let extremes):
            writer.write(Tag.extremes.rawValue)
            writer.write(extremes.arrivals.asOf, until: extremes.arrivals.nextEntry)
            writer.write(extremes.leftOut.timestamp)
            writer.write(extremes.leftOut.exit)
            writer.write(Int64(extremes.candidates.count))
            for candidate in extremes.candidates {
                writer.write(candidate.value)
                writer.write(candidate.timestamp)
                writer.write(candidate.count)
            }
        }
        return writer.bytes
    }

    /// Reads what ``encoded`` wrote.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - leaf: The leaf whose state it is.
    /// - Throws: `unknownVersion`, or `damaged` when they cannot be a state of this leaf.
    public init(decoding bytes: [UInt8], of leaf: EventLeaf) throws(EventStateError) {
        var reader = EventStateReader(bytes)
        let version = try reader.byte()
        guard version == EventLeafState.version else { throw .unknownVersion(version) }
        guard let tag = Tag(rawValue: try reader.byte()) else { throw .damaged("its kind is unknown") }
        switch (tag, leaf.measure) {
        case (.unknown, _): kind = .unknown
        case (.tally, .count), (.tally, .sum), (.tally, .average): kind = .tally(try reader.tally())
        case (.newest, .atLeast): kind = .newest(try reader.newest())
        case (.extremes, .min), (.extremes, .max): kind = .extremes(try reader.extremes())
        default: throw .damaged("it is of another kind of leaf")
        }
        guard reader.isAtEnd else { throw .damaged("more bytes follow than belong to it") }
    }
}

private struct EventStateWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func write(_ number: Int64) {
        write(Int128(number))
    }

    mutating func write(_ number: Int128) {
        var rest = UInt128(bitPattern: number << 1 ^ number >> 127)
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Writes an instant and a later one, which is often near or never comes.
    mutating func write(_ instant: Int64, until next: Int64) {
        write(instant)
        write(next == .max ? 0 : Int128(next) - Int128(instant))
    }

    mutating func write(_ value: PQLValue) {
        switch value {
        case .integer(let number):
            write(0 as UInt8)
            write(number)
        case .double(let number):
            write(1 as UInt8)
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        case .string(let text):
            write(2 as UInt8)
            write(Int64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        // A candidate is a number or a text (``EventExtremes``).
        default: preconditionFailure("a state keeps numbers and texts only")
        }
    }

    mutating func write(_ sum: PQLSum) {
        write(sum.integerCount)
        write(sum.doubleCount)
        write(sum.integers)
        guard sum.doubleCount != 0 else { return }
        let (isNegative, digits) = sum.magnitude
        let first = digits.firstIndex { $0 != 0 } ?? 0
        let count = (digits.lastIndex { $0 != 0 } ?? -1) - first + 1
        write(isNegative ? 1 as UInt8 : 0)
        write(UInt8(first))
        write(UInt8(count))
        for digit in digits[first..<first + count] {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: digit).littleEndian) { bytes.append(contentsOf: $0) }
        }
    }
}

private struct EventStateReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() throws(EventStateError) -> UInt8 {
        guard let byte = rest.popFirst() else { throw .damaged("it ends too soon") }
        return byte
    }

    private mutating func number() throws(EventStateError) -> Int128 {
        var bits: UInt128 = 0
        for shift in stride(from: UInt128(0), to: 126, by: 7) {
            let byte = try byte()
            bits |= UInt128(byte & 0x7F) << shift
            if byte < 0x80 { return Int128(bits >> 1) ^ -Int128(bits & 1) }
        }
        throw .damaged("a number is too long")
    }

    /// A number of 64 bits.
    private mutating func integer() throws(EventStateError) -> Int64 {
        guard let number = Int64(exactly: try number()) else { throw .damaged("a number is too large") }
        return number
    }

    /// How many there are of something.
    private mutating func count(upTo most: Int64 = 1 << 40) throws(EventStateError) -> Int64 {
        let count = try integer()
        guard 0...most ~= count else { throw .damaged("there cannot be \(count) of something") }
        return count
    }

    private mutating func timestamp() throws(EventStateError) -> Int64 {
        let instant = Timestamp(milliseconds: try integer())
        guard instant.isPlausible else { throw .damaged("an instant is in no year that has four digits") }
        return instant.milliseconds
    }

    private mutating func period() throws(EventStateError) -> (start: Int64, next: Int64) {
        let start = try timestamp()
        let distance = try number()
        if distance == 0 { return (start, .max) }
        guard distance > 0, let next = Int64(exactly: Int128(start) + distance) else {
            throw .damaged("an instant comes before an earlier one")
        }
        return (start, next)
    }

    private mutating func value() throws(EventStateError) -> PQLValue {
        switch try byte() {
        case 0: return .integer(try integer())
        case 1:
            var bits: UInt64 = 0
            for shift in 0..<8 { bits |= UInt64(try byte()) << UInt64(shift * 8) }
            let number = Double(bitPattern: bits)
            guard number.isFinite else { throw .damaged("a value is no number") }
            return .double(number)
        case 2:
            let count = Int(try count(upTo: Int64(Limits.eventCandidateBytesMax)))
            guard count <= rest.count, let text = String(validating: rest.prefix(count), as: UTF8.self) else {
                throw .damaged("a value is no text")
            }
            rest.removeFirst(count)
            return .string(text)
        default: throw .damaged("a value is of an unknown kind")
        }
    }

    // MARK: Kinds

    mutating func tally() throws(EventStateError) -> EventTally {
        let (asOf, next) = try period()
        var tally = EventTally(asOf: asOf)
        tally.nextChange = next
        tally.items = try count()
        tally.sum = try sum()
        return tally
    }

    private mutating func sum() throws(EventStateError) -> PQLSum {
        var sum = PQLSum()
        sum.integerCount = try count()
        sum.doubleCount = try count()
        sum.integers = try number()
        // So many whole numbers cannot add up to more.
        guard sum.integers.magnitude <= UInt128(sum.integerCount) << 63 else { throw .damaged("a sum is too large") }
        guard sum.doubleCount > 0 else { return sum }
        let isNegative = try byte() != 0
        let first = Int(try byte())
        let count = Int(try byte())
        guard first + count <= PQLSum.digitCount else { throw .damaged("a sum is too long") }
        sum.digits = [Int64](repeating: 0, count: PQLSum.digitCount)
        for index in first..<first + count {
            var digit: Int64 = 0
            for shift in 0..<4 { digit |= Int64(try byte()) << Int64(shift * 8) }
            sum.digits[index] = isNegative ? -digit : digit
        }
        return sum
    }

    mutating func newest() throws(EventStateError) -> EventNewest {
        let (asOf, next) = try period()
        var newest = EventNewest(asOf: asOf)
        newest.arrivals.nextEntry = next
        newest.leftOutUntil = try integer()
        for _ in 0..<(try count(upTo: Int64(Limits.eventThresholdMax))) {
            newest.entries.append(EventNewest.Entry(timestamp: try timestamp(), items: try count()))
        }
        return newest
    }

    mutating func extremes() throws(EventStateError) -> EventExtremes {
        let (asOf, next) = try period()
        var extremes = EventExtremes(asOf: asOf)
        extremes.arrivals.nextEntry = next
        extremes.leftOut = EventExtremes.LeftOut(timestamp: try integer(), exit: try integer())
        for _ in 0..<(try count(upTo: Int64(Limits.eventCandidatesMax))) {
            extremes.candidates.append(
                EventExtremes.Candidate(value: try value(), timestamp: try timestamp(), count: try count())
            )
        }
        return extremes
    }
}
