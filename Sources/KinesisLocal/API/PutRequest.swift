import Kinesis

/// A put as it came in, of one or many records, before its stream is looked up.
struct PutRequest: Sendable {
    var stream: StreamReference
    var batch: RecordBatch
    /// Whether to check it only.
    var isDryRun = false

    /// Reads PutRecords: by the scanner, or as a tree when the scanner cannot tell what is wrong or unusual.
    init(putRecords body: UnsafeRawBufferPointer, wire: KinesisWire) throws(ServiceError) {
        let scanned = wire == .json ? PutScan(json: body) : PutScan(cbor: body)
        if let batch = scanned?.batch(body, isBase64: wire == .json), let scanned {
            self.init(stream: scanned.stream, batch: batch)
            try check(member: Self.memberOfList)
        } else {
            try self.init(tree: RequestReader(KinesisService.decode(body, wire: wire), wire: wire))
        }
    }

    private init(stream: StreamReference, batch: RecordBatch) {
        self.stream = stream
        self.batch = batch
    }

    /// Reads PutRecords from a tree.
    init(tree request: RequestReader) throws(ServiceError) {
        stream = try StreamReference(request)
        batch = RecordBatch(bytes: [], entries: [])
        isDryRun = try request.bool("DryRun") ?? false
        var validation = Validation()
        let items = try request.list("Records")
        validation.require(items != nil, "records")
        for (index, item) in (items ?? []).enumerated() {
            let record = try RequestReader(item, wire: request.wire)
            try append(record, &validation) { Self.memberOfList(index, $0) }
        }
        try check(member: Self.memberOfList, validation, count: items?.count ?? 1)
    }

    /// Reads PutRecord.
    init(putRecord request: RequestReader) throws(ServiceError) {
        stream = try StreamReference(request)
        batch = RecordBatch(bytes: [], entries: [])
        isDryRun = try request.bool("DryRun") ?? false
        var validation = Validation()
        let ordering = try request.string("SequenceNumberForOrdering")
        validation.decimal(ordering, digitsMax: 129, Validation.numberPattern, "sequenceNumberForOrdering")
        try append(request, &validation) { $0 }
        try check(member: { $1 }, validation, count: 1)
    }

    private static func memberOfList(_ index: Int, _ member: String) -> String {
        "records.\(index + 1).member.\(member)"
    }

    /// Adds one record; what it lacks goes to the validation.
    private mutating func append(
        _ record: RequestReader,
        _ validation: inout Validation,
        member: (String) -> String
    ) throws(ServiceError) {
        let data = try record.blob("Data")
        let key = try record.string("PartitionKey")
        let explicit = try record.string("ExplicitHashKey")
        validation.require(data != nil, member("data"))
        validation.require(key != nil, member("partitionKey"))
        validation.decimal(explicit, digitsMax: 39, Validation.hashKeyPattern, member("explicitHashKey"))
        guard let data, let key else { return }
        let hash: UInt128
        if let explicit {
            guard let number = UInt128(explicit) else {
                // A number of 39 digits can be too large; a text that is no number was noted above.
                try validation.check()
                throw ServiceError(
                    .invalidArgument,
                    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                        + "Specified value was \(explicit)"
                )
            }
            hash = number
        } else {
            hash = HashKey.hash(key)
        }
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: data)
        batch.bytes.append(contentsOf: key.utf8)
        batch.entries.append(
            RecordBatch.Entry(
                dataStart: UInt32(start),
                dataCount: UInt32(data.count),
                keyStart: UInt32(start + data.count),
                keyCount: UInt32(key.utf8.count),
                hash: hash
            )
        )
    }

    /// Checks what does not depend on the stream.
    private func check(
        member: (Int, String) -> String,
        _ collected: Validation = Validation(),
        count: Int? = nil
    ) throws(ServiceError) {
        var validation = collected
        stream.validate(&validation)
        validation.size(count ?? batch.entries.count, 1...LocalLimits.recordsPerRequestMax, "records")
        var total = 0
        for (index, entry) in batch.entries.enumerated() {
            total += entry.byteCount
            if entry.dataCount > LocalLimits.recordBytesMax {
                validation.size(Int(entry.dataCount), 0...LocalLimits.recordBytesMax, member(index, "data"))
            }
            // A key of 256 bytes has no more characters than that.
            if entry.keyCount == 0 || entry.keyCount > LocalLimits.partitionKeyCharactersMax {
                let key = batch.bytes[Int(entry.keyStart)..<Int(entry.keyStart) + Int(entry.keyCount)]
                let characters = key.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
                validation.size(characters, 1...LocalLimits.partitionKeyCharactersMax, member(index, "partitionKey"))
            }
        }
        try validation.check()
        guard total <= LocalLimits.requestBytesMax else {
            throw ServiceError(.invalidArgument, "Records size exceeds 10 MB limit")
        }
    }

    /// Checks the records against their stream's own maximum.
    func checkRecordSizes(_ bytesMax: Int, isList: Bool) throws(ServiceError) {
        var validation = Validation()
        for (index, entry) in batch.entries.enumerated() where entry.byteCount > bytesMax {
            validation.size(entry.byteCount, 0...bytesMax, isList ? Self.memberOfList(index, "data") : "data")
        }
        try validation.check()
    }
}
