/// A record's place in its shard: a number of 186 bits that is written with 56 decimal digits and rises within a shard.
///
/// In hexadecimal it reads, from the left: 2, the shard's creation in epoch seconds (9 digits), the low digit of the shard's
/// index, the record's index in the shard (16), 00, the record's arrival in epoch seconds (9), the shard's index (8), 2.
/// It is kept as three groups of decimal digits, which makes comparing and writing cheap.
struct SequenceNumber: Hashable, Sendable {
    /// The leading 18 digits.
    private var high: UInt64
    /// The next 19 digits.
    private var middle: UInt64
    /// The last 19 digits.
    private var low: UInt64

    static let digitCount = 56

    /// 10^19, the value of one group.
    private static let base: UInt64 = 10_000_000_000_000_000_000

    /// What the number says.
    struct Fields: Equatable {
        var shardCreatedSeconds: UInt64
        var shardIndex: UInt32
        var recordIndex: UInt64
        var arrivalSeconds: UInt64
    }

    init(_ fields: Fields) {
        high = 0
        middle = 0
        low = 2
        append(bits: 36, fields.shardCreatedSeconds)
        append(bits: 4, UInt64(fields.shardIndex & 15))
        append(bits: 32, fields.recordIndex >> 32)
        append(bits: 32, fields.recordIndex & 0xFFFF_FFFF)
        append(bits: 8, 0)
        append(bits: 36, fields.arrivalSeconds)
        append(bits: 32, UInt64(fields.shardIndex))
        append(bits: 4, 2)
    }

    /// Reads the decimal text of a number of this layout; nil for any other text.
    init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == Self.digitCount, digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        func group(_ range: Range<Int>) -> UInt64 { digits[range].reduce(0) { $0 * 10 + UInt64($1 - 48) } }
        high = group(0..<18)
        middle = group(18..<37)
        low = group(37..<56)
        guard let fields, SequenceNumber(fields) == self else { return nil }
    }

    /// The parts of the number, or nil if it is not of this layout.
    var fields: Fields? {
        var rest = self
        guard rest.remove(bits: 4) == 2 else { return nil }
        let shardIndex = rest.remove(bits: 32)
        let arrival = rest.remove(bits: 36)
        guard rest.remove(bits: 8) == 0 else { return nil }
        let recordLow = rest.remove(bits: 32)
        let recordHigh = rest.remove(bits: 32)
        guard rest.remove(bits: 4) == shardIndex & 15 else { return nil }
        let created = rest.remove(bits: 36)
        guard rest.high == 0, rest.middle == 0, rest.low == 2 else { return nil }
        return Fields(
            shardCreatedSeconds: created,
            shardIndex: UInt32(truncatingIfNeeded: shardIndex),
            recordIndex: recordHigh << 32 | recordLow,
            arrivalSeconds: arrival
        )
    }

    /// The number of the shard's next record, if that arrives in the same second: 2^80 more.
    var next: SequenceNumber {
        var next = self
        // No group can pass 2^64 here: 10^19 and the step together stay below it.
        next.low += Self.stepLow
        next.middle += Self.stepMiddle
        if next.low >= Self.base {
            next.low -= Self.base
            next.middle += 1
        }
        if next.middle >= Self.base {
            next.middle -= Self.base
            next.high += 1
        }
        return next
    }

    /// 2^80 in groups.
    private static let stepLow: UInt64 = 5_819_614_629_174_706_176
    private static let stepMiddle: UInt64 = 120_892

    private mutating func append(bits: UInt64, _ value: UInt64) {
        var carry = UInt128(value)
        func shifted(_ group: UInt64) -> UInt64 {
            let (quotient, remainder) = (UInt128(group) << UInt128(bits) + carry)
                .quotientAndRemainder(dividingBy: UInt128(Self.base))
            carry = quotient
            return UInt64(remainder)
        }
        low = shifted(low)
        middle = shifted(middle)
        high = shifted(high)
    }

    private mutating func remove(bits: UInt64) -> UInt64 {
        let divisor = UInt128(1) << UInt128(bits)
        var rest: UInt128 = 0
        func divided(_ group: UInt64) -> UInt64 {
            let (quotient, remainder) = (rest * UInt128(Self.base) + UInt128(group))
                .quotientAndRemainder(dividingBy: divisor)
            rest = remainder
            return UInt64(quotient)
        }
        high = divided(high)
        middle = divided(middle)
        low = divided(low)
        return UInt64(rest)
    }

    /// Writes the 56 digits into a buffer, from a position on.
    func write(into bytes: UnsafeMutableBufferPointer<UInt8>, at offset: Int) {
        Self.write(high, count: 18, into: bytes, at: offset)
        Self.write(middle, count: 19, into: bytes, at: offset + 18)
        Self.write(low, count: 19, into: bytes, at: offset + 37)
    }

    /// Writes a group two digits at a time.
    private static func write(
        _ group: UInt64,
        count: Int,
        into bytes: UnsafeMutableBufferPointer<UInt8>,
        at offset: Int
    ) {
        var rest = group
        var end = offset + count
        while end - offset >= 2 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            let (tens, ones) = UInt8(truncatingIfNeeded: pair).quotientAndRemainder(dividingBy: 10)
            bytes[end - 2] = 48 + tens
            bytes[end - 1] = 48 + ones
            rest = quotient
            end -= 2
        }
        if end > offset { bytes[offset] = 48 + UInt8(truncatingIfNeeded: rest) }
    }
}

extension SequenceNumber: Comparable {
    static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}

extension SequenceNumber: CustomStringConvertible {
    var description: String {
        String(unsafeUninitializedCapacity: Self.digitCount) { buffer in
            write(into: buffer, at: 0)
            return Self.digitCount
        }
    }
}
