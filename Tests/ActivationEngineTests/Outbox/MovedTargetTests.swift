import ActivationCore
import Foundation
import SQLiteStorage
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// Where an engine test keeps its data.
enum StorageKind: CaseIterable, Sendable {
    case memory
    case sqlite

    /// Runs with an empty storage, and with what opens it again as the next process does.
    func run(_ body: (StoreHandle) async throws -> Void) async throws {
        switch self {
        case .memory:
            let storage = InMemoryStorage()
            try await body(
                StoreHandle(storage: storage) { _ in
                    storage.crash()
                    return storage
                }
            )
        case .sqlite:
            let directory = NSTemporaryDirectory() + "/" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let handle = StoreHandle(storage: try SQLiteStorage.open(directory: directory)) { storage in
                try await (storage as? SQLiteStorage)?.close()
                return try SQLiteStorage.open(directory: directory)
            }
            try await body(handle)
            try await (handle.storage as? SQLiteStorage)?.close()
        }
    }
}

/// A storage that can be opened again.
final class StoreHandle {
    private(set) var storage: any Storage & ControlStore
    private let open: (any Storage & ControlStore) async throws -> any Storage & ControlStore

    init(
        storage: any Storage & ControlStore,
        open: @escaping (any Storage & ControlStore) async throws -> any Storage & ControlStore
    ) {
        self.storage = storage
        self.open = open
    }

    /// Runs an engine over the storage while the body does, then stops it the graceful way and opens the storage again.
    func withEngine(
        sinks: any SinkFactory,
        time: any TimeSource = ManualTime(),
        _ body: (Engine) async throws -> Void
    ) async throws {
        try await EngineTests.withEngine(
            storage: storage,
            options: EngineOptions(drainDeadline: .zero),
            sinks: sinks,
            time: time,
            body
        )
        storage = try await open(storage)
    }
}

/// Destinations by number, one of which is the present one; the control plane's part in a test.
private final class MovingSinks: SinkFactory {
    private struct State {
        var present = 0
        var formers: [(number: Int, through: Int64)] = []
        var cuts: [Int64] = []
        /// All sinks that were opened, by destination.
        var opened: [Int: [RecordingSink]] = [:]
        var behaviour: @Sendable (Int) -> RecordingSink.Behaviour = { _ in .deliver }
    }

    let landingTime = Duration.zero
    private let state = Mutex(State())

    /// What the destination of a number does with records of sinks that are opened from now on.
    func behave(_ behaviour: @escaping @Sendable (Int) -> RecordingSink.Behaviour) {
        state.withLock { $0.behaviour = behaviour }
    }

    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink {
        try await route(for: dataflow).sink
    }

    func route(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> SinkRoute {
        state.withLock { state in
            let former = state.formers.first
            let number = former?.number ?? state.present
            let behaviour = state.behaviour
            let sink = RecordingSink { _ in behaviour(number) }
            state.opened[number, default: []].append(sink)
            return SinkRoute(sink: sink, through: former?.through)
        }
    }

    func passed(_ row: Int64, of dataflow: Dataflow.ID) async throws(StorageError) {
        state.withLock { $0.formers.removeAll { $0.through <= row } }
    }

    /// Sends what comes from now on to the next destination.
    func move(_ engine: Engine) async throws {
        try await engine.update(EngineTests.catalog()) { () throws(StorageError) in
            let row = try await engine.lastRow(EngineTests.flow)
            self.state.withLock { state in
                if row > state.formers.last?.through ?? 0 { state.formers.append((state.present, row)) }
                state.cuts.append(row)
                state.present += 1
            }
            engine.boundRelay(EngineTests.flow, through: row)
            return nil
        }
    }

    /// What waits goes to the present destination.
    func redirect(_ engine: Engine) async {
        state.withLock { $0.formers = [] }
        await engine.restartRelay(EngineTests.flow)
    }

    var formers: Int { state.withLock { $0.formers.count } }

    /// What arrived at each destination, in order.
    var arrived: [[SinkRecord]] {
        state.withLock { state in
            (0...state.present).map { (state.opened[$0] ?? []).flatMap(\.delivered) }
        }
    }

    /// The rows before which each destination but the last ends; 0 = nothing waited then.
    var cuts: [Int64] { state.withLock { $0.cuts } }
}

/// Another target is a clean cut: what was triggered before goes to the old one (BEHAVIOUR 1.6).
@Suite(.timeLimit(.minutes(2))) struct MovedTargetTests {
    private static func steps(_ records: [SinkRecord]) -> [String: [Int64]] {
        var steps: [String: [Int64]] = [:]
        for record in records {
            guard let step = (try? JSONDocument(parsing: record.payload))?.root["step"]?.int64 else { continue }
            steps[record.partitionKey, default: []].append(step)
        }
        return steps
    }

    @Test(arguments: StorageKind.allCases)
    func `under load every record is at exactly one destination, by the time it was triggered`(
        kind: StorageKind
    ) async throws {
        let sinks = MovingSinks()
        let people = 20
        let steps = 200
        try await kind.run { handle in
            try await handle.withEngine(sinks: sinks) { engine in
                try await engine.update(EngineTests.catalog())
                let done = Atomic(false)
                async let load: Void = {
                    for step in 0..<steps {
                        _ = try await engine.ingest((0..<people).map { try EngineTests.record($0, step: step) })
                    }
                    done.store(true, ordering: .relaxed)
                }()
                var moves = 0
                while moves < 10, !done.load(ordering: .relaxed) {
                    try await sinks.move(engine)
                    moves += 1
                    try await Task.sleep(for: .milliseconds(3))
                }
                try await load
                try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
                try await EngineTests.until { sinks.formers == 0 }
                #expect(try await engine.books(EngineTests.flow).counters.delivered == Int64(people * steps))
            }
        }
        let arrived = sinks.arrived
        #expect(arrived.reduce(0) { $0 + $1.count } == people * steps, "nothing twice, nothing lost")
        for (number, cut) in sinks.cuts.enumerated() where cut > 0 {
            #expect(arrived[number].allSatisfy { $0.token <= cut }, "destination \(number) has a later record")
            #expect(arrived[(number + 1)...].allSatisfy { $0.allSatisfy { $0.token > cut } })
        }
        var last: [String: Int64] = [:]
        for records in arrived {
            for (person, own) in Self.steps(records) {
                let next = last[person].map { $0 + 1 } ?? 0
                #expect(own == Array(next..<next + Int64(own.count)))
                last[person] = own.last
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what waits for a former destination goes there after a restart, and nothing new does`(
        kind: StorageKind
    ) async throws {
        let sinks = MovingSinks()
        try await kind.run { handle in
            sinks.behave { _ in .hold }
            try await handle.withEngine(sinks: sinks) { engine in
                try await engine.update(EngineTests.catalog())
                _ = try await engine.ingest((0..<5).map { try EngineTests.record($0, step: 0) })
                try await sinks.move(engine)
                _ = try await engine.ingest((0..<5).map { try EngineTests.record($0, step: 1) })
                try await sinks.move(engine)
                _ = try await engine.ingest((0..<5).map { try EngineTests.record($0, step: 2) })
                #expect(sinks.formers == 2)
            }
            sinks.behave { _ in .deliver }
            try await handle.withEngine(sinks: sinks) { engine in
                try await engine.update(EngineTests.catalog())
                _ = try await engine.ingest((0..<5).map { try EngineTests.record($0, step: 3) })
                try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            }
        }
        let steps = sinks.arrived.map { Set(Self.steps($0).values.flatMap { $0 }) }
        #expect(steps == [[0], [1], [2, 3]])
        #expect(sinks.arrived.map(\.count) == [5, 5, 10])
    }

    @Test(arguments: StorageKind.allCases)
    func `a dead former destination keeps the new one waiting until it is given up`(kind: StorageKind) async throws {
        let sinks = MovingSinks()
        sinks.behave { $0 == 0 ? .failDestination : .deliver }
        try await kind.run { handle in
            try await handle.withEngine(sinks: sinks) { engine in
                try await engine.update(EngineTests.catalog())
                _ = try await engine.ingest([try EngineTests.record(1, step: 0)])
                try await EngineTests.until {
                    guard case .paused = engine.relayState(EngineTests.flow) else { return false }
                    return true
                }
                try await sinks.move(engine)
                _ = try await engine.ingest([try EngineTests.record(1, step: 1)])
                // The move has it tried once more.
                try await EngineTests.until {
                    guard case .paused = engine.relayState(EngineTests.flow) else { return false }
                    return true
                }
                #expect(try await engine.books(EngineTests.flow).pendingRows == 2)
                await sinks.redirect(engine)
                try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            }
        }
        #expect(sinks.arrived.map { Self.steps($0).values.flatMap { $0 } } == [[], [0, 1]])
    }

    @Test func `a destination that nothing waits for is left at once`() async throws {
        let sinks = MovingSinks()
        try await StorageKind.memory.run { handle in
            try await handle.withEngine(sinks: sinks) { engine in
                try await engine.update(EngineTests.catalog())
                for step in 0..<5 {
                    _ = try await engine.ingest([try EngineTests.record(1, step: step)])
                    try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
                    try await sinks.move(engine)
                    #expect(sinks.formers == 0)
                }
            }
        }
        #expect(sinks.arrived.map { Self.steps($0).values.flatMap { $0 } } == [[0], [1], [2], [3], [4], []])
    }
}
