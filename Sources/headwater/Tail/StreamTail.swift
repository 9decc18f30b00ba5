import Kinesis

/// Follows all shards of a stream from a place on, over any endpoint.
struct StreamTail {
    /// Where to begin in each shard.
    enum Start {
        /// With the oldest record that is kept.
        case beginning
        /// With what comes from now on.
        case end
        /// With what arrived at an instant or later, in milliseconds since 1970.
        case instant(Int64)
    }

    private let client: KinesisClient
    private let stream: String
    /// Iterators by shard; nil = the shard was read to its end.
    private var iterators: [String: String?] = [:]

    init(client: KinesisClient, stream: String) {
        self.client = client
        self.stream = stream
    }

    /// Finds the shards and opens an iterator in each.
    mutating func begin(at start: Start) async throws(KinesisError) {
        for shard in try await shards() where iterators[shard] == nil {
            iterators[shard] = .some(try await iterator(shard, start))
        }
    }

    /// The shards that were found.
    var shardCount: Int { iterators.count }

    /// Reads every shard once.
    ///
    /// - Returns: What was read, in order within each shard.
    mutating func next() async throws(KinesisError) -> [StreamRecord] {
        var records: [StreamRecord] = []
        var hasClosed = false
        for (shard, iterator) in iterators.sorted(by: { $0.key < $1.key }) {
            guard let iterator else { continue }
            guard let answer = try await read(shard, iterator) else { continue }
            records += StreamTail.records(of: answer, shard: shard)
            let following = answer["NextShardIterator"]?.string
            iterators[shard] = .some(following)
            if following == nil { hasClosed = true }
        }
        // A shard that ended has children, whose records begin where its own end.
        if hasClosed { try await begin(at: .beginning) }
        return records
    }

    /// Reads one shard; nil when the service wants to be asked less often.
    private mutating func read(_ shard: String, _ iterator: String) async throws(KinesisError) -> WireValue? {
        do throws(KinesisError) {
            return try await client.perform(
                "GetRecords",
                ["ShardIterator": .string(iterator), "Limit": 10_000]
            )
        } catch {
            guard error.code.rawValue == "ProvisionedThroughputExceededException" || error.isRetriable else {
                throw error
            }
            return nil
        }
    }

    private func shards() async throws(KinesisError) -> [String] {
        var found: [String] = []
        var request: WireValue = ["StreamName": .string(stream)]
        while true {
            let answer = try await client.perform("ListShards", request)
            found += (answer["Shards"]?.array ?? []).compactMap { $0["ShardId"]?.string }
            guard let token = answer["NextToken"]?.string else { return found }
            request = ["NextToken": .string(token)]
        }
    }

    private func iterator(_ shard: String, _ start: Start) async throws(KinesisError) -> String? {
        var members: [(String, WireValue)] = [("StreamName", .string(stream)), ("ShardId", .string(shard))]
        switch start {
        case .beginning: members.append(("ShardIteratorType", "TRIM_HORIZON"))
        case .end: members.append(("ShardIteratorType", "LATEST"))
        case .instant(let milliseconds):
            members.append(("ShardIteratorType", "AT_TIMESTAMP"))
            members.append(("Timestamp", .timestamp(milliseconds: milliseconds)))
        }
        return try await client.perform("GetShardIterator", .map(members))["ShardIterator"]?.string
    }

    private static func records(of answer: WireValue, shard: String) -> [StreamRecord] {
        (answer["Records"]?.array ?? []).compactMap { record in
            guard let sequence = record["SequenceNumber"]?.string, let data = record["Data"]?.blob else { return nil }
            return StreamRecord(
                shard: shard,
                sequence: sequence,
                partitionKey: record["PartitionKey"]?.string ?? "",
                data: data,
                arrivedAt: record["ApproximateArrivalTimestamp"]?.timestampMilliseconds ?? 0
            )
        }
    }
}
