import Kinesis

/// Splitting and merging shards.
extension KinesisService {
    func splitShard(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let shardID = try request.string("ShardToSplit")
        let hashKey = try request.string("NewStartingHashKey")
        var validation = Validation()
        validation.require(hashKey != nil, "newStartingHashKey")
        validation.decimal(hashKey, digitsMax: 39, Validation.hashKeyPattern, "newStartingHashKey")
        reference.validate(&validation)
        validation.require(shardID != nil, "shardToSplit")
        validation.name(shardID, "shardToSplit")
        try validation.check()

        let index = try shardIndex(shardID ?? "", stream: try reference.resolve())
        let cell = try anyStream(reference, now: now)
        try checkReshardable(cell, [index])
        try checkShardLimit(additional: 1, now: now)
        let range = cell.withState { $0.map[index].range }
        guard let hash = UInt128(hashKey ?? ""), hash > 0, hash - 1 > range.first, hash < range.last else {
            throw ServiceError(
                .invalidArgument,
                "NewStartingHashKey \(hashKey ?? "") used in SplitShard() on shard \(ShardID.text(index)) in stream "
                    + "\(cell.name) under account \(configuration.accountID) is not both greater than one plus the "
                    + "shard's StartingHashKey \(range.first) and less than the shard's EndingHashKey \(range.last)."
            )
        }
        try update(cell, .split(index, at: hash), now: now)
        return nil
    }

    func mergeShards(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let shardID = try request.string("ShardToMerge")
        let nextID = try request.string("AdjacentShardToMerge")
        var validation = Validation()
        reference.validate(&validation)
        validation.require(shardID != nil, "shardToMerge")
        validation.name(shardID, "shardToMerge")
        validation.require(nextID != nil, "adjacentShardToMerge")
        validation.name(nextID, "adjacentShardToMerge")
        try validation.check()

        let name = try reference.resolve()
        let (index, next) = (try shardIndex(shardID ?? "", stream: name), try shardIndex(nextID ?? "", stream: name))
        let cell = try anyStream(reference, now: now)
        try checkReshardable(cell, [index, next])
        guard cell.withState({ $0.map.areAdjacent(index, next) }) else {
            throw ServiceError(
                .invalidArgument,
                "Shards \(ShardID.text(index)) and \(ShardID.text(next)) in stream \(name) under account "
                    + "\(configuration.accountID) are not an adjacent pair of shards eligible for merging"
            )
        }
        try update(cell, .merge(index, next), now: now)
        return nil
    }

    func updateShardCount(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let target = try request.integer("TargetShardCount")
        let scaling = try request.string("ScalingType")
        var validation = Validation()
        validation.require(target != nil, "targetShardCount")
        validation.range(target, 1...Int64(Int32.max), "targetShardCount")
        reference.validate(&validation)
        validation.require(scaling != nil, "scalingType")
        validation.choice(scaling, ["UNIFORM_SCALING"], "scalingType")
        try validation.check()

        let cell = try anyStream(reference, now: now)
        try checkReshardable(cell, [])
        let (wanted, open) = (Int(target ?? 1), cell.withState(\.map.openCount))
        let counts = "Current open shard count: \(open), Target shard count: \(wanted)"
        guard wanted <= configuration.shardsMax else {
            throw ServiceError(
                .limitExceeded,
                "Target shard count or number of open shards cannot be greater than \(configuration.shardsMax). \(counts)"
            )
        }
        guard wanted <= 2 * open else {
            throw ServiceError(
                .limitExceeded,
                "UpdateShardCount cannot scale up over double your current open shard count. \(counts)"
            )
        }
        guard 2 * wanted >= open else {
            throw ServiceError(
                .limitExceeded,
                "UpdateShardCount cannot scale down below half your current open shard count. \(counts)"
            )
        }
        try checkShardLimit(additional: wanted - open, now: now)
        try update(cell, .scale(to: wanted), now: now)
        return [
            "StreamName": .string(cell.name), "StreamARN": .string(arn(cell.name)),
            "CurrentShardCount": .integer(Int64(open)), "TargetShardCount": .integer(Int64(wanted)),
        ]
    }

    /// Refuses shards that are not there, and streams whose shards nobody but the service changes.
    private func checkReshardable(_ cell: StreamCell, _ indices: [Int]) throws(ServiceError) {
        let (mode, count) = cell.withState { ($0.mode, $0.shards.count) }
        for index in indices where index >= count { throw unknownShard(ShardID.text(index), stream: cell.name) }
        for index in indices where !cell.withState({ $0.map[index].isOpen }) {
            throw ServiceError(
                .invalidArgument,
                "Shard \(ShardID.text(index)) in stream \(cell.name) under account \(configuration.accountID) has already "
                    + "been merged or split, and thus is not eligible for merging or splitting."
            )
        }
        if mode == .onDemand {
            throw ServiceError(
                .validation,
                "Request is invalid. Stream \(cell.name) under account \(configuration.accountID) is in On-Demand mode."
            )
        }
    }

    private func checkShardLimit(additional: Int, now: Int64) throws(ServiceError) {
        let current = registry.usage(now: now).shards
        guard additional <= 0 || current + additional <= configuration.shardsMax else {
            throw shardLimit(current: current, additional: additional)
        }
    }

    /// Changes a stream that is `ACTIVE`, and no other.
    ///
    /// - Parameters:
    ///   - cell: The stream.
    ///   - change: What becomes of its shards; nil leaves them.
    ///   - now: Epoch milliseconds.
    ///   - set: What is changed of the stream beside its shards.
    /// - Throws: `ResourceInUseException`; nothing was changed then.
    func update(
        _ cell: StreamCell,
        _ change: ShardChange? = nil,
        now: Int64,
        set: (inout StreamState) -> Void = { _ in }
    ) throws(ServiceError) {
        let status = cell.withState { stream -> String? in
            guard stream.phase == .active else { return stream.status }
            set(&stream)
            stream.update(change, delay: registry.transition, now: now)
            return nil
        }
        if let status { throw notActive(cell.name, status: status) }
    }

    func notActive(_ name: String, status: String) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "Stream \(name) under account \(configuration.accountID) not ACTIVE, instead in state \(status)"
        )
    }
}
