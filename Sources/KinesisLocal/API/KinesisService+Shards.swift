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
            let rest = stream.visibleShards(now: now).filter { $0.index >= first }
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
        let createdAt = try request.timestamp("StreamCreationTimestamp")
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
        validation.choice(filterType, ShardFilter.types, "shardFilter.type")
        validation.name(filterShard, "shardFilter.shardId")
        try validation.check()

        var page: ShardPage
        if let token {
            guard reference.name == nil, start == nil, createdAt == nil else {
                throw ServiceError(
                    .invalidArgument,
                    "NextToken and StreamName, ExclusiveStartShardId or StreamCreationTimestamp cannot be provided "
                        + "together."
                )
            }
            page = try ShardPage(try openPage(token, .shardPage, now: now))
        } else {
            guard reference != StreamReference(name: nil, arn: nil) else {
                throw ServiceError(.invalidArgument, "Either NextToken or StreamName should be provided.")
            }
            page = ShardPage(stream: try reference.resolve(), first: 0)
        }
        let cell = try stream(StreamReference(name: page.stream, arn: nil), createdAt: createdAt, now: now)
        if let start { page.first = try shardIndex(start, in: cell) + 1 }
        if let filterType {
            page.filter = try ShardFilter(type: filterType, time: filterTime, hasShard: filterShard != nil)
            if let filterShard { page.first = max(page.first, try shardIndex(filterShard, in: cell) + 1) }
        }
        return cell.withState { stream in
            let rest = page.shards(of: stream, now: now)
            let listed = rest.prefix(Int(limit ?? 1000))
            var members: [(String, WireValue)] = [("Shards", .array(listed.map(shardDescription)))]
            if listed.count < rest.count, let last = listed.last {
                page.first = last.index + 1
                members.append(("NextToken", .string(self.page(.shardPage, after: page.text, now: now))))
            }
            return .map(members)
        }
    }

    /// The index of a shard of this stream.
    func shardIndex(_ text: String, in cell: StreamCell) throws(ServiceError) -> Int {
        let index = try shardIndex(text, stream: cell.name)
        guard index < cell.withState(\.shards.count) else { throw noShard(index, stream: cell.name) }
        return index
    }

    /// A stream that can be read, and the index of one of its shards; to a reader a stream that is gone is a missing shard.
    func liveShard(
        _ text: String,
        of reference: StreamReference,
        now: Int64
    ) throws(ServiceError) -> (StreamCell, Int) {
        let name = try reference.resolve()
        let index = try shardIndex(text, stream: name)
        let cell = registry.cell(name, now: now)
        let isThere = cell?.withState { stream in
            stream.isLive && index < stream.map.all.count && stream.isKept(stream.map[index], now: now)
        }
        guard let cell, isThere == true else { throw noShard(index, stream: name) }
        return (cell, index)
    }

    /// The index that a shard's name stands for.
    func shardIndex(_ text: String, stream: String) throws(ServiceError) -> Int {
        guard let index = ShardID.index(text) else { throw unknownShard(text, stream: stream) }
        return index
    }

    func unknownShard(_ text: String, stream: String) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "Could not find shard \(text) in stream \(stream) under account \(configuration.accountID)."
        )
    }

    private func noShard(_ index: Int, stream: String) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "Shard \(ShardID.text(index)) in stream \(stream) under account \(configuration.accountID) does not exist"
        )
    }

    private func shardDescription(_ shard: Shard) -> WireValue {
        var members: [(String, WireValue)] = [("ShardId", .string(shard.id))]
        for (name, parent) in zip(["ParentShardId", "AdjacentParentShardId"], shard.parents) {
            members.append((name, .string(ShardID.text(parent))))
        }
        members.append(("HashKeyRange", Self.value(of: shard.range)))
        var numbers: [(String, WireValue)] = [
            ("StartingSequenceNumber", .string(shard.startingSequence.description))
        ]
        if let closing = shard.closing {
            numbers.append(("EndingSequenceNumber", .string(closing.sequence.description)))
        }
        members.append(("SequenceNumberRange", .map(numbers)))
        return .map(members)
    }

    private static func value(of range: HashKeyRange) -> WireValue {
        ["StartingHashKey": .string(String(range.first)), "EndingHashKey": .string(String(range.last))]
    }

    /// The children of a shard, as a reader gets them who has reached its end.
    static func children(of shard: Int, in stream: StreamState) -> WireValue {
        .array(
            stream.map.children(of: shard).map { child in
                [
                    "ShardId": .string(child.id),
                    "ParentShards": .array(child.parents.map { .string(ShardID.text($0)) }),
                    "HashKeyRange": value(of: child.range),
                ]
            }
        )
    }
}
