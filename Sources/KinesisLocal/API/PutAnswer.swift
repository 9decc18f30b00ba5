import Kinesis

/// Writes the answer to PutRecords.
///
/// A result is the same but for its sequence number and its shard, so each shard's text is made once per answer.
struct PutAnswer {
    let outcomes: [PutOutcome]
    let stream: String
    let isEncrypted: Bool
    let accountID: String

    func encode(_ wire: KinesisWire) -> [UInt8] {
        switch wire {
        case .json: json()
        case .cbor: cbor()
        }
    }

    private var encryptionType: String { KinesisService.encryptionType(isEncrypted) }

    private var failedCount: Int {
        outcomes.reduce(0) { count, outcome in
            if case .stored = outcome { count } else { count + 1 }
        }
    }

    /// The code and the message of a refused record.
    private func refusal(_ outcome: PutOutcome) -> (code: String, message: String) {
        switch outcome {
        case .throttled(let shard):
            let error = KinesisService.throttled(shard: shard, stream: stream, accountID: accountID)
            return (error.code.name, error.message)
        case .failed, .stored: return (ServiceError.internalFailure.code.name, ServiceError.internalFailure.message)
        }
    }

    // MARK: JSON

    private func json() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + outcomes.count * 128)
        bytes.append(contentsOf: #"{"FailedRecordCount":"#.utf8)
        bytes.append(contentsOf: String(failedCount).utf8)
        bytes.append(contentsOf: #","EncryptionType":"\#(encryptionType)","Records":["#.utf8)
        let head = Array(#"{"SequenceNumber":""#.utf8)
        var tails: [Int: [UInt8]] = [:]
        for (index, outcome) in outcomes.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            guard case .stored(let shard, let sequence) = outcome else {
                let (code, message) = refusal(outcome)
                KinesisWire.json.encode(
                    ["ErrorCode": .string(code), "ErrorMessage": .string(message)],
                    into: &bytes
                )
                continue
            }
            bytes.append(contentsOf: head)
            Self.append(sequence, to: &bytes)
            let tail = tails[shard] ?? Array(#"","ShardId":"\#(ShardID.text(shard))"}"#.utf8)
            tails[shard] = tail
            bytes.append(contentsOf: tail)
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    private static func append(_ sequence: SequenceNumber, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SequenceNumber.digitCount) { digits in
            sequence.write(into: digits, at: 0)
            bytes.append(contentsOf: digits)
        }
    }

    // MARK: CBOR

    private func cbor() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + outcomes.count * 112)
        // A map of three members, the last of which is a list whose items follow.
        bytes.append(0xA3)
        KinesisWire.cbor.encode("FailedRecordCount", into: &bytes)
        KinesisWire.cbor.encode(.integer(Int64(failedCount)), into: &bytes)
        KinesisWire.cbor.encode("EncryptionType", into: &bytes)
        KinesisWire.cbor.encode(.string(encryptionType), into: &bytes)
        KinesisWire.cbor.encode("Records", into: &bytes)
        bytes.append(contentsOf: [0x99, UInt8(outcomes.count >> 8), UInt8(outcomes.count & 0xFF)])
        // A map of two members, the name, and the head of a text of 56 bytes.
        let head = [0xA2] + KinesisWire.cbor.encode("SequenceNumber") + [0x78, UInt8(SequenceNumber.digitCount)]
        var tails: [Int: [UInt8]] = [:]
        for outcome in outcomes {
            guard case .stored(let shard, let sequence) = outcome else {
                let (code, message) = refusal(outcome)
                KinesisWire.cbor.encode(["ErrorCode": .string(code), "ErrorMessage": .string(message)], into: &bytes)
                continue
            }
            bytes.append(contentsOf: head)
            Self.append(sequence, to: &bytes)
            let tail =
                tails[shard] ?? KinesisWire.cbor.encode("ShardId")
                + KinesisWire.cbor.encode(.string(ShardID.text(shard)))
            tails[shard] = tail
            bytes.append(contentsOf: tail)
        }
        return bytes
    }
}
