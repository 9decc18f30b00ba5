/// A 128-bit id, printed and read as a UUID; Core never makes one, ids enter with the input (I6).
public struct UUIDBytes: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// Creates an id from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `8-4-4-4-12` hexadecimal digits in either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            defer { position += 1 }
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
            if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            digits += 1
        }
        guard position == 36, digits == 32 else { return nil }
        self.init(high: halves.0, low: halves.1)
    }

    /// The 36 bytes of the lower-case text.
    public func appendText(to bytes: inout [UInt8]) {
        forEachByte { bytes.append($0) }
    }

    @inline(__always)
    private func forEachByte(_ body: (UInt8) -> Void) {
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { body(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            body(JSONWriter.hexDigit(UInt8(truncatingIfNeeded: half >> UInt64(60 - (index % 16) * 4) & 15)))
        }
    }

    /// Lower-case `8-4-4-4-12`.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { target in
            var count = 0
            forEachByte { byte in
                target.initializeElement(at: count, to: byte)
                count += 1
            }
            return count
        }
    }

    /// The order of the bytes, which is the order of the text.
    public static func < (left: UUIDBytes, right: UUIDBytes) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
