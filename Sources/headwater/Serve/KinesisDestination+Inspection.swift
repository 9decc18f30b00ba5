import ActivationCore
import ActivationServer
import Kinesis

/// How a stream is looked at by who configures it.
extension KinesisDestination {
    func inspect(
        target: JSONObject,
        account: JSONObject,
        writing record: [UInt8]?
    ) async throws(DestinationProbeError) -> TargetInspection {
        let target = try read(in: "/params") { () throws(DestinationFieldError) in try KinesisTarget(target) }
        let end = ContinuousClock.now + probeTimeout
        let client = try await probingClient(account, region: target.region, until: end)
        var inspection = TargetInspection()
        do throws(DestinationProbeError) {
            if let summary = try await find(target.stream, with: client, until: end) {
                inspection = KinesisDestination.inspection(of: summary)
            }
        } catch  where error.isOnlyDenied {
            inspection.denial = error
        } catch {
            throw error
        }
        if let record { inspection.receipt = try await write(record, to: target.stream, client) }
        return inspection
    }

    private static func inspection(of summary: StreamSummary) -> TargetInspection {
        var facts: [TargetInspection.Fact] = []
        if let shards = summary.openShardCount {
            facts = [
                TargetInspection.Fact("Shards", "\(shards)"),
                TargetInspection.Fact("Takes at most", "\(shards) × 1,000 records and \(shards) MiB a second"),
            ]
        }
        return TargetInspection(facts: facts, resource: summary.arn.isEmpty ? nil : summary.arn)
    }

    /// Writes a record, once: whoever asked sees that it failed, and a second one could be a duplicate.
    private func write(
        _ record: [UInt8],
        to stream: StreamReference,
        _ client: KinesisClient
    ) async throws(DestinationProbeError) -> String {
        do throws(KinesisError) {
            let test = KinesisRecord(
                token: 0,
                orderingKey: OrderingKey(high: 0, low: 0),
                partitionKey: "headwater-test",
                data: record
            )
            var receipts: [String] = []
            for result in try await client.putRecords([test], to: stream) {
                switch result {
                case .written(let receipt): receipts.append("\(receipt.shardID):\(receipt.sequenceNumber)")
                case .failed(let error): throw error
                }
            }
            return receipts.joined(separator: " ")
        } catch {
            let found = DestinationProbeError(error, step: "PutRecords", client)
            guard error.code == .accessDenied || error.code.rawValue.hasPrefix("KMS") else { throw found }
            throw DestinationProbeError(
                code: "AWS-403P",
                step: "PutRecords",
                message: error.code == .accessDenied
                    ? "the key lacks kinesis:PutRecords, or kms:GenerateDataKey for a stream with a KMS key of your own"
                    : "the stream's KMS key cannot be used (\(error.code.rawValue)); enable it, and allow the key's "
                        + "user kms:GenerateDataKey"
            )
        }
    }
}
