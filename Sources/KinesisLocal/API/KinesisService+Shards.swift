import Kinesis

/// Describing shards.
extension KinesisService {
    func describeStream(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let limit = try request.integer("Limit")
        let start = try request.string("ExclusiveStartShardId")
        var validation = Validation()
        reference.validate(&validation)
        validation.range(limit, 1...10_000, "limit")
        validation.name(start, "exclusiveStartShardId")
        try validation.check()

        let cell = try anyStream(reference, now: now)
        let first = try start.map { text throws(ServiceError) in try shardIndex(text, in: cell) + 1 } ?? 0
        let description = cell.withState { stream in
            let rest = stream.visibleShards.dropFirst(first)
            // At most 100 shards come back, whatever larger limit was asked for.
            let page = rest.prefix(min(Int(limit ?? 100), 100))
            var members = self.description(of: stream)
            members.append(("Shards", .array(page.map(shardDescription))))
            members.append(("HasMoreShards", .bool(page.count < rest.count)))
            return WireValue.map(members)
        }
        return ["StreamDescription": description]
    }

    func listShards(_ request: RequestReader, now: Int64) throws(ServiceError) -> WireValue? {
        let reference = try StreamReference(request)
        let token = try request.string("NextToken")
        let start = try request.string("ExclusiveStartShardId")
        let limit = try request.integer("MaxResults")
        let filter = try request.structure("ShardFilter")
        let filterType = try filter?.string("Type")
        let filterShard = try filter?.string("ShardId")
        let filterTime = try filter?.timestamp("Timestamp")
        var validation = Validation()
        reference.validate(&validation)
        validation.length(token, 1...1_048_576, "nextToken")
        validation.name(start, "exclusiveStartShardId")
        validation.range(limit, 1...10_000, "maxResults")
        if filter != nil { validation.require(filterType != nil, "shardFilter.type") }
        validation.choice(filterType, Self.shardFilters, "shardFilter.type")
        validation.name(filterShard, "shardFilter.shardId")
        try validation.check()

        let (cell, first) = try firstShard(reference, token: token, start: start, now: now)
        var after = first
        switch filterType {
        case "AFTER_SHARD_ID":
            guard let filterShard else {
                throw ServiceError(.invalidArgument, "ShardFilter of type AFTER_SHARD_ID must have a ShardId.")
            }
            after = max(after, try shardIndex(filterShard, in: cell) + 1)
        case "AT_TIMESTAMP", "FROM_TIMESTAMP":
            guard filterTime != nil else {
                throw ServiceError(.invalidArgument, "ShardFilter of type \(filterType ?? "") must have a Timestamp.")
            }
        default: break
        }
        return cell.withState { stream in
            // Every shard is as old as its stream, so that a point in time shows all of them or none.
            let isBefore = filterType == "AT_TIMESTAMP" && (filterTime ?? now) < stream.createdAt
            let rest = isBefore ? [] : stream.visibleShards.dropFirst(after)
            let page = rest.prefix(Int(limit ?? 1000))
            var members: [(String, WireValue)] = [("Shards", .array(page.map(shardDescription)))]
            if page.count < rest.count, let last = page.last {
                members.append(
                    ("NextToken", .string(self.page(.shardPage, after: "\(last.id) \(stream.name)", now: now)))
                )
            }
            return .map(members)
        }
    }

    private static let shardFilters = [
        "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP",
    ]

    /// The stream and the index of the first shard to list: from a token, or from the request's own members.
    private func firstShard(
        _ reference: StreamReference,
        token: String?,
        start: String?,
        now: Int64
    ) throws(ServiceError) -> (StreamCell, Int) {
        guard let token else {
            guard reference != StreamReference(name: nil, arn: nil) else {
                throw ServiceError(.invalidArgument, "Either NextToken or StreamName should be provided.")
            }
            let cell = try anyStream(reference, now: now)
            return (cell, try start.map { text throws(ServiceError) in try shardIndex(text, in: cell) + 1 } ?? 0)
        }
        guard reference.name == nil, start == nil else {
            throw ServiceError(.invalidArgument, "NextToken and StreamName cannot be provided together.")
        }
        let parts = try openPage(token, .shardPage, now: now).split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let last = ShardID.index(String(parts[0])) else {
            throw ServiceError(.invalidArgument, "NextToken is invalid.")
        }
        return (try anyStream(StreamReference(name: String(parts[1]), arn: nil), now: now), last + 1)
    }

    /// The index of a shard of this stream.
    func shardIndex(_ text: String, in cell: StreamCell) throws(ServiceError) -> Int {
        let account = configuration.accountID
        guard let index = ShardID.index(text) else {
            throw ServiceError(
                .resourceNotFound,
                "Could not find shard \(text) in stream \(cell.name) under account \(account)."
            )
        }
        guard index < cell.withState(\.shards.count) else {
            throw ServiceError(
                .resourceNotFound,
                "Shard \(text) in stream \(cell.name) under account \(account) does not exist"
            )
        }
        return index
    }

    private func shardDescription(_ shard: Shard) -> WireValue {
        [
            "ShardId": .string(shard.id),
            "HashKeyRange": [
                "StartingHashKey": .string(String(shard.range.first)),
                "EndingHashKey": .string(String(shard.range.last)),
            ],
            "SequenceNumberRange": ["StartingSequenceNumber": .string(shard.startingSequence.description)],
        ]
    }
}
