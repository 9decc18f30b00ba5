import ArgumentParser
import KinesisLocal

/// What is to go wrong from the start; probabilities are 0 to 1.
struct FaultOptions: ParsableArguments {
    @Option(help: "The seed of the dice.")
    var seed: UInt64 = 1

    @Option(help: "Milliseconds by which every answer is late.")
    var latencyMs = 0

    @Option(help: "The share of records that are throttled at random.")
    var throttle = 0.0

    @Option(help: "Throttles every record whose running number is a multiple of this.")
    var throttleEvery: Int?

    @Option(help: "The share of records that fail with InternalFailure.")
    var failRecords = 0.0

    @Option(help: "The share of requests that are answered with HTTP 500 and store nothing.")
    var failRequests = 0.0

    @Option(help: "The share of requests that are stored and never answered.")
    var drop = 0.0

    func validate() throws {
        for share in [throttle, failRecords, failRequests, drop] where !(0...1).contains(share) {
            throw ValidationError("--throttle, --fail-records, --fail-requests and --drop are 0 to 1.")
        }
        guard (0...600_000).contains(latencyMs) else { throw ValidationError("--latency-ms is 0 to 600000.") }
        if let throttleEvery, throttleEvery < 1 { throw ValidationError("--throttle-every is 1 or more.") }
    }

    var faults: Faults {
        Faults(
            seed: seed,
            latency: .milliseconds(latencyMs),
            recordThrottled: throttle,
            recordFailed: failRecords,
            everyNthRecordThrottled: throttleEvery,
            requestFailed: failRequests,
            connectionDropped: drop
        )
    }
}
