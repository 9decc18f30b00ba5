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
        /// After a record.
        case after(sequence: String)
    }

    /// How far a shard was read.
    private struct Position {
        /// Where reading began.
        var start: Start
        /// What is asked next; nil = the shard was read to its end.
        var iterator: String?
        /// The last record that was read.
        var sequence: String?
        /// Whether the service said that nothing newer was there.
        var isAtEnd = false
    }

    private let client: KinesisClient
    private let stream: String
    private var positions: [String: Position] = [:]

    init(client: KinesisClient, stream: String) {
        self.client = client
        self.stream = stream
    }

    /// Finds the shards and opens an iterator in each.
    mutating func begin(at start: Start) async throws(KinesisError) {
        for shard in try await shards() where positions[shard] == nil {
            positions[shard] = Position(start: start, iterator: try await iterator(shard, start))
        }
    }

    /// Whether every shard had nothing newer when it was last read.
    var isAtEnd: Bool { positions.values.allSatisfy { $0.isAtEnd || $0.iterator == nil } }

    /// Reads every shard once.
    ///
    /// - Returns: What was read, in order within each shard; the records of aggregates one by one.
    mutating func next() async throws(KinesisError) -> [StreamRecord] {
        var records: [StreamRecord] = []
        var hasClosed = false
        for shard in positions.keys.sorted() {
            guard var position = positions[shard], let iterator = position.iterator else { continue }
            guard let answer = try await read(shard, iterator) else { continue }
            let read = StreamTail.records(of: answer, shard: shard)
            records += read
            position.sequence = read.last?.sequence ?? position.sequence
            position.iterator = answer["NextShardIterator"]?.string
            position.isAtEnd = read.isEmpty && (answer["MillisBehindLatest"]?.integer ?? 0) == 0
            positions[shard] = position
            if position.iterator == nil { hasClosed = true }
        }
        // A shard that ended has children, whose records begin where its own end.
        if hasClosed { try await begin(at: .beginning) }
        return records
    }

    /// Reads one shard; nil when it has to be asked again later.
    private mutating func read(_ shard: String, _ iterator: String) async throws(KinesisError) -> WireValue? {
        do throws(KinesisError) {
            return try await client.perform(
                "GetRecords",
                ["ShardIterator": .string(iterator), "Limit": 10_000]
            )
        } catch  where error.code.rawValue == "ExpiredIteratorException" {
            guard let position = positions[shard] else { return nil }
            let renewed = try await self.iterator(shard, position.sequence.map(Start.after) ?? position.start)
            positions[shard]?.iterator = renewed
            return nil
        } catch  where error.isRetriable {
            positions[shard]?.isAtEnd = false
            return nil
        } catch {
            throw error
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
        case .after(let sequence):
            members.append(("ShardIteratorType", "AFTER_SEQUENCE_NUMBER"))
            members.append(("StartingSequenceNumber", .string(sequence)))
        }
        return try await client.perform("GetShardIterator", .map(members))["ShardIterator"]?.string
    }

    private static func records(of answer: WireValue, shard: String) -> [StreamRecord] {
        (answer["Records"]?.array ?? []).flatMap { record -> [StreamRecord] in
            guard let sequence = record["SequenceNumber"]?.string, let data = record["Data"]?.blob else { return [] }
            let whole = StreamRecord(
                shard: shard,
                sequence: sequence,
                partitionKey: record["PartitionKey"]?.string ?? "",
                data: data,
                arrivedAt: record["ApproximateArrivalTimestamp"]?.timestampMilliseconds ?? 0
            )
            guard let aggregate = KPLAggregate(data) else { return [whole] }
            return aggregate.members.enumerated().map { place, member in
                var part = whole
                part.place = place
                part.partitionKey = member.partitionKey
                part.data = member.data
                return part
            }
        }
    }
}
