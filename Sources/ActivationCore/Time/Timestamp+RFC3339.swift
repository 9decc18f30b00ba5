extension Timestamp {
    /// Milliseconds of a day.
    static let dayMilliseconds: Int64 = 86_400_000

    /// Reads an RFC 3339 instant such as `2026-03-02T09:15:04.123Z`; nil for anything else.
    ///
    /// `t` and `z` may be lower case, an offset may lack its colon, a fraction may have any number of digits and is
    /// cut to milliseconds. A leap second, where RFC 3339 has one, is read as the second after it.
    public init?(rfc3339 bytes: some Collection<UInt8>) {
        guard let milliseconds = bytes.withContiguousBytes(Self.milliseconds(rfc3339:)) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Reads an RFC 3339 instant; nil for anything else.
    public init?(rfc3339 text: String) {
        self.init(rfc3339: text.utf8)
    }

    /// Reads a day alone, `2026-03-02`, as its first instant in UTC; nil for anything else.
    public init?(date bytes: some Collection<UInt8>) {
        guard let milliseconds = bytes.withContiguousBytes(Self.milliseconds(date:)) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Reads a day alone, `2026-03-02`, as its first instant in UTC; nil for anything else.
    public init?(date text: String) {
        self.init(date: text.utf8)
    }

    /// Appends the instant in UTC, cut to seconds: `2026-03-02T09:15:04Z`.
    ///
    /// Years beyond 0 to 9999, which RFC 3339 does not have, come with a sign and all their digits.
    public func appendRFC3339Seconds(to bytes: inout [UInt8]) {
        appendDateAndTime(to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends the instant in UTC with three digits of fraction: `2026-03-02T09:15:04.123Z`.
    ///
    /// Years beyond 0 to 9999, which RFC 3339 does not have, come with a sign and all their digits.
    public func appendRFC3339Milliseconds(to bytes: inout [UInt8]) {
        appendDateAndTime(to: &bytes)
        bytes.append(UInt8(ascii: "."))
        append(Int(milliseconds.remainder(dividingBy: 1_000)), width: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The instant in UTC, cut to seconds: `2026-03-02T09:15:04Z`.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        appendRFC3339Seconds(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func milliseconds(rfc3339 bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = TimestampReader(bytes, .rfc3339)
        return reader.instant()
    }

    private static func milliseconds(date bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = TimestampReader(bytes, .rfc3339)
        guard let days = reader.date(), reader.isAtEnd else { return nil }
        return Int64(days) * dayMilliseconds
    }

    private func appendDateAndTime(to bytes: inout [UInt8]) {
        let date = CivilDate(daysSinceEpoch: Int(milliseconds.floorDivided(by: Self.dayMilliseconds)))
        let seconds = Int(milliseconds.remainder(dividingBy: Self.dayMilliseconds)) / 1_000
        if !(0...9_999).contains(date.year) { bytes.append(UInt8(ascii: date.year < 0 ? "-" : "+")) }
        append(abs(date.year), width: 4, to: &bytes)
        append("-", date.month, to: &bytes)
        append("-", date.day, to: &bytes)
        append("T", seconds / 3_600, to: &bytes)
        append(":", seconds / 60 % 60, to: &bytes)
        append(":", seconds % 60, to: &bytes)
    }

    /// Appends a sign and two digits.
    @inline(__always)
    private func append(_ sign: Unicode.Scalar, _ number: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: sign))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends a natural number with zeros up to a width.
    private func append(_ number: Int, width: Int, to bytes: inout [UInt8]) {
        var unit = 1
        for _ in 1..<width { unit *= 10 }
        while number / unit >= 10 { unit *= 10 }
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
            unit /= 10
        }
    }
}
