extension Timestamp {
    /// Reads an ISO 8601 instant such as `2026-03-02T09:15Z`; nil for anything else.
    ///
    /// Reads all that ``init(rfc3339:)`` reads, and more: seconds may be left out, the fraction may follow a comma,
    /// the offset may be whole hours, as in `+01`, and all hyphens and colons may be left out, as in
    /// `20260302T091504Z`. Without an offset it is no instant.
    init?(iso8601 text: String) {
        guard let milliseconds = text.utf8.withContiguousBytes(Self.milliseconds(iso8601:)) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    private static func milliseconds(iso8601 bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = TimestampReader(bytes, .iso8601)
        return reader.instant()
    }
}
