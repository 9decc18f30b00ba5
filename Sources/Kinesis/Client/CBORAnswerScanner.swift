/// Finds the results in the CBOR answer to PutRecords, with definite or indefinite maps and arrays; gives up on anything else
/// that is unusual.
struct CBORAnswerScanner: ~Escapable {
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
        guard var members = open(majorType: 5) else { return nil }
        while members.hasNext(self) {
            guard let name = text() else { return nil }
            if equals(name, "Records") {
                guard entries == nil, let found = records() else { return nil }
                entries = found
            } else if equals(name, "FailedRecordCount") {
                guard failedCount == nil, position < bytes.count, bytes[position] >> 5 == 0, let found = argument()
                else { return nil }
                failedCount = found
            } else {
                guard skipScalar() else { return nil }
            }
        }
        guard close(members), position == bytes.count else { return nil }
        return entries.map { PutRecordsAnswer.Members(entries: $0, failedCount: failedCount) }
    }

    private mutating func records() -> [PutRecordsAnswer.Entry]? {
        guard var items = open(majorType: 4) else { return nil }
        var entries: [PutRecordsAnswer.Entry] = []
        entries.reserveCapacity(500)
        while items.hasNext(self) {
            guard let entry = entry() else { return nil }
            entries.append(entry)
        }
        return close(items) ? entries : nil
    }

    private mutating func entry() -> PutRecordsAnswer.Entry? {
        var entry = PutRecordsAnswer.Entry()
        guard var members = open(majorType: 5) else { return nil }
        while members.hasNext(self) {
            guard let name = text() else { return nil }
            guard position < bytes.count, bytes[position] >> 5 == 3 else {
                guard skipScalar() else { return nil }
                continue
            }
            guard let value = text() else { return nil }
            if equals(name, "SequenceNumber") {
                entry.sequence = value
            } else if equals(name, "ShardId") {
                entry.shard = value
            } else if equals(name, "ErrorCode") {
                entry.errorCode = value
            }
        }
        return close(members) ? entry : nil
    }

    /// How many items of an open map or array are left; nil up to a break.
    private struct Remaining {
        var count: Int?

        mutating func hasNext(_ scanner: borrowing CBORAnswerScanner) -> Bool {
            guard let count else { return !scanner.isAtBreak && scanner.position < scanner.bytes.count }
            guard count > 0 else { return false }
            self.count = count - 1
            return true
        }
    }

    private var isAtBreak: Bool { position < bytes.count && bytes[position] == 0xFF }

    private mutating func open(majorType: UInt8) -> Remaining? {
        guard position < bytes.count, bytes[position] >> 5 == majorType else { return nil }
        if bytes[position] & 31 == 31 {
            position += 1
            return Remaining(count: nil)
        }
        return argument().map { Remaining(count: $0) }
    }

    private mutating func close(_ remaining: Remaining) -> Bool {
        guard remaining.count == nil else { return true }
        guard isAtBreak else { return false }
        position += 1
        return true
    }

    /// The argument of the head here; nil for indefinite lengths and for arguments of eight bytes.
    private mutating func argument() -> Int? {
        let short = Int(bytes[position] & 31)
        position += 1
        guard short >= 24 else { return short }
        guard short <= 26 else { return nil }
        let length = 1 << (short - 24)
        guard position + length <= bytes.count else { return nil }
        var value = 0
        for _ in 0..<length {
            value = value << 8 | Int(bytes[position])
            position += 1
        }
        return value
    }

    /// The inside of a definite text string of plain ASCII.
    private mutating func text() -> Range<UInt32>? {
        guard position < bytes.count, bytes[position] >> 5 == 3, let length = argument(),
            length <= bytes.count - position
        else { return nil }
        let start = position
        for index in start..<start + length where bytes[index] >= 0x80 { return nil }
        position += length
        return UInt32(start)..<UInt32(position)
    }

    /// Skips a text, a whole number, null or a truth value.
    private mutating func skipScalar() -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case 0x00...0x1A, 0x20...0x3A: return argument() != nil
        case 0x60...0x7A: return text() != nil
        case 0xF4...0xF6:
            position += 1
            return true
        default: return false
        }
    }

    private func equals(_ range: Range<UInt32>, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard range.count == length else { return false }
        let text = word.utf8Start
        for index in 0..<length where bytes[Int(range.lowerBound) + index] != text[index] { return false }
        return true
    }
}
