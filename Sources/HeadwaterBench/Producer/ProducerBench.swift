import ActivationCore
public import Kinesis
import Logging
import Synchronization

/// Measures records over 100,000 ordering keys to an endpoint.
///
/// The data starts with `~k=<key number>;s=<1, 2, 3 … per key>~`, by which a consumer can check the order.
public struct ProducerBench: Sendable {
    /// What is measured.
    public struct Options: Sendable {
        /// The stream.
        public var stream: StreamReference
        /// How many records.
        public var records: Int
        /// Bytes of one record.
        public var size: Int
        /// Requests under way at the same time.
        public var requests: Int
        /// How records are written.
        public var wire: KinesisWire
        /// Records submitted in a second; nil = as many as the producer takes.
        public var rate: Int?
        /// With a rate: what is submitted in this time counts for no latency, because a shard's pace begins with what it is known to take.
        public var warmUp: Duration

        /// Creates options; `records` and `rate` are above 0, `size` 64 or more.
        public init(
            stream: StreamReference,
            records: Int,
            size: Int,
            requests: Int,
            wire: KinesisWire,
            rate: Int? = nil,
            warmUp: Duration = .zero
        ) {
            self.stream = stream
            self.records = records
            self.size = size
            self.requests = requests
            self.wire = wire
            self.rate = rate
            self.warmUp = warmUp
        }

        /// Records that are submitted together: with a rate those of a millisecond.
        var batch: Int { rate.map { max(1, $0 / 1_000) } ?? 500 }

        /// The first record whose latency counts.
        var firstMeasured: Int {
            rate.map { Int(Double($0) * (warmUp / .seconds(1))) } ?? 0
        }
    }

    private let options: Options
    private let client: KinesisClient
    private let show: OpenDisplay
    private static let keys = 100_000
    private static let recordsPerRequest = 500
    /// Enough for a steady figure, and little beside the measurement for those who look at the whole process.
    private static let baselineRecordsMax = 20_000
    private static let patience = Duration.seconds(15)

    /// Creates a measurement.
    ///
    /// - Parameters:
    ///   - options: What is measured.
    ///   - client: Reaches the endpoint; speaks the options' wire format.
    ///   - show: Opens a display of the progress.
    public init(_ options: Options, client: KinesisClient, show: @escaping OpenDisplay) {
        self.options = options
        self.client = client
        self.show = show
    }

    /// Measures, then the baseline; sends nothing but `PutRecords` and `ListShards`.
    ///
    /// - Returns: The report.
    /// - Throws: ``BenchError``.
    public func run() async throws -> BenchReport {
        var producerOptions = ProducerOptions()
        producerOptions.requestsMax = options.requests + min(4, options.requests / 3)
        // Enough to keep the requests full; more would only measure waiting.
        producerOptions.heldRecordsMax = 4 * options.requests * Self.recordsPerRequest
        let producer = KinesisProducer(
            client: client,
            stream: options.stream,
            options: producerOptions,
            logger: Logger(label: "headwater", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        var report = try await measure(producer)
        let baselineRecords = min(options.records, Self.baselineRecordsMax)
        let before = ProcessUsage()
        let floor = RequestFloor(
            wire: options.wire,
            recordBytes: options.size,
            recordsPerRequest: Self.recordsPerRequest
        )
        report.details.append(("floor_digest", .integer(Int64(floor.run(records: baselineRecords)))))
        let baseline = ProcessUsage().per(baselineRecords, since: before)
        report.baseline = BenchReport.Baseline(
            name: options.wire == .json
                ? "base64 and SHA-256 of the same bytes, nothing sent"
                : "copy and SHA-256 of the same bytes, nothing sent",
            rate: baseline.rate,
            cpuMicroseconds: baseline.cpuMicroseconds
        )
        return report
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
            throw BenchError(.software, "the producer ended before its records were settled")
        }
        let end = ProcessUsage()
        let per = end.per(options.records, since: start)
        let statistics = producer.statistics
        return BenchReport(
            name: "producer",
            items: options.records,
            rate: per.rate,
            cpuMicroseconds: per.cpuMicroseconds,
            residentMegabytes: end.residentMegabytes,
            p50: histogram.milliseconds(0.5),
            p99: histogram.milliseconds(0.99),
            details: [
                ("wire", .string(options.wire.rawValue)), ("delivered", .integer(Int64(statistics.delivered))),
                ("rejected", .integer(Int64(statistics.rejected))), ("retried", .integer(Int64(statistics.retried))),
                ("requests", .integer(Int64(statistics.requests))),
            ]
        )
    }

    private func submitAll(to producer: KinesisProducer, _ times: SubmissionTimes) async throws {
        let maker = BenchRecords(keys: Self.keys, size: options.size)
        let begun = ContinuousClock.now
        for first in stride(from: 0, to: options.records, by: options.batch) {
            // What comes late because there was no room counts from when it was due.
            let due = options.rate.map { begun + .seconds(Double(first) / Double($0)) }
            if let due { try await Task.sleep(until: due, tolerance: .zero) }
            let batch = (first..<min(first + options.batch, options.records)).map(maker.record)
            times.append(due ?? .now)
            guard await producer.submit(batch) == batch.count else { return }
        }
    }

    /// Ends the measurement when nothing arrives: the producer itself would try for ever.
    private func watch(_ producer: KinesisProducer) async throws {
        var settled = -1
        while true {
            let statistics = producer.statistics
            let now = statistics.delivered + statistics.rejected
            guard now != settled || now >= options.records else {
                throw BenchError(
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
        var display = show(Int64(options.records), 0, "records")
        let firstMeasured = UInt64(options.firstMeasured)
        var settled = 0
        while settled < options.records, let settlements = await producer.nextSettlements() {
            let now = ContinuousClock.now
            // Neighbours mostly come from one batch.
            var (batch, count) = (0, 0)
            for settlement in settlements {
                settled += 1
                if case .destinationFailed(let error, _) = settlement.outcome { throw BenchError(error) }
                guard settlement.token >= firstMeasured else { continue }
                let next = Int(settlement.token) / options.batch
                if next != batch, count > 0 {
                    histogram.record(now - times[batch], count: count)
                    count = 0
                }
                batch = next
                count += 1
            }
            if count > 0 { histogram.record(now - times[batch], count: count) }
            display.update(done: Int64(settled), items: Int64(settled))
        }
        display.finish(done: Int64(settled), items: Int64(settled))
        return histogram
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
