import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// What is kept of a schedule, over errors and damage.
@Suite struct EvaluationStoreTests {
    private typealias World = EvaluationWorld

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let now = Timestamp(milliseconds: 1_772_000_000_000)
    private static let version = AudienceVersion(
        updatedAt: now,
        calendar: "Test/Zone 1f",
        policyChangedAt: Timestamp(milliseconds: 7)
    )

    private static func schedule() -> EvaluationSchedule {
        var schedule = EvaluationSchedule()
        let audiences = Dictionary(uniqueKeysWithValues: (1...3).map { (World.audience($0), version) })
        schedule.join([World.audience(1): version], expirations: nil, total: 10, now: now)
        schedule.advance(to: schedule.position.nextRound, EvaluationCounts(of: []), now: now)
        var pass = EvaluationPass(
            id: EvaluationPass.ID(uuid: UUIDBytes(high: 4, low: 1)),
            audiences: [],
            createdAt: now
        )
        pass.audiences = [World.audience(2), World.audience(1)]
        schedule.passes[pass.id] = pass
        schedule.removals["done"] = {
            var removal = DatasetRemoval(of: "done", from: schedule.position, total: 5, now: now)
            var counts = DatasetRemoval.Counts()
            (counts.profiles, counts.facts, counts.events) = (1, 2, 3)
            removal.settle(at: schedule.position.nextRound, counts, now: now)
            return removal
        }()
        schedule.join(audiences, expirations: "30 3 web", ended: ["done", "a \"name\""], total: 10, now: now)
        let next = EvaluationPosition(round: schedule.position.round, row: 7, visited: 7)
        var counts = EvaluationCounts(of: [])
        counts.flips[World.audience(2), default: EvaluationPass.Flips()].exited = 3
        counts.members[World.audience(1)] = ["Email": 2, "a \"name\"": 7]
        schedule.advance(to: next, counts, now: now)
        var failed = pass
        failed.id = EvaluationPass.ID(uuid: UUIDBytes(high: 4, low: 2))
        failed.end(.failed, at: next, now: now, failure: "a \"reason\"")
        schedule.passes[failed.id] = failed
        return schedule
    }

    @Test func `a schedule is read as it was written`() async throws {
        let control = InMemoryStorage()
        let schedule = Self.schedule()
        try await EvaluationStore(control: control, scope: .production)
            .write(schedule, over: EvaluationSchedule(), now: Self.now)

        let read = try await EvaluationStore(control: control, scope: .production).read(logger: Self.logger)

        #expect(read.stored == schedule)
        #expect(read.schedule == schedule)
        #expect(schedule.isActive)
    }

    @Test func `only what has changed is written`() async throws {
        let control = InMemoryStorage()
        let store = EvaluationStore(control: control, scope: .production)
        var schedule = Self.schedule()
        try await store.write(schedule, over: EvaluationSchedule(), now: Self.now)
        let before = schedule
        schedule.position.row += 1
        schedule.shares[World.audience(1)] = nil
        try await store.write(schedule, over: before, now: Timestamp(milliseconds: Self.now.milliseconds + 1))

        var written: [String] = []
        for kind in [
            EvaluationShare.kind, EvaluationPass.kind, ExpiryVisit.kind, DatasetRemoval.kind, "evaluationPosition",
        ] {
            for object in try await control.objects(kind: kind, scope: .production) where object.updatedAt > Self.now {
                written.append(object.id)
            }
        }
        #expect(written == ["position"])
        let read = try await EvaluationStore(control: control, scope: .production).read(logger: Self.logger)
        #expect(read.stored == schedule)
    }

    @Test(arguments: [false, true]) func `after an error the store is asked what it holds`(isDone: Bool) async throws {
        let control = DoubtfulControlStore()
        let store = EvaluationStore(control: control, scope: .production)
        var schedule = Self.schedule()
        try await store.write(schedule, over: EvaluationSchedule(), now: Self.now)
        let stored = schedule
        schedule.position.row += 1
        schedule.shares[World.audience(1)] = nil
        schedule.passes = [:]
        control.failNext(afterDoingIt: isDone)
        await #expect(throws: StorageError.self) { try await store.write(schedule, over: stored, now: Self.now) }

        schedule.position.row += 1
        try await store.write(schedule, over: stored, now: Self.now)

        let read = try await EvaluationStore(control: control.inner, scope: .production).read(logger: Self.logger)
        #expect(read.stored == schedule)
    }

    @Test func `what lost its position begins anew`() async throws {
        let control = InMemoryStorage()
        try await EvaluationStore(control: control, scope: .production)
            .write(Self.schedule(), over: EvaluationSchedule(), now: Self.now)
        let position = try #require(
            try await control.object(kind: "evaluationPosition", id: "position", scope: .production)
        )
        try await control.apply(
            [.delete(kind: position.kind, id: position.id, expectedEtag: position.etag)],
            scope: .production
        )

        let store = EvaluationStore(control: control, scope: .production)
        let (stored, schedule) = try await store.read(logger: Self.logger)

        #expect(schedule.shares.keys.elementsEqual([World.audience(1)]))
        #expect(schedule.shares[World.audience(1)]?.start == nil)
        let states = schedule.orderedPasses.map(\.state)
        #expect(states == [.queued, .failed])
        try await store.write(schedule, over: stored, now: Self.now)
        #expect(try await control.objects(kind: EvaluationShare.kind, scope: .production).count == 1)
    }

    @Test func `damaged objects are left out, never a trap, and are written over`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        let whole = InMemoryStorage()
        try await EvaluationStore(control: whole, scope: .production)
            .write(Self.schedule(), over: EvaluationSchedule(), now: Self.now)
        var objects: [ControlObject] = []
        for kind in [EvaluationShare.kind, EvaluationPass.kind, "evaluationPosition"] {
            objects += try await whole.objects(kind: kind, scope: .production)
        }
        let numbers = [
            "-1", "9223372036854775807", "-9223372036854775808", "1e300", "null", #""x""#, "[]", "1152921504606846976",
        ]
        for _ in 0..<500 {
            let control = InMemoryStorage()
            var damaged = objects
            for index in damaged.indices where Int.random(in: 0..<2, using: &random) == 0 {
                var text = String(decoding: damaged[index].body, as: UTF8.self)
                let digits = text.indices.filter { text[$0].isNumber }
                guard let at = digits.randomElement(using: &random) else { continue }
                text.replaceSubrange(at...at, with: numbers.randomElement(using: &random) ?? "")
                damaged[index].body = Array(text.utf8)
            }
            try await control.apply(damaged.map { .insert($0) }, scope: .production)

            let store = EvaluationStore(control: control, scope: .production)
            var (stored, schedule) = try await store.read(logger: Self.logger)
            let definitions = Dictionary(uniqueKeysWithValues: (1...4).map { (World.audience($0), Self.version) })
            schedule.join(definitions, expirations: "1 3 web", total: 10, now: Self.now)
            for share in schedule.shares.values {
                _ = share.progress(at: schedule.position, rate: 0.001, isMoving: true, now: Self.now)
            }
            _ = schedule.orderedPasses
            for _ in 0..<3 {
                schedule.advance(to: schedule.step([], limit: 1).1, EvaluationCounts(of: []), now: Self.now)
            }
            #expect(!schedule.isActive, "seed \(seed)")
            try await store.write(schedule, over: stored, now: Self.now)
            stored = schedule
            let again = try await EvaluationStore(control: control, scope: .production).read(logger: Self.logger)
            #expect(again.stored.shares == schedule.shares, "seed \(seed)")
            #expect(again.stored.expiry == schedule.expiry, "seed \(seed)")
        }
    }
}

/// A control store whose errors do not say whether the change was made.
private final class DoubtfulControlStore: ControlStore {
    let inner = InMemoryStorage()
    private let failure = Mutex<Bool?>(nil)

    func failNext(afterDoingIt isDone: Bool) {
        failure.withLock { $0 = isDone }
    }

    func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        try await inner.objects(kind: kind, scope: scope)
    }

    func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        try await inner.object(kind: kind, id: id, scope: scope)
    }

    func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) async throws(StorageError) {
        let isDone = failure.withLock { failure in exchange(&failure, with: nil) }
        if isDone != false { try await inner.apply(changes, history: history, scope: scope) }
        if isDone != nil { throw StorageError(.io, "who knows") }
    }

    func historyStart(at instant: Timestamp) async throws(StorageError) -> Int64 {
        try await inner.historyStart(at: instant)
    }

    func history(_ request: ConfigurationChangesRequest) async throws(StorageError) -> [ConfigurationChange] {
        try await inner.history(request)
    }
}
