import ArgumentParser
import AsyncHTTPClient
import HeadwaterBench
import Kinesis

/// `headwater bench producer`: records of one kilobyte to an endpoint, ordering on.
struct ProducerBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "producer",
        abstract: "Measures the producer: records of 1 KiB over 100,000 ordering keys to an endpoint.",
        discussion: """
            The data starts with ~k=<key number>;s=<1, 2, 3 … per key>~. Latency is submission to settlement. No request is \
            sent but PutRecords and ListShards. The baseline copies, encodes and hashes the same bytes and sends nothing.
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

    @Option(help: "Records submitted in a second; as many as the producer takes if not given.")
    var rate: Int?

    @Option(
        help:
            "With --rate: seconds at the start that count for no latency; a shard's pace begins with 1,000 records a second."
    )
    var warmUp = 2.0

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func validate() throws {
        guard records > 0, (64...1_000_000).contains(size), (1...64).contains(requests) else {
            throw ValidationError("--records is above 0, --size 64 to 1000000, --requests 1 to 64.")
        }
        guard KinesisWire(rawValue: wire) != nil else { throw ValidationError("--wire is json or cbor.") }
        guard (0...3_600).contains(warmUp), (1...10_000_000).contains(rate ?? 1),
            Double(rate ?? 0) * warmUp < Double(records)
        else {
            throw ValidationError(
                "--rate is 1 to 10000000, --warm-up 0 to 3600 seconds, and --records last longer than the warm-up."
            )
        }
    }

    func run() async throws {
        let wire = KinesisWire(rawValue: wire) ?? .json
        let reference: StreamReference
        do throws(KinesisError) {
            reference = try StreamReference(name: stream)
        } catch {
            throw CommandFailure(.usage, error.message)
        }
        let options = ProducerBench.Options(
            stream: reference,
            records: records,
            size: size,
            requests: requests,
            wire: wire,
            rate: rate,
            warmUp: .seconds(warmUp)
        )
        do {
            let report = try await access.withHTTPClient { http in
                let client = try access.client(over: http, wire: wire)
                return try await ProducerBench(options, client: client, show: ProgressBar.open).run()
            }
            report.print(asJSON: json)
        } catch let error as BenchError {
            throw CommandFailure(error)
        }
    }
}
