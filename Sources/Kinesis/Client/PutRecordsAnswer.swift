/// Reads the results of a PutRecords request.
///
/// The usual answer is scanned without building a tree; anything unusual (escapes, indefinite strings, unknown types) goes
/// through the wire's own reader.
enum PutRecordsAnswer {
    /// The positions of one result's members in the answer.
    struct Entry {
        var sequence: Range<UInt32>?
        var shard: Range<UInt32>?
        var errorCode: Range<UInt32>?
    }

    /// What the answer says: the results, and how many of them are failures.
    struct Members {
        var entries: [Entry]
        var failedCount: Int?
    }

    /// The results in the order of the request's records; nil if the answer is not one of PutRecords.
    static func results(_ answer: [UInt8], wire: KinesisWire) -> [RecordResult]? {
        scannedResults(answer, wire: wire) ?? walkedResults(answer, wire: wire)
    }

    /// The results by the scanner; nil if the answer is unusual.
    static func scannedResults(_ answer: [UInt8], wire: KinesisWire) -> [RecordResult]? {
        guard answer.count <= Int(UInt32.max) else { return nil }
        let members: Members?
        switch wire {
        case .json:
            var scanner = JSONAnswerScanner(answer.span)
            members = scanner.members()
        case .cbor:
            var scanner = CBORAnswerScanner(answer.span)
            members = scanner.members()
        }
        guard let members else { return nil }
        var results: [RecordResult] = []
        results.reserveCapacity(members.entries.count)
        var failures = 0
        for entry in members.entries {
            if let code = entry.errorCode {
                guard let error = error(text(answer, code)) else { return nil }
                results.append(.failed(error))
                failures += 1
            } else if let sequence = entry.sequence, let shard = entry.shard, !sequence.isEmpty, !shard.isEmpty {
                results.append(.written(Receipt(answer: answer, shard: shard, sequence: sequence)))
            } else {
                return nil
            }
        }
        return members.failedCount.map { $0 == failures } == false ? nil : results
    }

    /// The results by the wire's reader; nil if the answer is not one of PutRecords.
    static func walkedResults(_ answer: [UInt8], wire: KinesisWire) -> [RecordResult]? {
        // What cannot be read is told by nil; the caller says which request it was.
        guard let document = try? wire.decode(answer), let items = document["Records"]?.array else { return nil }
        var results: [RecordResult] = []
        var failures: Int64 = 0
        for item in items {
            if let code = item["ErrorCode"]?.string {
                guard let error = error(code) else { return nil }
                results.append(.failed(error))
                failures += 1
            } else if let sequence = item["SequenceNumber"]?.string, let shard = item["ShardId"]?.string,
                !sequence.isEmpty, !shard.isEmpty
            {
                results.append(.written(Receipt(shardID: shard, sequenceNumber: sequence)))
            } else {
                return nil
            }
        }
        let failedCount = document["FailedRecordCount"] ?? .null
        return failedCount == .null || failedCount.integer == failures ? results : nil
    }

    /// A record's error; nil for a name that the service cannot have given.
    ///
    /// Its message is not read, for it may hold the record.
    private static func error(_ name: String) -> KinesisError? {
        guard let code = KinesisError.Code(service: name) else { return nil }
        return KinesisError(code, KinesisError.words(for: code), disposition: .init(recordErrorCode: code))
    }

    private static func text(_ answer: [UInt8], _ range: Range<UInt32>) -> String {
        String(decoding: answer[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
    }
}
