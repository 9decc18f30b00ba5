import Kinesis

@testable import KinesisLocal

extension StreamState {
    /// A stream of that many shards at time 1,000 s.
    static func sample(
        shards: Int = 4,
        age: Int64 = 86_400_000,
        bytes: Int = 1 << 28,
        isLimited: Bool = false
    ) -> StreamState {
        StreamState(
            Settings(name: "orders", shardCount: shards),
            incarnation: 1,
            retention: Retention(age: age, bytes: bytes),
            isLimited: isLimited,
            createdAt: 1_000_000
        )
    }
}

extension RecordBatch {
    /// Records with these partition keys and data.
    static func sample(_ records: [(key: String, data: String)]) -> RecordBatch {
        var batch = RecordBatch(bytes: [], entries: [])
        for (key, data) in records {
            let start = UInt32(batch.bytes.count)
            let dataCount = UInt32(data.utf8.count)
            batch.bytes += Array(data.utf8) + Array(key.utf8)
            batch.entries.append(
                Entry(
                    dataStart: start,
                    dataCount: dataCount,
                    keyStart: start + dataCount,
                    keyCount: UInt32(key.utf8.count),
                    hash: HashKey.hash(key)
                )
            )
        }
        return batch
    }
}

extension StoredRecord {
    var text: String { String(decoding: data, as: UTF8.self) }
}

/// A service at a time that the test sets, spoken to in JSON trees.
final class ServiceUnderTest {
    let service: KinesisService
    var now: Int64 = 1_700_000_000_000
    var wire = KinesisWire.json

    init(_ configuration: KinesisLocalServer.Configuration = .init(accountID: "111122223333")) {
        service = KinesisService(configuration)
    }

    func call(_ operation: KinesisLocal.Operation, _ input: WireValue) throws(ServiceError) -> WireValue {
        let body = wire.encode(input)
        let answer = try raw(operation, body)
        guard !answer.body.isEmpty else { return .null }
        do {
            return try wire.decode(answer.body)
        } catch {
            throw ServiceError(.internalFailure, "the answer cannot be read: \(error)")
        }
    }

    func raw(_ operation: KinesisLocal.Operation, _ body: [UInt8]) throws(ServiceError) -> KinesisService.Answer {
        let result = body.withUnsafeBytes { bytes in
            Result { () throws(ServiceError) in
                try service.answer(operation, body: bytes, wire: wire, now: now)
            }
        }
        return try result.get()
    }

    /// The refusal of a call that must be refused.
    func refusal(_ operation: KinesisLocal.Operation, _ input: WireValue) -> ServiceError? {
        do throws(ServiceError) {
            _ = try call(operation, input)
            return nil
        } catch {
            return error
        }
    }

    /// An iterator of a shard.
    func iterator(_ members: [(String, WireValue)], shard: Int = 0, stream: String = "orders") throws -> String {
        let base: [(String, WireValue)] = [
            ("StreamName", .string(stream)), ("ShardId", .string(ShardID.text(shard))),
        ]
        let answer = try call(.getShardIterator, .map(base + members))
        return answer["ShardIterator"]?.string ?? ""
    }

    /// Writes one record and answers its sequence number.
    @discardableResult
    func put(_ text: String, key: String = "k", stream: String = "orders") throws -> String {
        let answer = try call(
            .putRecord,
            ["StreamName": .string(stream), "PartitionKey": .string(key), "Data": .bytes(Array(text.utf8))]
        )
        return answer["SequenceNumber"]?.string ?? ""
    }

    /// Reads from an iterator.
    func read(_ iterator: String, limit: Int64? = nil) throws -> (texts: [String], next: String, behind: Int64) {
        var input: [(String, WireValue)] = [("ShardIterator", .string(iterator))]
        if let limit { input.append(("Limit", .integer(limit))) }
        let answer = try call(.getRecords, .map(input))
        let texts = (answer["Records"]?.array ?? []).map { String(decoding: $0["Data"]?.blob ?? [], as: UTF8.self) }
        return (texts, answer["NextShardIterator"]?.string ?? "", answer["MillisBehindLatest"]?.integer ?? -1)
    }
}
