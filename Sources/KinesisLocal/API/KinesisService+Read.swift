import Kinesis

/// Reading records.
extension KinesisService {
    func getShardIterator(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let shardID = try request.string("ShardId")
        let type = try request.string("ShardIteratorType")
        let number = try request.string("StartingSequenceNumber")
        let timestamp = try request.timestamp("Timestamp")
        let isDryRun = try request.bool("DryRun") ?? false
        var validation = Validation()
        reference.validate(&validation)
        validation.require(shardID != nil, "shardId")
        validation.name(shardID, "shardId")
        validation.require(type != nil, "shardIteratorType")
        validation.choice(type, StartingPosition.types, "shardIteratorType")
        validation.decimal(number, digitsMax: 129, Validation.numberPattern, "startingSequenceNumber")
        try validation.check()

        let (cell, shard) = try liveShard(shardID ?? "", of: reference, now: now)
        let start = StartingPosition(type: type ?? "", number: number, timestamp: timestamp)
        let place = try start.place(
            for: .getShardIterator,
            shard: shard,
            in: cell,
            account: configuration.accountID,
            now: now
        )
        if isDryRun { throw .dryRun }
        return cell.withState { stream in
            stream.trim(now: now)
            let iterator = ShardIterator(
                stream: stream.name,
                incarnation: stream.incarnation,
                shard: UInt32(shard),
                index: place.index(in: stream.map[shard]),
                issuedAt: now
            )
            return ["ShardIterator": .string(iterator.token(seal))]
        }
    }

    func getRecords(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let token = try request.string("ShardIterator")
        let limit = try request.integer("Limit")
        let arn = try request.string("StreamARN")
        let isDryRun = try request.bool("DryRun") ?? false
        var validation = Validation()
        validation.require(token != nil, "shardIterator")
        validation.length(token, 1...512, "shardIterator")
        validation.range(limit, 1...Int64(LocalLimits.recordsPerReadMax), "limit")
        StreamReference(name: nil, arn: arn).validate(&validation)
        try validation.check()

        let iterator = try openIterator(token ?? "", arn: arn, now: now)
        let reference = StreamReference(name: iterator.stream, arn: nil)
        let (cell, shard) = try liveShard(ShardID.text(Int(iterator.shard)), of: reference, now: now)
        if isDryRun { throw .dryRun }
        let (read, children, incarnation) = cell.withState { stream in
            stream.trim(now: now)
            let read = stream.map[shard].read(
                // Everything in a later stream of the same name comes after what an iterator of the earlier one has seen.
                from: stream.incarnation == iterator.incarnation ? iterator.index : 0,
                limit: Int(limit ?? Int64(LocalLimits.recordsPerReadMax)),
                bytesMax: LocalLimits.readBytesMax,
                now: now
            )
            return (read, read.isAtEnd ? Self.children(of: shard, in: stream) : nil, stream.incarnation)
        }
        var members: [(String, WireValue)] = [
            ("Records", .array(read.records.map(Self.recordValue))),
            ("MillisBehindLatest", .integer(read.millisecondsBehind)),
        ]
        if let children {
            members.append(("ChildShards", children))
            return .map(members)
        }
        var next = iterator
        next.incarnation = incarnation
        next.index = read.nextIndex
        next.issuedAt = now
        members.append(("NextShardIterator", .string(next.token(seal))))
        return .map(members)
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

    static func recordValue(_ record: StoredRecord) -> WireValue {
        .map([
            ("SequenceNumber", .string(record.sequence.description)),
            ("ApproximateArrivalTimestamp", .timestamp(milliseconds: record.arrivedAt)),
            ("Data", .bytes(Array(record.data))),
            ("PartitionKey", .string(record.partitionKey)),
            ("EncryptionType", .string(encryptionType(record.isEncrypted))),
        ])
    }
}
