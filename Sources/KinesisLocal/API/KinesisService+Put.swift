import Kinesis

/// Writing records.
extension KinesisService {
    func putRecords(
        _ body: UnsafeRawBufferPointer,
        wire: KinesisWire,
        now: Int64
    ) throws(ServiceError) -> Answer {
        let request = try PutRequest(putRecords: body, wire: wire)
        let (outcomes, isDropped, stream) = try commit(request, isList: true, now: now)
        let answer = PutAnswer(outcomes: outcomes, stream: stream, accountID: configuration.accountID)
        return Answer(body: answer.encode(wire), dropsConnection: isDropped)
    }

    func putRecord(_ reader: RequestReader, now: Int64) throws(ServiceError) -> Answer {
        let request = try PutRequest(putRecord: reader)
        if let ordering = try reader.string("SequenceNumberForOrdering") {
            try checkOrdering(ordering, request.stream, now: now)
        }
        let (outcomes, isDropped, stream) = try commit(request, isList: false, now: now)
        guard let outcome = outcomes.first else { preconditionFailure("a put of no record") }
        switch outcome {
        case .stored(let shard, let sequence):
            let output: WireValue = [
                "ShardId": .string(ShardID.text(shard)),
                "SequenceNumber": .string(sequence.description),
                "EncryptionType": "NONE",
            ]
            return Answer(body: reader.wire.encode(output), dropsConnection: isDropped)
        case .throttled(let shard):
            throw Self.throttled(shard: shard, stream: stream, accountID: configuration.accountID)
        case .failed: throw .internalFailure
        }
    }

    static func throttled(shard: Int, stream: String, accountID: String) -> ServiceError {
        ServiceError(
            .throughputExceeded,
            "Rate exceeded for shard \(ShardID.text(shard)) in stream \(stream) under account \(accountID)."
        )
    }

    private func commit(
        _ request: PutRequest,
        isList: Bool,
        now: Int64
    ) throws(ServiceError) -> (outcomes: [PutOutcome], isDropped: Bool, stream: String) {
        let cell = try liveStream(request.stream, now: now)
        try request.checkRecordSizes(cell.withState(\.recordBytesMax), isList: isList)
        let faults = dice.decide(records: request.batch.entries.count)
        if faults.failsBeforeCommit { throw .internalFailure }
        let outcomes = cell.withState { $0.put(request.batch, faults: faults.records, now: now) }
        return (outcomes, faults.dropsAfterCommit, cell.name)
    }

    /// A number to follow must have been given out by this endpoint, and not in the future; every new one is larger then.
    private func checkOrdering(_ text: String, _ reference: StreamReference, now: Int64) throws(ServiceError) {
        if let fields = SequenceNumber(text)?.fields, fields.arrivalSeconds <= UInt64(max(0, now)) / 1000 { return }
        throw ServiceError(
            .invalidArgument,
            "ExclusiveMinimumSequenceNumber \(text) used in PutRecord on stream \(try reference.resolve()) "
                + "under account \(configuration.accountID) is invalid."
        )
    }
}
