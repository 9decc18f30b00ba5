import ActivationCore
import ActivationEngine
import AsyncHTTPClient
import KinesisLocal
import NIOCore
import NIOHTTP1
import Synchronization

/// Updates, an endpoint that fails, and a server that is killed again and again; then the stream is compared with what was sent.
final class TortureRun: Sendable {
    struct Options {
        var load: TortureLoad
        var plan: TorturePlan
        /// What goes wrong all the time, beside what is throttled.
        var faults: Faults
        /// How long the endpoint answers nothing when it is paused.
        var pause: Duration
        /// What the server's memory is held to meanwhile.
        var residentBytesLimit: Int64
        /// How soon after the pause the rate must be back.
        var backWithin: Duration
        /// How long nothing more may arrive, when nothing goes wrong any more, before the rest counts as lost.
        var patience = Duration.seconds(120)
    }

    private let options: Options
    private let server: BenchServer
    private let kinesis: KinesisLocalServer
    private let stream: String
    private let report = Mutex(TortureReport())
    private let sent = Mutex<Int64>(0)
    /// Whether everything that was planned has been done to server and endpoint: until then updates are needed.
    private let isDisturbed = Mutex(false)
    /// When the server was started after a kill.
    private let restartedAt = Mutex<ContinuousClock.Instant?>(nil)

    init(_ options: Options, server: BenchServer, kinesis: KinesisLocalServer, stream: String) {
        self.options = options
        self.server = server
        self.kinesis = kinesis
        self.stream = stream
    }

    /// Runs to the end; what went wrong is in the report.
    ///
    /// - Parameter isShown: Whether to draw how far it is.
    /// - Returns: What was done and found.
    /// - Throws: When server or endpoint cannot be used at all.
    func perform(isShown: Bool) async throws -> TortureReport {
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        do {
            let report = try await perform(over: http, isShown)
            try await http.shutdown()
            return report
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private func perform(over http: HTTPClient, _ isShown: Bool) async throws -> TortureReport {
        let begun = ContinuousClock.now
        try await startServer(http)
        let client = try server.client(over: http)
        let dataflow = try await setUp(client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<options.load.lanes {
                group.addTask {
                    try await self.options.load.send(
                        lane: lane,
                        to: client,
                        while: { !self.isDisturbed.withLock(\.self) }
                    ) { count in
                        self.sent.withLock { $0 += count }
                    }
                }
            }
            group.addTask {
                defer { self.isDisturbed.withLock { $0 = true } }
                try await self.disturb(dataflow, client, http)
            }
            let watching = Task { await self.watch(isShown) }
            defer { watching.cancel() }
            try await group.waitForAll()
        }
        kinesis.faults = Faults()
        try await settle(dataflow, client)
        let ambiguous = await possibleDuplicates(http)
        let exports = sent.withLock(\.self)
        report.withLock { report in
            // An update that was stored and not acknowledged is sent again, and then it is called for twice.
            let again = (report.books["triggered"]?.int64 ?? 0) - exports
            report.duplicatesPossible += ambiguous + max(0, again)
        }
        server.stop()
        var report = report.withLock { $0 }
        report.exports = exports
        report.elapsed = begun.duration(to: .now)
        report.stream = kinesis.verification(ofStream: stream) ?? Verification()
        return report
    }

    // MARK: The server

    private func startServer(_ http: HTTPClient) async throws(CommandFailure) {
        let time = try await server.start(http)
        report.withLock { $0.longestStart = max($0.longestStart, time) }
    }

    private func setUp(_ client: ServerClient) async throws(CommandFailure) -> String {
        let audience = try await BenchAudience(TortureLoad.attribute, of: TortureLoad.namespace).create(client)
        return try await ServerDataflows(client: client).create(
            ServerDataflows.Draft(
                bench: "Torture",
                endpoint: kinesis.endpoint ?? "",
                stream: stream,
                audience: audience,
                attribute: TortureLoad.attribute
            )
        ).id
    }

    // MARK: Trouble

    /// Carries out the plan; the server runs then, and the endpoint answers.
    private func disturb(
        _ dataflow: String,
        _ client: ServerClient,
        _ http: HTTPClient
    ) async throws {
        var faults = options.faults
        for step in options.plan.steps {
            while sent.withLock({ $0 }) < step.updates { try await Task.sleep(for: .milliseconds(10)) }
            switch step.action {
            case .throttle(let share):
                faults.recordThrottled = share
                kinesis.faults = faults
            case .kill:
                let ambiguous = await possibleDuplicates(http)
                server.kill()
                try await startServer(http)
                restartedAt.withLock { $0 = .now }
                try await audit(dataflow, client, before: ambiguous)
            case .pauseSink:
                try await pauseSink(otherwise: faults)
            }
        }
    }

    /// How long the rate is taken before a pause.
    private static let rateWindow = Duration.seconds(3)
    /// How long a server that was killed is given before: its profiles wait until nothing of the last process can land.
    private static let settling = Duration.seconds(15)
    /// How long the rate is given to come back.
    private static let returnMax = Duration.seconds(60)

    /// Lets the endpoint answer nothing for a while and watches the server meanwhile, and until the rate is as before.
    private func pauseSink(otherwise faults: Faults) async throws {
        if let startedAt = restartedAt.withLock({ $0 }) { try await Task.sleep(until: startedAt + Self.settling) }
        let rateBefore = try await rate()
        var pause = SinkPause(
            length: options.pause,
            rateBefore: rateBefore,
            residentBytesBefore: server.residentBytes,
            residentBytesLimit: options.residentBytesLimit,
            backWithin: options.backWithin
        )
        let (taken, begun) = (sent.withLock { $0 }, ContinuousClock.now)
        kinesis.faults = .silence
        while begun.duration(to: .now) < options.pause {
            try await Task.sleep(for: .milliseconds(50))
            pause.residentBytesMax = max(pause.residentBytesMax, server.residentBytes)
        }
        pause.updates = sent.withLock { $0 } - taken
        kinesis.faults = faults
        try await watchReturn(to: &pause)
        report.withLock { [pause] in $0.pause = pause }
    }

    /// Records that arrive in a second now.
    private func rate() async throws -> Double {
        var rate = ArrivalRate(over: Self.rateWindow)
        while true {
            if let rate = rate.note(arrived, at: .now) { return rate }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func watchReturn(to pause: inout SinkPause) async throws {
        let ended = ContinuousClock.now
        var rate = ArrivalRate(over: .milliseconds(250))
        while ended.duration(to: .now) < Self.returnMax {
            pause.residentBytesMax = max(pause.residentBytesMax, server.residentBytes)
            let now = ContinuousClock.now
            if let rate = rate.note(arrived, at: now), rate >= SinkPause.shareBack * pause.rateBefore {
                pause.rateBack = .back(after: ended.duration(to: now))
                return
            }
            if isAllSentThere {
                pause.rateBack = .nothingLeft(after: ended.duration(to: now))
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Records that the stream was given, those of them that came twice among them.
    private var arrived: Int64 { Int64(kinesis.verification(ofStream: stream)?.marked ?? 0) }

    private var isAllSentThere: Bool {
        let sent = sent.withLock(\.self)
        let verification = kinesis.verification(ofStream: stream) ?? Verification()
        return Int64(verification.marked - verification.duplicates) >= sent
    }

    /// What the books say after a start, and how many records the process before may have sent without settling them.
    private func audit(
        _ dataflow: String,
        _ client: ServerClient,
        before ambiguous: Int64
    ) async throws(CommandFailure) {
        let balance = try await client.call(.GET, "/v1/dataflows/\(dataflow)/balance")
        report.withLock { report in
            report.kills += 1
            report.audits += 1
            if balance["isBalanced"]?.bool != true { report.auditsOff += 1 }
            // More than a window is never sent without being settled.
            let unsettled = min(balance["counted"]?["pending"]?.int64 ?? 0, Int64(EngineOptions().relayWindowMax))
            report.duplicatesPossible += ambiguous + unsettled
        }
    }

    /// Records in requests of unknown fate, as the server counts them.
    private func possibleDuplicates(_ http: HTTPClient) async -> Int64 {
        let request = HTTPClientRequest(url: "\(server.url)/metrics")
        guard let answer = try? await http.execute(request, timeout: .seconds(5)),
            let body = try? await answer.body.collect(upTo: 8 << 20)
        else { return 0 }
        let lines = String(buffer: body).split(separator: "\n")
        return lines.filter { $0.hasPrefix("headwater_producer_duplicates_possible_total{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int64($0) } }
            .reduce(0, +)
    }

    private func watch(_ isShown: Bool) async {
        var bar = isShown ? ProgressBar(total: options.load.exports, unit: "updates") : nil
        while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let bytes = server.residentBytes
            report.withLock { $0.residentBytesMax = max($0.residentBytesMax, bytes) }
            let done = sent.withLock { $0 }
            bar?.update(done: done, items: done, note: "")
        }
        let done = sent.withLock { $0 }
        bar?.finish(done: done, items: done, note: "")
    }

    /// Waits until nothing is on its way any more.
    private func settle(_ dataflow: String, _ client: ServerClient) async throws {
        var (lastArrival, count) = (ContinuousClock.now, arrived)
        var books = JSONValue.null
        repeat {
            try await Task.sleep(for: .milliseconds(200))
            books = try await client.call(.GET, "/v1/dataflows/\(dataflow)/stats")
            if arrived > count { (lastArrival, count) = (.now, arrived) }
        } while books["pending"]?.int64 != 0 && lastArrival.duration(to: .now) < options.patience
        report.withLock { $0.books = books }
    }
}
