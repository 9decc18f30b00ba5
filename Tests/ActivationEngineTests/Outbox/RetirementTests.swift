import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// Deleting a dataflow whose destination takes nothing.
@Suite(.timeLimit(.minutes(2))) struct RetirementTests {
    private struct NotYet: Error {}

    /// The catalog of the engine's tests without its dataflow.
    private static func withoutDataflow() throws -> CatalogDefinition {
        var catalog = try EngineTests.catalog()
        catalog.dataflows = []
        return catalog
    }

    @Test func `a deleted dataflow's rows are dropped behind the answer, although its sink is full`() async throws {
        let sink = RecordingSink(capacity: 1) { _ in .hold }
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(EngineTests.catalog())
            _ = try await engine.ingest((0..<5).map { try EngineTests.record($0, step: 0) })
            try await EngineTests.until { sink.heldCount == 1 }
            try await engine.update(Self.withoutDataflow())
            let isDone = Mutex(false)

            engine.retire(EngineTests.flow) { isDone.withLock { $0 = true } }

            #expect(engine.relayState(EngineTests.flow) == .disabled)
            try await EngineTests.until { isDone.withLock { $0 } }
            let books = try await engine.books(EngineTests.flow)
            #expect(books.pendingRows == 0)
            #expect(books.counters == DataflowCounters(triggered: 5, suppressedDeleted: 5))
            #expect(sink.isClosed)
        }
    }

    @Test func `what fails is done again, and does not keep an engine from stopping`() async throws {
        let attempts = Mutex(0)
        try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in RecordingSink() }) { engine in
            engine.retire(EngineTests.flow) {
                attempts.withLock { $0 += 1 }
                throw NotYet()
            }
            try await EngineTests.until { attempts.withLock { $0 } == 2 }
        }
        #expect(attempts.withLock { $0 } >= 2)
    }

    // MARK: The end of an engine

    /// An engine that waits long for records to leave.
    private static func engine(sending sink: RecordingSink, lifeSign: any LifeSign) async throws -> Engine {
        let storage = InMemoryStorage()
        return try await Engine(
            storage: storage,
            control: storage,
            sinks: ClosureSinkFactory { _ in sink },
            lifeSign: lifeSign,
            time: ManualTime(),
            options: EngineOptions(drainDeadline: .seconds(3_600)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func `the end of an engine is noted when nothing is on its way any more`() async throws {
        final class Sign: LifeSign {
            let rested = Mutex(false)
            let interval = Duration.zero
            let silence: Duration? = nil
            func beat() throws(StorageError) {}
            func rest() throws(StorageError) { rested.withLock { $0 = true } }
        }
        let sign = Sign()
        let sink = RecordingSink()
        let engine = try await Self.engine(sending: sink, lifeSign: sign)
        let running = Task { try await engine.run() }
        try await engine.update(EngineTests.catalog())
        _ = try await engine.ingest([EngineTests.record(1, step: 0)])
        #expect(!sign.rested.withLock { $0 })
        running.cancel()
        try await running.value
        #expect(sign.rested.withLock { $0 } && sink.closedWithin == .seconds(3_600))
    }

    @Test func `whoever was replaced waits for nothing that it may not send any more`() async throws {
        final class Sign: LifeSign {
            let isReplaced = Mutex(false)
            let interval = Duration.zero
            let silence: Duration? = nil
            func beat() throws(StorageError) {
                if isReplaced.withLock({ $0 }) { throw StorageError(.fenced, "another process leads") }
            }
        }
        let sign = Sign()
        let sink = RecordingSink { _ in .hold }
        let engine = try await Self.engine(sending: sink, lifeSign: sign)
        let running = Task { try await engine.run() }
        try await engine.update(EngineTests.catalog())
        _ = try await engine.ingest([EngineTests.record(1, step: 0)])
        try await EngineTests.until { sink.heldCount == 1 }
        sign.isReplaced.withLock { $0 = true }
        running.cancel()
        try await running.value
        #expect(sink.closedWithin == .zero)
    }
}
