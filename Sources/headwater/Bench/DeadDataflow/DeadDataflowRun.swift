import ActivationCore
import AsyncHTTPClient
import KinesisLocal
import NIOHTTP1
import Synchronization

/// Many dataflows at a steady rate, one of which is dead for a while.
final class DeadDataflowRun: Sendable {
    struct Options {
        var dataflows: Int
        /// Updates a second.
        var rate: Double
        var profiles: Int
        /// How long the others are watched before, and after.
        var before: Duration
        /// How long one is dead.
        var dead: Duration
        /// How long everything may take to arrive when the endpoint answers again.
        var patience = Duration.seconds(600)
    }

    /// Times are not taken before the server has come to run evenly.
    private static let warmUp = Duration.seconds(3)

    private let options: Options
    private let server: BenchServer
    private let load: PacedLoad
    /// The endpoint of the dataflow that dies.
    private let mortal: KinesisLocalServer
    private let healthy: KinesisLocalServer
    private let report: Mutex<DeadDataflowReport>
    private let arrivals = Mutex<[(sentAt: Int64, milliseconds: Int64)]>([])
    /// How far each stream of the others was read.
    private let marks = Mutex<[String: KinesisLocalServer.ReadMark]>([:])

    init(_ options: Options, server: BenchServer) {
        self.options = options
        self.server = server
        load = PacedLoad(profiles: options.profiles, rate: options.rate)
        mortal = Self.endpoint(["mortal", "doomed"])
        healthy = Self.endpoint((1..<options.dataflows).map(Self.stream))
        report = Mutex(DeadDataflowReport(dataflows: options.dataflows, deadFor: options.dead))
    }

    private static func endpoint(_ streams: [String]) -> KinesisLocalServer {
        KinesisLocalServer(
            configuration: KinesisLocalServer.Configuration(
                shardCount: 1,
                streams: streams,
                enforcesShardLimits: false,
                // What has arrived is read every second.
                retentionBytes: 16 << 20
            )
        )
    }

    private static func stream(_ number: Int) -> String { "healthy-\(number)" }

    /// Runs to the end; what went wrong is in the report.
    ///
    /// - Parameter isShown: Whether to draw how far it is.
    /// - Returns: What was done and found.
    /// - Throws: When server or endpoints cannot be used at all.
    func perform(isShown: Bool) async throws -> DeadDataflowReport {
        try await mortal.start()
        try await healthy.start()
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        let result: Result<Void, any Error>
        do {
            result = .success(try await perform(over: http, isShown))
        } catch {
            result = .failure(error)
        }
        server.stop()
        await mortal.shutdown()
        await healthy.shutdown()
        try await http.shutdown()
        try result.get()
        return report.withLock { $0 }
    }

    private func perform(over http: HTTPClient, _ isShown: Bool) async throws {
        try await server.start(http)
        let client = try server.client(over: http)
        let flows = try await setUp(client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.load.run(client) }
            let watching = Task { await self.watch(isShown) }
            defer { watching.cancel() }
            try await trouble(flows, client, http)
            load.stop()
            try await group.waitForAll()
            try await settle(flows, client)
            watching.cancel()
            await watching.value
        }
        judge()
    }

    /// The dataflows, the mortal one first, the one to be deleted last.
    private func setUp(_ client: ServerClient) async throws -> [String] {
        let audience = try await BenchAudience(PacedLoad.attribute, of: PacedLoad.namespace).create(client)
        var flows: [String] = []
        let streams = [("mortal", mortal)] + (1..<options.dataflows).map { (Self.stream($0), healthy) }
        for (stream, endpoint) in streams + [("doomed", mortal)] {
            let draft = ServerDataflows.Draft(
                bench: stream,
                endpoint: endpoint.endpoint ?? "",
                stream: stream,
                audience: audience,
                attribute: PacedLoad.attribute
            )
            flows.append(try await ServerDataflows(client: client).create(draft).id)
        }
        return flows
    }

    // MARK: Trouble

    private func trouble(_ flows: [String], _ client: ServerClient, _ http: HTTPClient) async throws {
        try await Task.sleep(for: Self.warmUp)
        let watchedFrom = WallClock.milliseconds()
        try await Task.sleep(for: options.before)
        let (diesAt, begun) = (WallClock.milliseconds(), ContinuousClock.now)
        mortal.faults = .silence
        try await Task.sleep(until: begun + options.dead / 2)
        try await change(flows, client)
        try await Task.sleep(until: begun + options.dead * 3 / 4)
        let endsAt = WallClock.milliseconds()
        try await restart(http)
        try await Task.sleep(until: begun + options.dead)
        let books = try await client.call(.GET, "/v1/dataflows/\(flows[0])/stats")
        report.withLock { $0.backlog = books["pending"]?.int64 ?? 0 }
        mortal.faults = Faults()
        try await awaitBacklog()
        let isBackAt = WallClock.milliseconds()
        try await Task.sleep(for: options.before)
        takeLatencies(
            before: watchedFrom..<diesAt,
            // Nothing of the last second has to wait for a server that ends.
            during: diesAt..<max(diesAt, endsAt - 1_000),
            after: isBackAt..<WallClock.milliseconds()
        )
    }

    /// Waits until all has arrived that was sent before the endpoint was alive again.
    private func awaitBacklog() async throws {
        let (updates, begun) = (load.sent, ContinuousClock.now)
        while begun.duration(to: .now) < options.patience {
            let stream = ledger(mortal, "mortal")
            if Int64(stream.marked - stream.duplicates) >= updates {
                report.withLock { $0.backlogTime = begun.duration(to: .now) }
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func takeLatencies(before: Range<Int64>, during: Range<Int64>, after: Range<Int64>) {
        readArrivals()
        let arrivals = arrivals.withLock { $0 }
        func latencies(_ span: Range<Int64>) -> DeadDataflowReport.Latencies {
            .init(arrivals.filter { span.contains($0.sentAt) }.map(\.milliseconds))
        }
        report.withLock { report in
            report.before = latencies(before)
            report.during = latencies(during)
            report.after = latencies(after)
        }
    }

    /// Changes what belongs to the dead: its mappings, and a whole dataflow.
    private func change(_ flows: [String], _ client: ServerClient) async throws {
        let dataflows = ServerDataflows(client: client)
        let dead = try await dataflows.dataflow(flows[0])
        try await time("PATCH that maps") { _ = try await dataflows.map([], ["another"], to: dead) }
        let mapped = try await dataflows.dataflow(flows[0])
        try await time("PATCH that unmaps") { try await dataflows.unmap([], ["another"], of: mapped) }
        let doomed = try await dataflows.dataflow(flows[flows.count - 1])
        try await time("DELETE") { _ = try await dataflows.delete(doomed, withAccount: false) }
    }

    private func time(_ what: String, _ call: () async throws -> Void) async throws {
        let begun = ContinuousClock.now
        var answer = DeadDataflowReport.Answer(what: what, time: .zero)
        do {
            try await call()
        } catch {
            answer.isGood = false
        }
        answer.time = begun.duration(to: .now)
        report.withLock { [answer] in $0.answers.append(answer) }
    }

    private func restart(_ http: HTTPClient) async throws {
        let begun = ContinuousClock.now
        let isGood = server.stop()
        let time = begun.duration(to: .now)
        report.withLock { $0.answers.append(.init(what: "SIGTERM", time: time, isGood: isGood)) }
        try await server.start(http)
    }

    // MARK: The end

    /// Waits until nothing is on its way any more.
    private func settle(_ flows: [String], _ client: ServerClient) async throws {
        let begun = ContinuousClock.now
        var left = flows.dropLast()
        while begun.duration(to: .now) < options.patience, !left.isEmpty {
            var stillLeft: ArraySlice<String> = []
            for flow in left {
                let books = try await client.call(.GET, "/v1/dataflows/\(flow)/stats")
                if books["pending"]?.int64 != 0 { stillLeft.append(flow) }
            }
            left = stillLeft
            try await Task.sleep(for: .milliseconds(100))
        }
        var booksOff = 0
        for flow in flows.dropLast() {
            let books = try await client.call(.GET, "/v1/dataflows/\(flow)/balance")
            let isWell =
                books["isBalanced"]?.bool == true && books["pending"]?.int64 == 0 && books["parked"]?.int64 == 0
            if !isWell { booksOff += 1 }
        }
        report.withLock { [booksOff] in $0.booksOff = booksOff }
    }

    private func judge() {
        let updates = load.sent
        let othersOff = (1..<options.dataflows).count { number in
            let stream = ledger(healthy, Self.stream(number))
            return !DeadDataflowReport.isWhole(stream, of: updates) || !stream.isOrdered
        }
        report.withLock { report in
            report.updates = updates
            report.stream = ledger(mortal, "mortal")
            report.othersOff = othersOff
        }
    }

    private func ledger(_ endpoint: KinesisLocalServer, _ stream: String) -> Verification {
        endpoint.verification(ofStream: stream) ?? Verification()
    }

    // MARK: Watching

    private func watch(_ isShown: Bool) async {
        let total = Self.warmUp + options.before * 2 + options.dead
        var bar = isShown ? ProgressBar(total: Int64(total.inSeconds), unit: "s") : nil
        let begun = ContinuousClock.now
        func done() -> Int64 { Int64(min(begun.duration(to: .now), total).inSeconds) }
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            readArrivals()
            bar?.update(done: done(), items: done(), note: "")
        }
        bar?.finish(done: done(), items: done(), note: "")
    }

    /// Reads what has come to the streams of the others.
    private func readArrivals() {
        for number in 1..<options.dataflows {
            let stream = Self.stream(number)
            let records = marks.withLock { marks in
                healthy.records(ofStream: stream, after: &marks[stream, default: .init()])
            }
            let times = records.compactMap { record in
                PacedLoad.sentAt(record.data).map { (sentAt: $0, milliseconds: record.arrivedAt - $0) }
            }
            arrivals.withLock { $0 += times }
        }
    }
}
