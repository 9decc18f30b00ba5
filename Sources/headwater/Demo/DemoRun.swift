import ActivationCore
import Kinesis
import NIOHTTP1

/// The demo itself, once server and endpoint answer.
struct DemoRun {
    let client: ServerClient
    /// Reads the stream back.
    let reader: KinesisClient
    let stream: String
    let data: CDNOW
    /// Whether to tell what happens.
    let isShown: Bool

    /// Lines of one request: few, so that the first exports leave while later purchases are still to come.
    private static let linesPerRequest = 200
    private static let patience = Duration.seconds(60)

    /// Configures, sends, waits until everything is delivered.
    ///
    /// - Returns: The figures, and the dataflow's id.
    func perform() async throws -> (summary: DemoSummary, dataflow: String) {
        let startedAt = ContinuousClock.now
        let setup = DemoSetup(client: client, kinesis: reader.endpoint.url, stream: stream)
        try await setup.createNamespace()
        let audiences = try await setup.createAudiences()
        for audience in audiences { tell("Audience \"\(audience.name)\": \(audience.expression)") }
        let dataflow = try await setup.createDataflow(audiences)
        tell("Dataflow \(dataflow) to stream \(stream) at \(reader.endpoint.url)")
        let watch = DemoWatch(audiences, isShown: isShown)
        var tally = IngestTally()
        var books = JSONValue.null
        let firsts = data.firstPurchases
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watch.follow(reader, stream: stream) }
            try await send(firsts, \.profile, to: "/v1/profiles?dataset=customers", watch, &tally)
            try await send(data.purchases, \.event, to: "/v1/events?dataset=purchases", watch, &tally)
            books = try await settledBooks(of: dataflow, watch)
            group.cancelAll()
        }
        let summary = DemoSummary(
            customers: firsts.count,
            events: data.purchases.count,
            tally: tally,
            audiences: try await members(of: audiences),
            books: books,
            readBack: watch.count,
            latencies: watch.latencies,
            elapsed: ContinuousClock.now - startedAt
        )
        return (summary, dataflow)
    }

    private func tell(_ line: String) {
        if isShown { Terminal.print(line) }
    }

    private func send(
        _ purchases: [CDNOW.Purchase],
        _ entity: KeyPath<CDNOW.Purchase, JSONValue>,
        to path: String,
        _ watch: DemoWatch,
        _ tally: inout IngestTally
    ) async throws {
        let sender = ChunkSender(client: client, path: path, patience: DemoRun.patience)
        for start in stride(from: 0, to: purchases.count, by: DemoRun.linesPerRequest) {
            let part = purchases[start..<min(start + DemoRun.linesPerRequest, purchases.count)]
            var chunk = IngestChunk()
            for purchase in part {
                var line: [UInt8] = []
                purchase[keyPath: entity].write(to: &line)
                chunk.append(line, line: Int64(purchase.line))
            }
            watch.sending(Set(part.map(\.customer)), at: SystemTime().now())
            try await sender.send(chunk, tally: &tally)
        }
    }

    /// Waits until nothing is pending and everything that was delivered has been read back.
    private func settledBooks(of dataflow: String, _ watch: DemoWatch) async throws -> JSONValue {
        let deadline = ContinuousClock.now + DemoRun.patience
        while true {
            let books = try await client.call(.GET, "/v1/dataflows/\(dataflow)/stats")
            let isSettled =
                books["pending"]?.int64 == 0 && Int64(watch.count) == (books["delivered"]?.int64 ?? 0)
            if isSettled { return books }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    .software,
                    "after \(DemoRun.patience) the exports are not all delivered; the dataflow says: \(books.text), "
                        + "read back: \(watch.count)"
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func members(of audiences: [DemoAudience]) async throws -> [(name: String, members: Int64)] {
        var counts: [(name: String, members: Int64)] = []
        for audience in audiences {
            let definition = try await client.call(.GET, "/data/core/ups/segment/definitions/\(audience.id)")
            counts.append((name: audience.name, members: definition["memberCount"]?.int64 ?? -1))
        }
        return counts
    }
}
