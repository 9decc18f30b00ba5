import Kinesis

/// The places of a PutRecords request's records in its body, found without building a tree.
///
/// The scanners take exactly the shape that clients write: known members, plain strings, definite lengths. For anything else
/// they give up, and the general reader decides whether that is unusual or wrong.
struct PutScan {
    struct Entry {
        var data: Range<Int>
        var key: Range<Int>
        var explicitHash: UInt128?
    }

    var stream = StreamReference(name: nil, arn: nil)
    var entries: [Entry] = []

    /// Copies the records together; nil if some text is not what it should be.
    ///
    /// - Parameters:
    ///   - body: The request that was scanned.
    ///   - isBase64: Whether data is base64 text rather than bytes.
    /// - Returns: The records in request order.
    func batch(_ body: UnsafeRawBufferPointer, isBase64: Bool) -> RecordBatch? {
        var records: [RecordBatch.Entry] = []
        records.reserveCapacity(entries.count)
        var isValid = true
        let capacity = entries.reduce(0) { $0 + $1.key.count + (isBase64 ? $1.data.count / 4 * 3 : $1.data.count) }
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            for entry in entries {
                guard let record = Self.copy(entry, of: body, isBase64: isBase64, to: target, at: count) else {
                    isValid = false
                    return
                }
                count += record.byteCount
                records.append(record)
            }
        }
        return isValid ? RecordBatch(bytes: bytes, entries: records) : nil
    }

    /// Copies one record's data and then its key.
    private static func copy(
        _ entry: Entry,
        of body: UnsafeRawBufferPointer,
        isBase64: Bool,
        to target: UnsafeMutableRawBufferPointer,
        at start: Int
    ) -> RecordBatch.Entry? {
        let data = UnsafeRawBufferPointer(rebasing: body[entry.data])
        let rest = UnsafeMutableRawBufferPointer(rebasing: target[start...])
        let dataCount: Int
        if isBase64 {
            guard let count = Base64.decode(data, into: rest) else { return nil }
            dataCount = count
        } else {
            rest.copyMemory(from: data)
            dataCount = data.count
        }
        let key = UnsafeRawBufferPointer(rebasing: body[entry.key])
        guard isText(key) else { return nil }
        UnsafeMutableRawBufferPointer(rebasing: rest[dataCount...]).copyMemory(from: key)
        return RecordBatch.Entry(
            dataStart: UInt32(start),
            dataCount: UInt32(dataCount),
            keyStart: UInt32(start + dataCount),
            keyCount: UInt32(key.count),
            hash: entry.explicitHash ?? HashKey.hash(key)
        )
    }

    private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// Reads an explicit hash key; nil for anything that the general reader has to word an answer for.
    static func hashKey(_ digits: UnsafeRawBufferPointer) -> UInt128? {
        guard !digits.isEmpty, digits.count <= 39, digits.count == 1 || digits[0] != 48 else { return nil }
        var value: UInt128 = 0
        for digit in digits {
            guard digit &- 48 < 10 else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeYet) = product.addingReportingOverflow(UInt128(digit - 48))
            guard !isTooLarge, !isTooLargeYet else { return nil }
            value = sum
        }
        return value
    }
}

/// The members of a PutRecords request and of its records.
enum PutMember {
    case records, streamName, streamARN, data, partitionKey, explicitHashKey

    init?(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 4 where name.elementsEqual("Data".utf8): self = .data
        case 7 where name.elementsEqual("Records".utf8): self = .records
        case 9 where name.elementsEqual("StreamARN".utf8): self = .streamARN
        case 10 where name.elementsEqual("StreamName".utf8): self = .streamName
        case 12 where name.elementsEqual("PartitionKey".utf8): self = .partitionKey
        case 15 where name.elementsEqual("ExplicitHashKey".utf8): self = .explicitHashKey
        default: return nil
        }
    }
}
