import Kinesis

/// Enhanced fan-out.
extension KinesisService {
    func subscribe(_ request: RequestReader, now: Int64) throws(ServiceError) -> Subscription {
        let arn = try request.string("ConsumerARN")
        let shardID = try request.string("ShardId")
        let position = try request.structure("StartingPosition")
        let type = try position?.string("Type")
        let number = try position?.string("SequenceNumber")
        let isDryRun = try request.bool("DryRun") ?? false
        let reference = ConsumerReference(arn: arn ?? "")
        var validation = Validation()
        validation.require(arn != nil, "consumerARN")
        if arn != nil { reference.validate(&validation) }
        validation.require(shardID != nil, "shardId")
        validation.name(shardID, "shardId")
        validation.require(position != nil, "startingPosition")
        if position != nil { validation.require(type != nil, "startingPosition.type") }
        validation.choice(type, StartingPosition.types, "startingPosition.type")
        validation.decimal(number, digitsMax: 129, Validation.numberPattern, "startingPosition.sequenceNumber")
        let start = StartingPosition(type: type ?? "", number: number, timestamp: try position?.timestamp("Timestamp"))
        try validation.check()

        let (named, consumer) = try consumer(reference, now: now)
        guard consumer.phase == .active else {
            throw ServiceError(
                .resourceInUse,
                "Consumer \(consumer.name) with creation timestamp \(consumer.createdAt / 1000) under stream: "
                    + "\(named.name) , account \(configuration.accountID) is not in ACTIVE status."
            )
        }
        let stream = StreamReference(name: named.name, arn: nil)
        let (cell, shard) = try liveShard(shardID ?? "", of: stream, now: now)
        let place = try start.place(
            for: .subscribeToShard,
            shard: shard,
            in: cell,
            account: configuration.accountID,
            now: now
        )
        if isDryRun { throw .dryRun }
        let key = SubscriptionTable.Key(consumer: consumerARN(consumer, stream: cell.name), shard: shard)
        guard let count = subscriptions.start(key, now: now) else {
            throw ServiceError(
                .resourceInUse,
                "Another active subscription exists for this consumer: "
                    + "\(configuration.accountID):\(cell.name):\(ShardID.text(shard)):\(consumer.name)"
            )
        }
        let (index, incarnation) = cell.withState { stream in
            stream.trim(now: now)
            return (place.index(in: stream.map[shard]), stream.incarnation)
        }
        return Subscription(
            service: self,
            key: key,
            number: count,
            consumer: reference,
            stream: cell.name,
            incarnation: incarnation,
            wire: request.wire,
            startedAt: now,
            index: index
        )
    }
}
