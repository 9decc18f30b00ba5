import ActivationCore
import ArgumentParser
import AsyncHTTPClient
import Kinesis
import Logging
import Synchronization

/// `headwater bench producer`: records of one kilobyte to an endpoint, ordering on.
struct ProducerBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "producer",
        abstract: "Measures the producer: records of 1 KiB over 100,000 ordering keys to an endpoint.",
        discussion: """
            The data starts with ~k=<key number>;s=<1, 2, 3 … per key>~. Latency is submission to settlement. No request is \
            sent but PutRecords. The baseline copies, encodes and hashes the same bytes and sends nothing.
            """
    )

    @OptionGroup var access: KinesisAccess

    @Option(help: "The stream's name.")
    var stream = "bench"

    @Option(help: "How many records.")
    var records = 1_000_000

    @Option(help: "json or cbor.")
    var wire = "json"

    @Option(help: "Bytes of one record.")
    var size = 1_024

    @Option(help: "Requests under way at the same time.")
    var requests = 4

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    private static let keys = 100_000
    private static let batch = 500
    /// Enough for a steady figure, and little beside the measurement for those who look at the whole process.
    private static let baselineRecordsMax = 100_000
    private static let patience = Duration.seconds(15)

    func validate() throws {
        guard records > 0, (64...1_000_000).contains(size), (1...64).contains(requests) else {
            throw ValidationError("--records is above 0, --size 64 to 1000000, --requests 1 to 64.")
        }
        guard KinesisWire(rawValue: wire) != nil else { throw ValidationError("--wire is json or cbor.") }
    }

    func run() async throws {
        let wire = KinesisWire(rawValue: wire) ?? .json
        var report = try await access.withHTTPClient { http in
            let reference: StreamReference
            do throws(KinesisError) {
                reference = try StreamReference(name: stream)
            } catch {
                throw CommandFailure(.usage, error.message)
            }
            var options = ProducerOptions()
            options.requestsMax = requests
            // Enough to keep the requests full; more would only measure waiting.
            options.heldRecordsMax = 4 * requests * Self.batch
            let producer = KinesisProducer(
                client: try access.client(over: http, wire: wire),
                stream: reference,
                options: options,
                logger: Logger(label: "headwater", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            return try await measure(producer)
        }
        let baselineRecords = min(records, Self.baselineRecordsMax)
        let before = ProcessUsage()
        let floor = RequestFloor(wire: wire, recordBytes: size, recordsPerRequest: Self.batch)
        report.details.append(("floor_digest", .integer(Int64(floor.run(records: baselineRecords)))))
        let baseline = ProcessUsage().per(baselineRecords, since: before)
        report.baseline = BenchReport.Baseline(
            name: wire == .json
                ? "base64 and SHA-256 of the same bytes, nothing sent"
                : "copy and SHA-256 of the same bytes, nothing sent",
            rate: baseline.rate,
            cpuMicroseconds: baseline.cpuMicroseconds
        )
        json ? Terminal.print(report.json) : Terminal.print(report.text)
    }

    private func measure(_ producer: KinesisProducer) async throws -> BenchReport {
        let times = SubmissionTimes()
        let start = ProcessUsage()
        let histogram = try await withThrowingTaskGroup(of: LatencyHistogram?.self) { group in
            group.addTask {
                await producer.run()
                return nil
            }
            group.addTask {
                try await submitAll(to: producer, times)
                return nil
            }
            group.addTask {
                try await watch(producer)
                return nil
            }
            group.addTask { try await settle(producer, times) }
            for try await result in group {
                guard let result else { continue }
                await producer.close(within: .seconds(5))
                group.cancelAll()
                return result
            }
            throw CommandFailure(.software, "the producer ended before its records were settled")
        }
        let end = ProcessUsage()
        let per = end.per(records, since: start)
        let statistics = producer.statistics
        return BenchReport(
            name: "producer",
            items: records,
            rate: per.rate,
            cpuMicroseconds: per.cpuMicroseconds,
            residentMegabytes: end.residentMegabytes,
            p50: histogram.milliseconds(0.5),
            p99: histogram.milliseconds(0.99),
            details: [
                ("wire", .string(wire)), ("delivered", .integer(Int64(statistics.delivered))),
                ("rejected", .integer(Int64(statistics.rejected))), ("retried", .integer(Int64(statistics.retried))),
                ("requests", .integer(Int64(statistics.requests))),
            ]
        )
    }

    private func submitAll(to producer: KinesisProducer, _ times: SubmissionTimes) async throws {
        let filler = [UInt8](repeating: UInt8(ascii: "#"), count: size)
        for first in stride(from: 0, to: records, by: Self.batch) {
            let batch = (first..<min(first + Self.batch, records)).map { record($0, filler) }
            times.append(.now)
            guard await producer.submit(batch) == batch.count else { return }
        }
    }

    /// Ends the measurement when nothing arrives: the producer itself would try for ever.
    private func watch(_ producer: KinesisProducer) async throws {
        var settled = -1
        while true {
            let statistics = producer.statistics
            let now = statistics.delivered + statistics.rejected
            guard now != settled || now >= records else {
                throw CommandFailure(
                    .unavailable,
                    "the endpoint took no record in \(Self.patience): \(statistics.requestFailures) requests failed, "
                        + "\(statistics.throttled) records were throttled; check --endpoint, keys and --insecure"
                )
            }
            settled = now
            try await Task.sleep(for: Self.patience)
        }
    }

    /// Takes every settlement.
    private func settle(
        _ producer: KinesisProducer,
        _ times: SubmissionTimes
    ) async throws -> LatencyHistogram {
        var histogram = LatencyHistogram()
        var bar = ProgressBar(total: Int64(records), unit: "records")
        var settled = 0
        while settled < records, let settlements = await producer.nextSettlements() {
            let now = ContinuousClock.now
            var counts: [Int: Int] = [:]
            for settlement in settlements {
                if case .destinationFailed(let error, _) = settlement.outcome { throw CommandFailure(error) }
                counts[Int(settlement.token) / Self.batch, default: 0] += 1
            }
            for (batch, count) in counts { histogram.record(now - times[batch], count: count) }
            settled += settlements.count
            bar.update(done: Int64(settled), items: Int64(settled))
        }
        bar.finish(done: Int64(settled), items: Int64(settled))
        return histogram
    }

    /// The record of a number: the keys take turns.
    private func record(_ number: Int, _ filler: [UInt8]) -> KinesisRecord {
        let key = number % Self.keys
        let mark = "~k=\(key);s=\(number / Self.keys + 1)~"
        var data = filler
        data.replaceSubrange(..<mark.utf8.count, with: mark.utf8)
        return KinesisRecord(
            token: UInt64(number),
            orderingKey: OrderingKey(high: UInt64(key), low: 0),
            partitionKey: "profile-\(key)",
            data: data
        )
    }
}

/// When each batch was submitted.
private final class SubmissionTimes: Sendable {
    private let times = Mutex<[ContinuousClock.Instant]>([])

    func append(_ time: ContinuousClock.Instant) {
        times.withLock { $0.append(time) }
    }

    subscript(batch: Int) -> ContinuousClock.Instant { times.withLock { $0[batch] } }
}
