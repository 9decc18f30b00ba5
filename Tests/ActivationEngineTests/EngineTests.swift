import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// The engine over storage and sink in memory.
@Suite(.timeLimit(.minutes(5))) struct EngineTests {
    static let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
        name: "default",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
    static let flow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))
    static let audience = Audience.ID(uuid: UUIDBytes(high: 3, low: 1))

    static func catalog(enabled: Bool = true, audiences: [(Audience.ID, String)] = [(audience, "step >= 0")]) throws
        -> CatalogDefinition
    {
        let instant = Timestamp(milliseconds: 1)
        return CatalogDefinition(
            mergePolicies: [policy],
            namespaces: NamespaceDirectory(),
            audiences: try audiences.map { id, text in
                AudienceDefinition(
                    id: id,
                    name: id.uuid.description,
                    mergePolicy: policy.id,
                    expression: try PQLExpression(parsing: text),
                    createdAt: instant,
                    updatedAt: instant
                )
            },
            dataflows: [
                Dataflow(
                    id: flow,
                    isEnabled: enabled,
                    audiences: [Dataflow.MappedAudience(audience: audience, createdAt: instant, updatedAt: instant)],
                    attributes: [["step"]]
                )
            ]
        )
    }

    static func record(_ person: Int, step: Int) throws -> Message {
        try Message(
            record: JSONDocument(parsing: #"{"identityMap":{"Phone":[{"id":"\#(person)"}]},"step":\#(step)}"#),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    static func steps(_ sink: RecordingSink) -> [[Int64]] {
        var steps: [String: [Int64]] = [:]
        for record in sink.delivered {
            guard let step = (try? JSONDocument(parsing: record.payload))?.root["step"]?.int64 else { continue }
            steps[record.partitionKey, default: []].append(step)
        }
        return Array(steps.values)
    }

    static func engine(
        storage: any Storage & ControlStore,
        options: EngineOptions = EngineOptions(drainDeadline: .seconds(1)),
        sinks: any SinkFactory,
        time: any TimeSource = ManualTime()
    ) async throws -> Engine {
        try await Engine(
            storage: storage,
            control: storage,
            sinks: sinks,
            time: time,
            options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Runs an engine while the body does, then stops it the graceful way.
    static func withEngine(
        storage: any Storage & ControlStore = InMemoryStorage(),
        options: EngineOptions = EngineOptions(drainDeadline: .seconds(1)),
        sinks: any SinkFactory,
        time: any TimeSource = ManualTime(),
        _ body: (Engine) async throws -> Void
    ) async throws {
        let engine = try await engine(storage: storage, options: options, sinks: sinks, time: time)
        try await running(engine) { try await body(engine) }
    }

    /// Runs an engine for as long as the body takes.
    static func running(_ engine: Engine, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits for a condition that other tasks bring about; the suite's limit ends a hopeless wait.
    static func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `what is acknowledged is delivered in the order of each profile, and the books balance`() async throws {
        let sink = RecordingSink()
        try await Self.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(Self.catalog())
            for step in 0..<20 {
                let results = try await engine.ingest((0..<10).map { try Self.record($0, step: step) })
                #expect(results == Array(repeating: .accepted, count: 10))
            }
            try await Self.until { try await engine.books(Self.flow).counters.delivered == 200 }

            let books = try await engine.books(Self.flow)
            #expect(books.counters == DataflowCounters(triggered: 200, delivered: 200))
            #expect(books.pendingRows == 0)
            #expect(books.state == .running)
            #expect(try await engine.memberCount(Self.audience) == 10)
            #expect(Self.steps(sink) == Array(repeating: Array(0..<20), count: 10))
        }
    }

    @Test func `a refused record becomes a dead letter and later ones go on`() async throws {
        let sink = RecordingSink { record in
            String(decoding: record.payload, as: UTF8.self).contains(#""step":1,"#) ? .reject : .deliver
        }
        try await Self.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(Self.catalog())
            _ = try await engine.ingest((0..<3).map { try Self.record(1, step: $0) })
            try await Self.until { try await engine.books(Self.flow).pendingRows == 0 }

            let books = try await engine.books(Self.flow)
            #expect(books.counters == DataflowCounters(triggered: 3, delivered: 2, parked: 1))
            #expect(Self.steps(sink) == [[0, 2]])
            let letters = try await engine.deadLetters(Self.flow, limit: 10)
            #expect(letters.map(\.code) == ["MESSAGE_TOO_LARGE"])
        }
    }

    @Test func `a destination that refuses everything pauses the dataflow until a person acts`() async throws {
        let sinks = Mutex<[RecordingSink]>([])
        let factory = ClosureSinkFactory { _ in
            sinks.withLock { sinks in
                let isFirst = sinks.isEmpty
                sinks.append(RecordingSink { _ in isFirst ? .failDestination : .deliver })
                return sinks[sinks.count - 1]
            }
        }
        try await Self.withEngine(sinks: factory) { engine in
            try await engine.update(Self.catalog())
            _ = try await engine.ingest([Self.record(1, step: 0), Self.record(1, step: 1)])
            try await Self.until {
                guard case .paused(let trouble) = try await engine.books(Self.flow).state else { return false }
                return trouble.code == "GONE" && trouble.message == "no stream"
            }
            #expect(try await engine.books(Self.flow).pendingRows == 2)

            await engine.restartRelay(Self.flow)
            try await Self.until { try await engine.books(Self.flow).pendingRows == 0 }

            #expect(sinks.withLock { $0.map(Self.steps) } == [[], [[0, 1]]])
            #expect(try await engine.books(Self.flow).counters == DataflowCounters(triggered: 2, delivered: 2))
        }
    }

    @Test func `a lost write refuses what waits and ends the engine with its reason`() async throws {
        let storage = InMemoryStorage()
        let engine = try await Self.engine(storage: storage, sinks: ClosureSinkFactory { _ in RecordingSink() })
        storage.failNextWrite(with: StorageError(.writeLost, "the disk lost a write"))

        async let refusal = #expect(throws: EngineError.self) { try await engine.ingest([Self.record(1, step: 0)]) }
        let end = await #expect(throws: EngineError.self) { try await engine.run() }

        #expect(await refusal?.code == .writeLost)
        #expect(end?.code == .writeLost)
        #expect(!engine.isAccepting)
        await #expect(throws: EngineError.self) { try await engine.ingest([Self.record(1, step: 1)]) }
        #expect(try await storage.profileCount(scope: .production) == 0)
    }

    @Test func `a write that is lost while a delivery is settled ends the engine too`() async throws {
        let storage = InMemoryStorage()
        let sink = RecordingSink { _ in .hold }
        let engine = try await Self.engine(storage: storage, sinks: ClosureSinkFactory { _ in sink })
        async let end = #expect(throws: EngineError.self) { try await engine.run() }
        try await engine.update(Self.catalog())
        _ = try await engine.ingest([Self.record(1, step: 0)])
        try await Self.until { sink.heldCount == 1 }

        storage.failNextWrite(with: StorageError(.writeLost, "the disk lost a write"))
        sink.releaseHeld()

        #expect(await end?.code == .writeLost)
        #expect(!engine.isAccepting)
        #expect(try await storage.books(dataflow: Self.flow).pendingRows == 1)
    }

    @Test func `passing trouble is retried from the oldest unsettled row`() async throws {
        let attempts = Atomic<Int>(0)
        let last = RecordingSink()
        let factory = ClosureSinkFactory { _ in
            attempts.add(1, ordering: .relaxed).newValue == 1 ? RecordingSink { _ in .fail } : last
        }
        try await Self.withEngine(sinks: factory) { engine in
            try await engine.update(Self.catalog())
            _ = try await engine.ingest((0..<5).map { try Self.record(1, step: $0) })
            try await Self.until { try await engine.books(Self.flow).pendingRows == 0 }

            #expect(Self.steps(last) == [[0, 1, 2, 3, 4]])
        }
    }

    @Test func `a disabled dataflow makes no rows and keeps those it has until it is enabled`() async throws {
        let sink = RecordingSink()
        let storage = InMemoryStorage()
        let opened = Atomic<Int>(0)
        let factory = ClosureSinkFactory { _ in
            opened.add(1, ordering: .relaxed).newValue == 1 ? RecordingSink { _ in .hold } : sink
        }
        try await Self.withEngine(storage: storage, sinks: factory) { engine in
            try await engine.update(Self.catalog())
            _ = try await engine.ingest([Self.record(1, step: 0)])
            try await Self.until { opened.load(ordering: .relaxed) == 1 }
            try await engine.update(Self.catalog(enabled: false))
            _ = try await engine.ingest([Self.record(1, step: 1)])
            try await Self.until { try await engine.books(Self.flow).state == .disabled }
            let books = try await engine.books(Self.flow)
            #expect(books.counters == DataflowCounters(triggered: 2, suppressedDisabled: 1))
            #expect(books.pendingRows == 1)

            try await engine.update(Self.catalog())
            // What was left undone is made up for, behind what waited (BEHAVIOUR 3.10).
            try await Self.until { try await engine.books(Self.flow).counters.delivered == 2 }

            #expect(Self.steps(sink) == [[0, 1]])
        }
    }

    @Test func `rows that a stopped engine left go out when the next one starts`() async throws {
        let storage = InMemoryStorage()
        try await Self.withEngine(storage: storage, sinks: ClosureSinkFactory { _ in RecordingSink { _ in .hold } }) {
            try await $0.update(Self.catalog())
            _ = try await $0.ingest((0..<3).map { try Self.record(1, step: $0) })
        }
        let sink = RecordingSink()
        try await Self.withEngine(storage: storage, sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(Self.catalog())
            try await Self.until { try await engine.books(Self.flow).pendingRows == 0 }
            #expect(Self.steps(sink) == [[0, 1, 2]])
        }
    }

    @Test func `a new audience is evaluated for stored profiles and its members are exported`() async throws {
        let sink = RecordingSink()
        let options = EngineOptions(evaluationStep: 7, drainDeadline: .seconds(1))
        try await Self.withEngine(options: options, sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(Self.catalog(audiences: []))
            _ = try await engine.ingest((0..<50).map { try Self.record($0, step: $0) })

            try await engine.update(Self.catalog(audiences: [(Self.audience, "step < 20")]))
            try await Self.until { engine.evaluationProgress(Self.audience)?.isDone == true }
            try await Self.until { try await engine.books(Self.flow).counters.delivered == 20 }

            #expect(engine.evaluationProgress(Self.audience)?.processed == 50)
            #expect(try await engine.memberCount(Self.audience) == 20)
        }
    }

    @Test func `an expression that cannot be used leaves the old catalog in force`() async throws {
        let other = Audience.ID(uuid: UUIDBytes(high: 3, low: 2))
        let sink = RecordingSink()
        try await Self.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(Self.catalog())
            let broken = try Self.catalog(audiences: [
                (Self.audience, #"inSegment("\#(other.uuid)")"#), (other, #"inSegment("\#(Self.audience.uuid)")"#),
            ])

            await #expect(throws: EngineError.self) { try await engine.update(broken) }
            _ = try await engine.ingest([Self.record(1, step: 0)])
            try await Self.until { try await engine.books(Self.flow).counters.delivered == 1 }
        }
    }

    @Test func `a stopped engine refuses messages and says so`() async throws {
        let engine = try await Self.engine(
            storage: InMemoryStorage(),
            sinks: ClosureSinkFactory { _ in RecordingSink() }
        )
        let running = Task { try await engine.run() }
        running.cancel()
        try await running.value

        await #expect { try await engine.ingest([Self.record(1, step: 0)]) } throws: {
            ($0 as? EngineError)?.code == .shuttingDown
        }
    }

    @Test func `a full lane refuses with a time to come back, and loses nothing it took`() async throws {
        let lane = IngestLane(options: EngineOptions(laneMessagesMax: 10))
        let first = Task { try await lane.submit((0..<10).map { try Self.record($0, step: 0) }) }
        try await Self.until { !lane.waiting.isEmpty }

        await #expect {
            try await lane.submit([Self.record(99, step: 0)])
        } throws: { error in
            let error = error as? EngineError
            return error?.code == .overloaded && error?.retryAfterSeconds == 1
        }

        let work = try #require(await lane.next())
        for case .messages(let messages, let continuation, _) in work {
            continuation.resume(returning: .success(messages.map { _ in .accepted }))
        }
        #expect(try await first.value.count == 10)
    }
}
