import Kinesis

/// Reading records.
extension KinesisService {
    func getShardIterator(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let shardID = try request.string("ShardId")
        let type = try request.string("ShardIteratorType")
        let number = try request.string("StartingSequenceNumber")
        let timestamp = try request.timestamp("Timestamp")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(shardID != nil, "shardId")
        validation.name(shardID, "shardId")
        validation.require(type != nil, "shardIteratorType")
        validation.choice(type, Self.iteratorTypes, "shardIteratorType")
        validation.decimal(number, digitsMax: 129, Validation.numberPattern, "startingSequenceNumber")
        try validation.check()

        let cell = try liveStream(reference, now: now)
        let shard = try shardIndex(shardID ?? "", in: cell)
        let start = try start(type ?? "", number: number, timestamp: timestamp, shard: shard, in: cell, now: now)
        return cell.withState { stream in
            stream.trim(now: now)
            let iterator = ShardIterator(
                stream: stream.name,
                incarnation: stream.incarnation,
                shard: UInt32(shard),
                index: start.index(in: stream.shards[shard]),
                issuedAt: now
            )
            return ["ShardIterator": .string(iterator.token(seal))]
        }
    }

    private static let iteratorTypes = [
        "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON",
    ]

    /// Where an iterator starts.
    private enum Start {
        case oldest
        case latest
        case at(SequenceNumber)
        case after(SequenceNumber)
        case time(Int64)

        func index(in shard: Shard) -> UInt64 {
            switch self {
            case .oldest: shard.firstIndex
            case .latest: shard.endIndex
            case .at(let sequence): shard.index(at: sequence)
            case .after(let sequence): shard.index(after: sequence)
            case .time(let milliseconds): shard.index(atTime: milliseconds)
            }
        }
    }

    private func start(
        _ type: String,
        number: String?,
        timestamp: Int64?,
        shard: Int,
        in cell: StreamCell,
        now: Int64
    ) throws(ServiceError) -> Start {
        switch type {
        case "AT_TIMESTAMP":
            guard let timestamp else {
                throw ServiceError(
                    .invalidArgument,
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                        + "Current request has no timestamp parameter."
                )
            }
            guard timestamp <= now else {
                throw ServiceError(
                    .invalidArgument,
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                        + "timestampInMillis: \(timestamp), currentTimestampInMillis: \(now)"
                )
            }
            return .time(timestamp)
        case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
            guard let number else { throw Self.mismatchedStart(type, "no StartingSequenceNumber") }
            let sequence = try startingSequence(number, shard: shard, in: cell)
            return type == "AT_SEQUENCE_NUMBER" ? .at(sequence) : .after(sequence)
        default:
            guard number == nil else { throw Self.mismatchedStart(type, "also a StartingSequenceNumber") }
            return type == "LATEST" ? .latest : .oldest
        }
    }

    private static func mismatchedStart(_ type: String, _ what: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
                + "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified \(type) and \(what)."
        )
    }

    private func startingSequence(
        _ text: String,
        shard: Int,
        in cell: StreamCell
    ) throws(ServiceError) -> SequenceNumber {
        let subject =
            "StartingSequenceNumber \(text) used in GetShardIterator on shard \(ShardID.text(shard)) "
            + "in stream \(cell.name) under account \(configuration.accountID) is invalid"
        guard let sequence = SequenceNumber(text), let fields = sequence.fields else {
            throw ServiceError(.invalidArgument, "\(subject).")
        }
        guard fields.shardIndex == UInt32(shard) else {
            throw ServiceError(
                .invalidArgument,
                "Invalid StartingSequenceNumber. It encodes \(ShardID.text(Int(fields.shardIndex))), "
                    + "while it was used in a call to a shard with \(ShardID.text(shard))"
            )
        }
        guard cell.withState({ $0.shards[shard].owns(fields) }) else {
            throw ServiceError(.invalidArgument, "\(subject) because it did not come from this stream.")
        }
        return sequence
    }

    func getRecords(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let token = try request.string("ShardIterator")
        let limit = try request.integer("Limit")
        let arn = try request.string("StreamARN")
        var validation = Validation()
        validation.require(token != nil, "shardIterator")
        validation.length(token, 1...512, "shardIterator")
        validation.range(limit, 1...Int64(LocalLimits.recordsPerReadMax), "limit")
        StreamReference(name: nil, arn: arn).validate(&validation)
        try validation.check()

        let iterator = try openIterator(token ?? "", arn: arn, now: now)
        let reference = StreamReference(name: iterator.stream, arn: nil)
        let read = try liveStream(reference, now: now).withState { stream -> Shard.Read? in
            guard stream.incarnation == iterator.incarnation, Int(iterator.shard) < stream.shards.count else {
                return nil
            }
            stream.trim(now: now)
            return stream.shards[Int(iterator.shard)].read(
                from: iterator.index,
                limit: Int(limit ?? Int64(LocalLimits.recordsPerReadMax)),
                bytesMax: LocalLimits.readBytesMax,
                now: now
            )
        }
        guard let read else { throw Self.invalidIterator }
        var next = iterator
        next.index = read.nextIndex
        next.issuedAt = now
        return [
            "Records": .array(read.records.map(Self.recordValue)),
            "NextShardIterator": .string(next.token(seal)),
            "MillisBehindLatest": .integer(read.millisecondsBehind),
        ]
    }

    private static let invalidIterator = ServiceError(.invalidArgument, "Invalid ShardIterator.")

    private func openIterator(_ token: String, arn: String?, now: Int64) throws(ServiceError) -> ShardIterator {
        guard let iterator = ShardIterator(token: token, seal) else { throw Self.invalidIterator }
        if let arn, StreamReference.name(inARN: arn) != iterator.stream { throw Self.invalidIterator }
        guard now - iterator.issuedAt <= LocalLimits.iteratorLifetime else {
            throw ServiceError(
                .expiredIterator,
                "Iterator expired. The iterator was created at time \(UTCDate(milliseconds: iterator.issuedAt).longText) "
                    + "while right now it is \(UTCDate(milliseconds: now).longText) which is further in the future "
                    + "than the tolerated delay of \(LocalLimits.iteratorLifetime) milliseconds."
            )
        }
        return iterator
    }

    private static func recordValue(_ record: StoredRecord) -> WireValue {
        .map([
            ("SequenceNumber", .string(record.sequence.description)),
            ("ApproximateArrivalTimestamp", .timestamp(milliseconds: record.arrivedAt)),
            ("Data", .bytes(Array(record.data))),
            ("PartitionKey", .string(record.partitionKey)),
            ("EncryptionType", "NONE"),
        ])
    }
}
