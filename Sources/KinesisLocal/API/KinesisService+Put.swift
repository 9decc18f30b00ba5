import Kinesis

/// Writing records.
extension KinesisService {
    func putRecords(
        _ body: UnsafeRawBufferPointer,
        wire: KinesisWire,
        now: Int64
    ) throws(ServiceError) -> Answer {
        let request = try PutRequest(putRecords: body, wire: wire)
        let put = try commit(request, isList: true, now: now)
        let answer = PutAnswer(
            outcomes: put.outcomes,
            stream: put.stream,
            isEncrypted: put.isEncrypted,
            accountID: configuration.accountID
        )
        return Answer(body: answer.encode(wire))
    }

    func putRecord(_ reader: RequestReader, now: Int64) throws(ServiceError) -> Answer {
        let request = try PutRequest(putRecord: reader)
        if let ordering = try reader.string("SequenceNumberForOrdering") {
            try checkOrdering(ordering, request.stream, now: now)
        }
        let put = try commit(request, isList: false, now: now)
        guard let outcome = put.outcomes.first else { preconditionFailure("a put of no record") }
        switch outcome {
        case .stored(let shard, let sequence):
            let output: WireValue = [
                "ShardId": .string(ShardID.text(shard)),
                "SequenceNumber": .string(sequence.description),
                "EncryptionType": .string(Self.encryptionType(put.isEncrypted)),
            ]
            return Answer(body: reader.wire.encode(output))
        case .throttled(let shard):
            throw Self.throttled(shard: shard, stream: put.stream, accountID: configuration.accountID)
        case .failed: throw .internalFailure
        }
    }

    static func throttled(shard: Int, stream: String, accountID: String) -> ServiceError {
        ServiceError(
            .throughputExceeded,
            "Rate exceeded for shard \(ShardID.text(shard)) in stream \(stream) under account \(accountID)."
        )
    }

    /// What became of a put.
    private struct Put {
        var outcomes: [PutOutcome]
        var stream: String
        var isEncrypted: Bool
    }

    private func commit(_ request: PutRequest, isList: Bool, now: Int64) throws(ServiceError) -> Put {
        let cell = try liveStream(request.stream, now: now)
        try request.checkRecordSizes(cell.withState(\.recordBytesMax), isList: isList)
        if request.isDryRun { throw .dryRun }
        let faults = dice.decide(records: request.batch.entries.count)
        return cell.withState { stream in
            let outcomes = stream.put(request.batch, faults: faults, now: now)
            return Put(
                outcomes: outcomes,
                stream: stream.name,
                isEncrypted: stream.encryptionKey != nil
            )
        }
    }

    /// A number to follow must be one that the service could have given out by now; it need not be of this stream.
    private func checkOrdering(_ text: String, _ reference: StreamReference, now: Int64) throws(ServiceError) {
        let isPast: Bool
        do throws(QuotedSequenceNumber.Unreadable) {
            let quoted = try QuotedSequenceNumber(text)
            // A shard that came from another begins a second ahead.
            isPast = Int64(quoted.arrivalSeconds ?? 0) <= now / 1000 + 1
        } catch .fatal {
            throw .internalFailure
        } catch {
            isPast = false
        }
        if isPast { return }
        throw ServiceError(
            .invalidArgument,
            "ExclusiveMinimumSequenceNumber \(text) used in PutRecord on stream \(try reference.resolve()) "
                + "under account \(configuration.accountID) is invalid."
        )
    }
}
