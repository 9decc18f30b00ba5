/// A sequence number as a client quotes it: in today's layout, or in one of the two that the service used before.
///
/// The earlier layouts still occur in checkpoints of old applications; they name a shard and its creation, and so are told from
/// numbers of this stream rather than called nonsense. In hexadecimal the first reads: 1, the shard's creation in epoch seconds
/// (9 digits), 18 digits without a meaning here, the shard's index (4).
struct QuotedSequenceNumber: Equatable, Sendable {
    /// Why a text is no sequence number.
    enum Unreadable: Error, Equatable {
        /// It has no layout that the service ever used.
        case malformed
        /// It has a layout at which the service itself fails.
        case fatal
    }

    let shardIndex: Int
    let shardCreatedSeconds: UInt64
    /// When its record arrived, if the layout says so.
    let arrivalSeconds: UInt64?
    /// The number in today's layout; nil for an earlier one.
    let current: SequenceNumber?
    /// The number as the service repeats it in a message.
    let text: String

    init(_ text: String) throws(Unreadable) {
        let hex = try Self.hexadecimal(text)
        switch hex.count {
        case ...31: try self.init(first: [1] + [UInt8](repeating: 0, count: 31 - hex.count) + hex)
        case 32: try self.init(first: hex)
        case 33 where hex[0] == 1: try self.init(first: hex)
        case 47 where hex[0] == 2 && hex.dropFirst().contains(where: { $0 != 0 }):
            switch hex[46] {
            case 1: self.init(second: hex, text: text)
            case 2: try self.init(current: hex, text: text)
            case 3: throw .fatal
            default: throw .malformed
            }
        default: throw .malformed
        }
    }

    private init(first hex: [UInt8]) throws(Unreadable) {
        shardCreatedSeconds = Self.number(hex[1..<10])
        // A time in the year 2477, beyond which the service reads none of these.
        guard shardCreatedSeconds < 16_025_175_000 else { throw .malformed }
        shardIndex = Int(Self.number(hex[28..<32]))
        arrivalSeconds = nil
        current = nil
        text = String(hex[1..<32].reduce(UInt128(1)) { $0 << 4 | UInt128($1) })
    }

    private init(second hex: [UInt8], text: String) {
        shardCreatedSeconds = Self.number(hex[1..<10])
        arrivalSeconds = Self.number(hex[13..<22])
        shardIndex = Int(Self.number(hex[38..<46]))
        current = nil
        self.text = text
    }

    private init(current hex: [UInt8], text: String) throws(Unreadable) {
        // Neither number has its highest bit in use.
        guard hex[11] < 8, hex[38] < 8 else { throw .malformed }
        let fields = SequenceNumber.Fields(
            shardCreatedSeconds: Self.number(hex[1..<10]),
            shardIndex: UInt32(Self.number(hex[38..<46])),
            recordIndex: Self.number(hex[11..<27]),
            arrivalSeconds: Self.number(hex[29..<38])
        )
        shardCreatedSeconds = fields.shardCreatedSeconds
        arrivalSeconds = fields.arrivalSeconds
        shardIndex = Int(fields.shardIndex)
        current = SequenceNumber(fields)
        self.text = text
    }

    /// At most sixteen digits as a number.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
        digits.reduce(0) { $0 << 4 | UInt64($1) }
    }

    /// The hexadecimal digits of a decimal text of at most 129 digits, without leading zeros.
    private static func hexadecimal(_ text: String) throws(Unreadable) -> [UInt8] {
        guard (1...129).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- 48 < 10 }) else { throw .malformed }
        var rest = text.utf8.map { $0 - 48 }[...]
        var hex: [UInt8] = []
        while !rest.isEmpty {
            var remainder: UInt8 = 0
            for index in rest.indices {
                let value = remainder * 10 + rest[index]
                rest[index] = value / 16
                remainder = value % 16
            }
            hex.append(remainder)
            rest = rest.drop { $0 == 0 }
        }
        while hex.last == 0 { hex.removeLast() }
        return hex.reversed()
    }
}
