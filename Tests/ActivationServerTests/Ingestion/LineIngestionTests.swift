import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import ActivationServer

@Suite(.timeLimit(.minutes(5))) struct LineIngestionTests {
    private static let line = #"{"identityMap":{"Email":[{"id":"a@x.org"}]}}"# + "\n"

    private let reader = LineReader.records()

    private func body(_ text: String, announced: Int? = nil) throws -> DecodedBody {
        var head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        if let announced { head.headerFields[.contentLength] = String(announced) }
        return try DecodedBody(Request(head: head, body: RequestBody(buffer: ByteBuffer(string: text))))
    }

    @Test func `a busy engine is asked again, later and later, once something is stored`() async throws {
        let waits = Mutex<[Duration]>([])
        let engine = ScriptedEngine { number, messages throws(EngineError) in
            guard ![1, 2, 3].contains(number) else { throw EngineError(.overloaded, "the lane is full") }
            return messages.map { _ in .accepted }
        }
        let ingestion = LineIngestion(engine: engine) { wait in waits.withLock { $0.append(wait) } }
        let (stream, source) = RequestBody.makeStream()
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        let body = try DecodedBody(Request(head: head, body: stream))

        async let report = ingestion.run(body, reader: reader)
        for _ in 0..<2 {
            let lines = String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax)
            await source.yield(ByteBuffer(string: lines))
        }
        source.finish()

        #expect(try await report.accepted == 2 * IngestionLimits.batchLinesMax)
        #expect(waits.withLock { $0 } == [.milliseconds(5), .milliseconds(10), .milliseconds(20)])
        #expect(engine.offered.map(\.count) == Array(repeating: IngestionLimits.batchLinesMax, count: 5))
    }

    @Test func `an engine that stays busy ends the request and says what is durable`() async throws {
        let waits = Atomic(0)
        let engine = ScriptedEngine { number, messages throws(EngineError) in
            guard number == 0 else { throw EngineError(.overloaded, "the lane is full", retryAfterSeconds: 3) }
            return messages.map { _ in .accepted }
        }
        let (stream, source) = RequestBody.makeStream()
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        let body = try DecodedBody(Request(head: head, body: stream))
        let reader = reader

        async let outcome = Task {
            try await LineIngestion(engine: engine) { _ in waits.add(1, ordering: .relaxed) }.run(body, reader: reader)
        }.result
        for _ in 0..<2 {
            let lines = String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax)
            await source.yield(ByteBuffer(string: lines))
        }
        source.finish()

        let result = await outcome
        let failure = #expect(throws: LineIngestion.Interruption.self) { try result.get() }
        let error = APIError(interruption: try #require(failure))
        #expect(waits.load(ordering: .relaxed) == IngestionLimits.attemptsMax - 1)
        #expect(error.code.status == 503)
        #expect(error.retryAfterSeconds == 3)
        #expect(error.members["settledThroughLine"]?.int64 == Int64(IngestionLimits.batchLinesMax))
    }

    @Test func `no more than one batch is read ahead of the engine`() async throws {
        let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
        let isOpen = Atomic(false)
        let engine = ScriptedEngine { _, messages throws(EngineError) in
            await withCheckedContinuation { continuation in
                let passes = gate.withLock { waiting in
                    if isOpen.load(ordering: .sequentiallyConsistent) { return true }
                    waiting.append(continuation)
                    return false
                }
                if passes { continuation.resume() }
            }
            return messages.map { _ in .accepted }
        }
        let pieces = Atomic(0)
        let lines = String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax)
        let stream = AsyncStream<ByteBuffer> {
            guard pieces.load(ordering: .sequentiallyConsistent) < 20 else { return nil }
            pieces.add(1, ordering: .sequentiallyConsistent)
            return ByteBuffer(string: lines)
        }
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        let body = try DecodedBody(Request(head: head, body: RequestBody(asyncSequence: stream)))
        let reader = reader

        async let report = LineIngestion(engine: engine) { _ in }.run(body, reader: reader)
        // One batch is with the engine; the next one is read and then nothing more is.
        while engine.offered.isEmpty || pieces.load(ordering: .sequentiallyConsistent) < 2 { await Task.yield() }
        for _ in 0..<1_000 { await Task.yield() }
        let readWhileBusy = pieces.load(ordering: .sequentiallyConsistent)
        let offeredWhileBusy = engine.offered.count
        let waiting = gate.withLock { waiting in
            isOpen.store(true, ordering: .sequentiallyConsistent)
            defer { waiting = [] }
            return waiting
        }
        waiting.forEach { $0.resume() }

        #expect(readWhileBusy == 2)
        #expect(offeredWhileBusy == 1)
        #expect(try await report.accepted == 20 * IngestionLimits.batchLinesMax)
    }

    @Test func `a connection that ends early is an error, not the end of the body`() async throws {
        let text = LineIngestionTests.line
        let body = try body(text, announced: text.utf8.count + 100)
        let reader = reader

        let failure = await #expect(throws: LineIngestion.Interruption.self) {
            try await LineIngestion(engine: ScriptedEngine()) { _ in }.run(body, reader: reader)
        }
        let error = APIError(interruption: try #require(failure))
        #expect(error.code == .bodyIncomplete)
        #expect(error.members["settledThroughLine"] == 0)
    }

    @Test(arguments: [true, false])
    func `an upload ends when the server stops, and says what is durable`(isQuiet: Bool) async throws {
        let engine = ScriptedEngine()
        let (stream, source) = RequestBody.makeStream()
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        let body = try DecodedBody(Request(head: head, body: stream))
        let reader = reader
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        let lines = String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax)

        async let outcome = Task {
            try await LineIngestion(
                engine: engine,
                untilStopping: { for await _ in stops { return } },
                pause: { _ in }
            ).run(body, reader: reader)
        }.result
        await source.yield(ByteBuffer(string: lines))
        while engine.offered.isEmpty { await Task.yield() }
        if !isQuiet { await source.yield(ByteBuffer(string: "{")) }
        stop.yield()

        let result = await outcome
        source.finish()
        let failure = #expect(throws: LineIngestion.Interruption.self) { try result.get() }
        let error = APIError(interruption: try #require(failure))
        #expect(error.code.status == 503)
        #expect(error.members["settledThroughLine"]?.int64 == Int64(IngestionLimits.batchLinesMax))
        #expect(engine.offered.count == 1)
    }

    @Test func `a body that is not HTTP is told from one that ended early`() async throws {
        let (stream, source) = RequestBody.makeStream()
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        let body = try DecodedBody(Request(head: head, body: stream))
        let reader = reader
        source.finish(HTTPParserError.invalidChunkSize)

        let failure = await #expect(throws: LineIngestion.Interruption.self) {
            try await LineIngestion(engine: ScriptedEngine()) { _ in }.run(body, reader: reader)
        }
        #expect(APIError(interruption: try #require(failure)).code == .bodyMalformed)
    }

    /// Timers that end when the test says so.
    private final class Timers: Sendable {
        private let waiting = Mutex<[Duration: [AsyncStream<Void>.Continuation]]>([:])

        func wait(_ time: Duration) async throws {
            let (bell, continuation) = AsyncStream.makeStream(of: Void.self)
            waiting.withLock { $0[time, default: []].append(continuation) }
            for await _ in bell { return }
            try Task.checkCancellation()
        }

        /// Ends the timers of this length, waiting until there is one.
        func ring(_ time: Duration) async {
            while true {
                let rung = waiting.withLock { $0.removeValue(forKey: time) ?? [] }
                for continuation in rung { continuation.yield() }
                guard rung.isEmpty else { return }
                await Task.yield()
            }
        }
    }

    /// An upload whose sender and timers are in the hands of the test.
    private struct OpenUpload {
        let source: RequestBody.Source
        let timers = Timers()
        let outcome: Task<LineReport, any Error>

        init(_ engine: ScriptedEngine, permits: BodyPermits = BodyPermits(1)) throws {
            let (stream, source) = RequestBody.makeStream()
            let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
            let body = try DecodedBody(Request(head: head, body: stream))
            let reader = LineReader.records()
            let timers = timers
            self.source = source
            outcome = Task {
                try await LineIngestion(
                    engine: engine,
                    permits: permits,
                    timer: { try await timers.wait($0) },
                    pause: { _ in }
                ).run(body, reader: reader)
            }
        }

        func say(_ text: String) async { await source.yield(ByteBuffer(string: text)) }

        /// The error that the upload ends with.
        func error() async throws -> APIError {
            let result = await outcome.result
            source.finish()
            let failure = #expect(throws: LineIngestion.Interruption.self) { try result.get() }
            return APIError(interruption: try #require(failure))
        }
    }

    @Test func `a line of a body that is still open is stored when its sender is quiet`() async throws {
        let engine = ScriptedEngine()
        let upload = try OpenUpload(engine)

        for count in 1...3 {
            await upload.say(LineIngestionTests.line)
            await upload.timers.ring(IngestionLimits.quietTime)
            while engine.offered.count < count { await Task.yield() }
        }
        upload.source.finish()

        #expect(try await upload.outcome.value.accepted == 3)
        #expect(engine.offered.map(\.count) == [1, 1, 1])
    }

    @Test func `an upload of which no line comes to its end is ended with 408`() async throws {
        let upload = try OpenUpload(ScriptedEngine())

        await upload.say("{")
        for _ in 0..<2 { await upload.timers.ring(IngestionLimits.lineTime) }
        let error = try await upload.error()

        #expect(error.code == .bodyTooSlow)
        #expect(error.code.status == 408)
        #expect(error.members["settledThroughLine"] == 0)
    }

    @Test func `an upload whose lines come to their end may last`() async throws {
        let engine = ScriptedEngine()
        let upload = try OpenUpload(engine)

        for count in 1...5 {
            await upload.say(LineIngestionTests.line)
            await upload.timers.ring(IngestionLimits.quietTime)
            while engine.offered.count < count { await Task.yield() }
            await upload.timers.ring(IngestionLimits.lineTime)
        }
        upload.source.finish()

        #expect(try await upload.outcome.value.accepted == 5)
    }

    @Test func `an upload that waits too long for its turn is 429 while nothing of it is stored`() async throws {
        let engine = ScriptedEngine()
        let upload = try OpenUpload(engine, permits: BodyPermits(0))

        await upload.say(LineIngestionTests.line)
        await upload.timers.ring(IngestionLimits.firstPermitTime)
        let error = try await upload.error()

        #expect(error.code == .overloaded)
        #expect(error.code.status == 429)
        #expect(error.retryAfterSeconds == 1)
        #expect(engine.offered.isEmpty)
    }

    @Test func `an open upload of which nothing is in memory leaves its turn to others`() async throws {
        let engine = ScriptedEngine()
        let permits = BodyPermits(1)
        let open = try OpenUpload(engine, permits: permits)
        await open.say(String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax) + "{")
        while engine.offered.isEmpty { await Task.yield() }

        let other = try OpenUpload(engine, permits: permits)
        await other.say(LineIngestionTests.line)
        other.source.finish()
        let report = try await other.outcome.value
        await open.say("}\n")
        open.source.finish()

        #expect(report.accepted == 1)
        #expect(try await open.outcome.value.accepted == IngestionLimits.batchLinesMax)
    }

    @Test func `uploads that are full of lines take turns`() async throws {
        let engine = ScriptedEngine()
        let permits = BodyPermits(1)
        let batch = String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax)
        let uploads = try (0..<3).map { _ in try OpenUpload(engine, permits: permits) }

        await withTaskGroup(of: Void.self) { group in
            for upload in uploads {
                group.addTask {
                    for _ in 0..<10 { await upload.say(batch) }
                    upload.source.finish()
                }
            }
        }

        for upload in uploads {
            #expect(try await upload.outcome.value.accepted == 10 * IngestionLimits.batchLinesMax)
        }
        #expect(permits.waitingCount == 0)
    }
}
