import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import ActivationServer

@Suite struct LineIngestionTests {
    private static let line = #"{"identityMap":{"Email":[{"id":"a@x.org"}]}}"# + "\n"

    private let reader = LineReader(kind: .records, dataset: "default", namespaces: NamespaceDirectory())

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

    @Test func `an upload ends when the server stops, and says what is durable`() async throws {
        let engine = ScriptedEngine()
        let (stream, source) = RequestBody.makeStream()
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/profiles")
        let body = try DecodedBody(Request(head: head, body: stream))
        let reader = reader
        let isStopping = Atomic(false)
        let lines = String(repeating: LineIngestionTests.line, count: IngestionLimits.batchLinesMax)

        async let outcome = Task {
            try await LineIngestion(
                engine: engine,
                isStopping: { isStopping.load(ordering: .sequentiallyConsistent) },
                pause: { _ in }
            ).run(body, reader: reader)
        }.result
        await source.yield(ByteBuffer(string: lines))
        while engine.offered.isEmpty { await Task.yield() }
        isStopping.store(true, ordering: .sequentiallyConsistent)
        await source.yield(ByteBuffer(string: lines))

        let result = await outcome
        source.finish()
        let failure = #expect(throws: LineIngestion.Interruption.self) { try result.get() }
        let error = APIError(interruption: try #require(failure))
        #expect(error.code.status == 503)
        #expect(error.members["accepted"]?.int64 == Int64(IngestionLimits.batchLinesMax))
        #expect(engine.offered.count == 1)
    }
}
