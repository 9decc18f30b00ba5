import Kinesis

/// Follows the order in which marked records arrive in a stream.
///
/// A producer under test puts `~k=<integer>;s=<integer>~` into the first 100 bytes of a record, with s rising by one from 1
/// for every k. The ledger tells, exactly, which numbers are missing, which arrived late and which twice; records without a
/// marker are counted by partition key. Of an aggregate each record inside counts (KINESIS 3).
struct OrderLedger: Sendable {
    private(set) var verification = Verification()
    /// The highest number of every marked key.
    private var highest: [Int64: Int64] = [:]
    /// The numbers below the highest that have not arrived, for keys that have such.
    private var missing: [Int64: [ClosedRange<Int64>]] = [:]
    private var unmarkedKeys: Set<UInt128> = []

    mutating func note(_ entry: RecordBatch.Entry, of block: [UInt8]) {
        let data = Int(entry.dataStart)..<Int(entry.dataStart) + Int(entry.dataCount)
        block.withUnsafeBytes { bytes in
            let record = UnsafeRawBufferPointer(rebasing: bytes[data])
            guard let aggregate = AggregateLayout(block.span.extracting(data)) else {
                return note(record) { entry.hash }
            }
            for member in aggregate.members {
                note(UnsafeRawBufferPointer(rebasing: record[member.data])) {
                    HashKey.hash(UnsafeRawBufferPointer(rebasing: record[member.partitionKey]))
                }
            }
        }
    }

    /// A record, with the hash of its partition key where that is needed.
    private mutating func note(_ data: UnsafeRawBufferPointer, hash: () -> UInt128) {
        if let marker = OrderMarker(data) {
            note(marker)
        } else {
            verification.unmarked += 1
            if unmarkedKeys.count < LocalLimits.ledgerKeysMax, unmarkedKeys.insert(hash()).inserted {
                verification.unmarkedKeys += 1
            }
        }
    }

    mutating func note(_ marker: OrderMarker) {
        verification.marked += 1
        guard let last = highest[marker.key] else {
            guard highest.count < LocalLimits.ledgerKeysMax else {
                verification.notFollowed += 1
                return
            }
            verification.keys += 1
            // A first number below 1 starts a key's count where it stands.
            highest[marker.key] = marker.number
            if marker.number > 1 { leap(marker.key, over: 1...marker.number - 1) }
            return
        }
        if marker.number > last {
            highest[marker.key] = marker.number
            if marker.number > last + 1 { leap(marker.key, over: last + 1...marker.number - 1) }
        } else if fill(marker) {
            verification.late += 1
        } else {
            verification.duplicates += 1
        }
    }

    private mutating func leap(_ key: Int64, over span: ClosedRange<Int64>) {
        verification.leaps += 1
        guard missing[key, default: []].count < LocalLimits.ledgerSpansPerKeyMax else {
            verification.notFollowed += 1
            return
        }
        missing[key, default: []].append(span)
        verification.missing += span.count
    }

    /// Takes a number out of the missing ones; false if it was not among them.
    private mutating func fill(_ marker: OrderMarker) -> Bool {
        guard var spans = missing[marker.key], let index = spans.firstIndex(where: { $0.contains(marker.number) })
        else {
            return false
        }
        let span = spans.remove(at: index)
        if span.lowerBound < marker.number { spans.append(span.lowerBound...marker.number - 1) }
        if marker.number < span.upperBound { spans.append(marker.number + 1...span.upperBound) }
        missing[marker.key] = spans.isEmpty ? nil : spans
        verification.missing -= 1
        return true
    }
}

/// The marker of a record.
struct OrderMarker: Equatable, Sendable {
    var key: Int64
    var number: Int64

    init(key: Int64, number: Int64) {
        self.key = key
        self.number = number
    }

    /// Reads the marker out of the first 100 bytes, if there is one.
    init?(_ data: UnsafeRawBufferPointer) {
        let head = UnsafeRawBufferPointer(rebasing: data.prefix(100))
        var start = 0
        while start + 7 <= head.count {
            if head[start] == UInt8(ascii: "~"), let marker = Self.read(head, from: start) {
                self = marker
                return
            }
            start += 1
        }
        return nil
    }

    private static func read(_ head: UnsafeRawBufferPointer, from start: Int) -> OrderMarker? {
        var offset = start
        func take(_ word: StaticString) -> Bool {
            guard head.count - offset >= word.utf8CodeUnitCount else { return false }
            for index in 0..<word.utf8CodeUnitCount where head[offset + index] != word.utf8Start[index] { return false }
            offset += word.utf8CodeUnitCount
            return true
        }
        func integer() -> Int64? {
            let first = offset
            var value: Int64 = 0
            // Eighteen digits always fit.
            while offset < head.count, offset - first < 18, head[offset] &- 48 < 10 {
                value = value * 10 + Int64(head[offset] - 48)
                offset += 1
            }
            return offset > first ? value : nil
        }
        guard take("~k="), let key = integer(), take(";s="), let number = integer(), take("~") else { return nil }
        return OrderMarker(key: key, number: number)
    }
}
