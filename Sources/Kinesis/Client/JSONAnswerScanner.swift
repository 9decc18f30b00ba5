/// Finds the results in the JSON answer to PutRecords; gives up on escapes and on anything that is not JSON.
struct JSONAnswerScanner: ~Escapable {
    private let bytes: Span<UInt8>
    private var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The members that matter; nil if the answer is unusual.
    mutating func members() -> PutRecordsAnswer.Members? {
        var entries: [PutRecordsAnswer.Entry]?
        var failedCount: Int?
        guard take(UInt8(ascii: "{")) else { return nil }
        if !take(UInt8(ascii: "}")) {
            repeat {
                guard let name = string(), take(UInt8(ascii: ":")) else { return nil }
                if equals(name, "Records") {
                    guard entries == nil, let found = records() else { return nil }
                    entries = found
                } else if equals(name, "FailedRecordCount") {
                    guard failedCount == nil, let found = count() else { return nil }
                    failedCount = found
                } else {
                    guard skipScalar() else { return nil }
                }
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { return nil }
        }
        skipSpace()
        guard position == bytes.count else { return nil }
        return entries.map { PutRecordsAnswer.Members(entries: $0, failedCount: failedCount) }
    }

    private mutating func records() -> [PutRecordsAnswer.Entry]? {
        guard take(UInt8(ascii: "[")) else { return nil }
        var entries: [PutRecordsAnswer.Entry] = []
        entries.reserveCapacity(500)
        if take(UInt8(ascii: "]")) { return entries }
        repeat {
            guard let entry = entry() else { return nil }
            entries.append(entry)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? entries : nil
    }

    private mutating func entry() -> PutRecordsAnswer.Entry? {
        var entry = PutRecordsAnswer.Entry()
        guard take(UInt8(ascii: "{")) else { return nil }
        if take(UInt8(ascii: "}")) { return entry }
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")) else { return nil }
            skipSpace()
            guard position < bytes.count else { return nil }
            guard bytes[position] == UInt8(ascii: "\"") else {
                guard skipScalar() else { return nil }
                continue
            }
            guard let value = string() else { return nil }
            if equals(name, "SequenceNumber") {
                entry.sequence = value
            } else if equals(name, "ShardId") {
                entry.shard = value
            } else if equals(name, "ErrorCode") {
                entry.errorCode = value
            }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? entry : nil
    }

    /// The inside of a string of plain ASCII without escapes.
    private mutating func string() -> Range<UInt32>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position + 8 <= bytes.count, arePlain(at: position) { position += 8 }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                return UInt32(start)..<UInt32(position)
            }
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        return nil
    }

    /// None of the eight bytes here ends a string or makes it unusual.
    ///
    /// Each byte is looked at by arithmetic on all eight: the high bit of a byte is set when it is below 0x20, a quote, a backslash, or
    /// not ASCII. A carry can only set it in a byte above one that is not plain.
    private func arePlain(at position: Int) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found = (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | word
        return found & (ones &* 0x80) == 0
    }

    /// A whole number of at most four digits.
    private mutating func count() -> Int? {
        skipSpace()
        let start = position
        guard skipScalar(), (1...4).contains(position - start) else { return nil }
        var value = 0
        for index in start..<position {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// Skips a string, `null`, `true`, `false` or a whole number.
    private mutating func skipScalar() -> Bool {
        skipSpace()
        guard position < bytes.count else { return false }
        if bytes[position] == UInt8(ascii: "\"") { return string() != nil }
        for word: StaticString in ["null", "true", "false"] where starts(with: word) {
            position += word.utf8CodeUnitCount
            return true
        }
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position > start && (bytes[start] != UInt8(ascii: "0") || position == start + 1)
    }

    private func starts(with word: StaticString) -> Bool {
        let start = position
        let length = word.utf8CodeUnitCount
        guard start + length <= bytes.count else { return false }
        return equals(UInt32(start)..<UInt32(start + length), word)
    }

    private func equals(_ range: Range<UInt32>, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard range.count == length else { return false }
        let text = word.utf8Start
        for index in 0..<length where bytes[Int(range.lowerBound) + index] != text[index] { return false }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}
