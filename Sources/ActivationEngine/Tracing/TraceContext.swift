/// Where a request stands in a distributed trace: what a `traceparent` header says (W3C Trace Context, level 1).
///
/// https://www.w3.org/TR/trace-context-1/
public struct TraceContext: Hashable, Sendable {
    /// The name of a whole trace; 16 bytes, not all of them zero.
    public struct TraceID: Hashable, Sendable, CustomStringConvertible {
        let high: UInt64
        let low: UInt64

        /// 32 hexadecimal digits, as logs and headers have them.
        public var description: String { TraceContext.digits(high) + TraceContext.digits(low) }
    }

    /// The name of one step of a trace, such as a request; 8 bytes, not all of them zero.
    public struct SpanID: Hashable, Sendable, CustomStringConvertible {
        let value: UInt64

        /// 16 hexadecimal digits.
        public var description: String { TraceContext.digits(value) }
    }

    /// The part of a trace that the current task works on; its child tasks inherit it.
    @TaskLocal public static var current: TraceContext?

    /// The trace.
    public let traceID: TraceID
    /// The step.
    public let spanID: SpanID
    /// Whether whoever came before may have recorded the trace: the one flag that level 1 knows.
    public var isSampled: Bool

    /// A step of its own in the same trace, with an id that was drawn at random.
    public func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
        let id = SpanID(value: UInt64.random(in: 1 ... .max, using: &generator))
        return TraceContext(traceID: traceID, spanID: id, isSampled: isSampled)
    }

    /// A step of its own in the same trace, with a new id.
    public func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return child(using: &generator)
    }

    /// The header's value, in version 00.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    fileprivate static func digits(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension TraceContext {
    /// Reads the header's value; nil for what the recommendation says is to be ignored.
    ///
    /// Of a version that is still to come the parts of version 00 are read, whatever follows them. Flags that level 1 does not
    /// know are dropped, as it asks.
    ///
    /// - Parameter text: The value.
    public init?(traceparent text: some StringProtocol) {
        // No version that is to come may be read further than this.
        let bytes = Array(text.utf8.prefix(TraceContext.length + 1))
        guard bytes.count >= TraceContext.length,
            [2, 35, 52].allSatisfy({ bytes[$0] == TraceContext.dash }),
            let version = TraceContext.number(bytes[0..<2]), version != 0xff,
            bytes.count == TraceContext.length || version > 0 && bytes[TraceContext.length] == TraceContext.dash,
            let high = TraceContext.number(bytes[3..<19]),
            let low = TraceContext.number(bytes[19..<35]), high | low != 0,
            let span = TraceContext.number(bytes[36..<52]), span != 0,
            let flags = TraceContext.number(bytes[53..<55])
        else { return nil }
        traceID = TraceID(high: high, low: low)
        spanID = SpanID(value: span)
        isSampled = flags & 1 == 1
    }

    /// The bytes of version 00.
    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    /// The value of at most 16 hexadecimal digits in lower case, the only one that is allowed.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
