import Kinesis

/// Where a reader asks to start in a shard.
struct StartingPosition {
    /// The name of the kind of start.
    var type: String
    var number: String?
    /// Epoch milliseconds.
    var timestamp: Int64?

    static let types = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"]

    /// A start that fits its shard.
    enum Place: Equatable, Sendable {
        case oldest
        case latest
        case at(SequenceNumber)
        case after(SequenceNumber)
        case time(Int64)

        func index(in shard: Shard) -> UInt64 {
            switch self {
            case .oldest: shard.firstIndex
            case .latest: shard.endIndex
            case .at(let sequence): shard.index(at: sequence)
            case .after(let sequence): shard.index(after: sequence)
            case .time(let milliseconds): shard.index(atTime: milliseconds)
            }
        }
    }

    /// Finds the place, or says as the service does why there is none.
    ///
    /// - Parameters:
    ///   - operation: The operation that asked, for the message.
    ///   - shard: The index of a shard of the stream.
    ///   - cell: The stream.
    ///   - account: The account in messages.
    ///   - now: Epoch milliseconds.
    /// - Returns: The place.
    /// - Throws: `InvalidArgumentException`.
    func place(
        for operation: Operation,
        shard: Int,
        in cell: StreamCell,
        account: String,
        now: Int64
    ) throws(ServiceError) -> Place {
        switch type {
        case "AT_TIMESTAMP":
            guard let timestamp else {
                throw ServiceError(
                    .invalidArgument,
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                        + "Current request has no timestamp parameter."
                )
            }
            guard timestamp <= now else {
                throw ServiceError(
                    .invalidArgument,
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                        + "timestampInMillis: \(timestamp), currentTimestampInMillis: \(now)"
                )
            }
            return .time(timestamp)
        case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
            guard let number else { throw mismatch("no StartingSequenceNumber") }
            let sequence = try sequence(number, for: operation, shard: shard, in: cell, account: account)
            return type == "AT_SEQUENCE_NUMBER" ? .at(sequence) : .after(sequence)
        default:
            guard number == nil else { throw mismatch("also a StartingSequenceNumber") }
            return type == "LATEST" ? .latest : .oldest
        }
    }

    private func mismatch(_ what: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
                + "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified \(type) and \(what)."
        )
    }

    private func sequence(
        _ text: String,
        for operation: Operation,
        shard: Int,
        in cell: StreamCell,
        account: String
    ) throws(ServiceError) -> SequenceNumber {
        func subject(_ shown: String) -> String {
            "StartingSequenceNumber \(shown) used in \(operation.rawValue) on shard \(ShardID.text(shard)) "
                + "in stream \(cell.name) under account \(account) is invalid"
        }
        let quoted: QuotedSequenceNumber
        do throws(QuotedSequenceNumber.Unreadable) {
            quoted = try QuotedSequenceNumber(text)
        } catch {
            throw ServiceError(.invalidArgument, "\(subject(text)).")
        }
        guard quoted.shardIndex == shard else {
            throw ServiceError(
                .invalidArgument,
                "Invalid StartingSequenceNumber. It encodes \(ShardID.text(quoted.shardIndex)), "
                    + "while it was used in a call to a shard with \(ShardID.text(shard))"
            )
        }
        guard let sequence = quoted.current, cell.withState({ $0.map[shard].owns(quoted) }) else {
            throw ServiceError(
                .invalidArgument,
                "\(subject(quoted.text)) because it did not come from this stream."
            )
        }
        return sequence
    }
}
