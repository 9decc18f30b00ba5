import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// Exits and entries by the clock, with the engine running.
@Suite(.timeLimit(.minutes(5))) struct TimerServiceTests {
    private static let day: Int64 = 86_400_000

    private static func withEngine(
        _ storage: InMemoryStorage,
        _ time: ManualTime,
        _ sink: RecordingSink,
        step: Int = 250,
        hasCatalog: Bool = true,
        _ body: (Engine) async throws -> Void
    ) async throws {
        try await EngineTests.withEngine(
            storage: storage,
            options: EngineOptions(timerStep: step, drainDeadline: .seconds(1)),
            sinks: ClosureSinkFactory { _ in sink },
            time: time
        ) { engine in
            if hasCatalog {
                try await engine.update(try EngineTests.catalog(audiences: [(EngineTests.audience, renewal)]))
            }
            try await body(engine)
        }
    }

    private static let renewal = "renewal occurs <= 1 day after now"

    private static func record(_ person: Int, renewal: Int64) throws -> Message {
        var text: [UInt8] = []
        Timestamp(milliseconds: renewal).appendRFC3339Milliseconds(to: &text)
        return try Message(
            record: JSONDocument(
                parsing: #"{"identityMap":{"Phone":[{"id":"\#(person)"}]},"step":\#(person),"#
                    + #""renewal":"\#(String(decoding: text, as: UTF8.self))"}"#
            ),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    /// The people in the order in which they were exported, and when what was exported happened.
    private static func exports(_ sink: RecordingSink) -> [(person: Int64, instant: String)] {
        sink.delivered.compactMap { record in
            guard let root = (try? JSONDocument(parsing: record.payload))?.root, let step = root["step"]?.int64,
                let membership = root["segmentMembership"]?["ups"]?[EngineTests.audience.uuid.description],
                let instant = membership["lastQualificationTime"]?.string
            else { return nil }
            return (step, instant)
        }
    }

    private static func text(_ instant: Int64) -> String {
        var text: [UInt8] = []
        Timestamp(milliseconds: instant).appendRFC3339Seconds(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `entries and exits come at their instants, with no new data`() async throws {
        let (storage, time, sink) = (InMemoryStorage(), ManualTime(), RecordingSink())
        let start = time.now().milliseconds
        try await Self.withEngine(storage, time, sink) { engine in
            _ = try await engine.ingest([Self.record(1, renewal: start + 2 * Self.day)])
            #expect(sink.delivered.isEmpty)
            time.advance(milliseconds: Self.day)
            try await EngineTests.until { Self.exports(sink).count == 1 }
            time.advance(milliseconds: Self.day + 1)
            try await EngineTests.until { Self.exports(sink).count == 2 }

            #expect(
                Self.exports(sink).map(\.instant) == [Self.text(start + Self.day), Self.text(start + 2 * Self.day + 1)]
            )
            #expect(try await engine.memberCount(EngineTests.audience) == 0)
        }
    }

    @Test func `a server that slept does everything in the order of the instants, each with its own`() async throws {
        let (storage, time, sink) = (InMemoryStorage(), ManualTime(), RecordingSink())
        let start = time.now().milliseconds
        // Later people are due earlier.
        let people = 0..<200
        try await Self.withEngine(storage, time, RecordingSink()) { engine in
            _ = try await engine.ingest(
                people.map { try Self.record($0, renewal: start + 3 * Self.day - Int64($0) * 1_000) }
            )
        }
        time.advance(milliseconds: 2 * Self.day)
        try await Self.withEngine(storage, time, sink, step: 7) { _ in
            try await EngineTests.until { Self.exports(sink).count == people.count }
        }

        let exports = Self.exports(sink)
        #expect(exports.map(\.person) == people.reversed().map(Int64.init))
        #expect(exports.map(\.instant) == people.reversed().map { Self.text(start + 2 * Self.day - Int64($0) * 1_000) })
    }

    @Test func `a profile that cannot be read keeps nobody else from being taken up`() async throws {
        let (storage, time, sink) = (InMemoryStorage(), ManualTime(), RecordingSink())
        let start = time.now().milliseconds
        var plan = CommitPlan(scope: .production)
        plan.profiles = (1...5).map { number in
            let id = Profile.ID(uuid: UUIDBytes(high: 9, low: UInt64(number)))
            let profile = StoredProfile(row: 0, id: id, revision: 1, value: [9, 9], due: Timestamp(milliseconds: 5))
            return CommitPlan.ProfileWrite(profile: profile, expectedRevision: 0)
        }
        try await storage.commit(plan)
        try await Self.withEngine(storage, time, sink, step: 2) { engine in
            _ = try await engine.ingest([Self.record(1, renewal: start + 2 * Self.day)])
            time.advance(milliseconds: Self.day)
            try await EngineTests.until { Self.exports(sink).count == 1 }
        }
    }

    @Test func `without a catalog nothing is decided: memberships and timers stay`() async throws {
        let (storage, time) = (InMemoryStorage(), ManualTime())
        let start = time.now().milliseconds
        try await Self.withEngine(storage, time, RecordingSink()) { engine in
            _ = try await engine.ingest([Self.record(1, renewal: start + Self.day / 2)])
            #expect(try await engine.memberCount(EngineTests.audience) == 1)
        }
        let due = try await storage.dueProfiles(scope: .production, limit: 9)
        #expect(due.count == 1)
        time.advance(milliseconds: Self.day)
        let engine = try await EngineTests.engine(storage: storage, sinks: ClosureSinkFactory { _ in RecordingSink() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            // Other work goes through the lane meanwhile; the timers would have gone before it.
            for _ in 0..<20 {
                _ = try await engine.lane.decide([])
                await Task.yield()
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await storage.dueProfiles(scope: .production, limit: 9) == due)
    }

    @Test func `a clock that goes back fires nothing twice`() async throws {
        let (storage, time, before, after) = (InMemoryStorage(), ManualTime(), RecordingSink(), RecordingSink())
        let start = time.now().milliseconds
        try await Self.withEngine(storage, time, before) { engine in
            _ = try await engine.ingest([Self.record(1, renewal: start + 2 * Self.day)])
            time.advance(milliseconds: Self.day)
            try await EngineTests.until { Self.exports(before).count == 1 }
        }
        time.advance(milliseconds: -Self.day)
        try await Self.withEngine(storage, time, after) { engine in
            // Evaluated at the latest instant that was given out, so nothing leaves and comes back.
            _ = try await engine.ingest([Self.record(1, renewal: start + 2 * Self.day)])
            time.advance(milliseconds: Self.day + 1_000)
            _ = try await engine.ingest([Self.record(2, renewal: start + 2 * Self.day)])
            try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
        }
        let memberships = (Self.exports(before) + Self.exports(after)).filter { $0.person == 1 }
        #expect(Set(memberships.map(\.instant)) == [Self.text(start + Self.day)])
    }

    @Test func `what is due by the latest instant that was given out does not wait for a clock that went back`()
        async throws
    {
        let (storage, time, sink) = (InMemoryStorage(), ManualTime(), RecordingSink())
        let start = time.now().milliseconds
        try await Self.withEngine(storage, time, RecordingSink()) { engine in
            _ = try await engine.ingest([Self.record(1, renewal: start + 2 * Self.day)])
        }
        time.advance(milliseconds: 3 * Self.day)
        try await Self.withEngine(storage, time, RecordingSink(), hasCatalog: false) { engine in
            // It ends before the timers began; the next instants come after this one.
            _ = try await engine.ingest([Self.record(2, renewal: start)])
        }
        time.advance(milliseconds: -3 * Self.day)

        try await Self.withEngine(storage, time, sink) { _ in
            try await EngineTests.until { Self.exports(sink).count == 2 }
            let instants = Self.exports(sink).map(\.instant)
            #expect(instants == [Self.text(start + Self.day), Self.text(start + 2 * Self.day + 1)])
        }
    }

    @Test func `a full disk loses nothing, fires nothing twice, and is told`() async throws {
        let (storage, time, sink) = (InMemoryStorage(), ManualTime(), RecordingSink())
        let start = time.now().milliseconds
        let people = 0..<60
        try await Self.withEngine(storage, time, sink, step: 7) { engine in
            _ = try await engine.ingest(people.map { try Self.record($0, renewal: start + 2 * Self.day + Int64($0)) })
            storage.failWrites(with: StorageError(.full, "no room"))
            time.advance(milliseconds: Self.day + Int64(people.count))
            try await EngineTests.until { await engine.health().writeFailure?.code == .storageFull }
            #expect(Self.exports(sink).isEmpty)

            storage.failWrites(with: nil)
            try await EngineTests.until { Self.exports(sink).count >= 20 }
            storage.failNextWrite(with: StorageError(.full, "no room"))
            try await EngineTests.until { Self.exports(sink).count >= people.count }

            #expect(Self.exports(sink).map(\.person) == people.map(Int64.init))
            #expect(Self.exports(sink).map(\.instant) == people.map { Self.text(start + Self.day + Int64($0)) })
            #expect(await engine.health().writeFailure == nil)
            #expect(try await storage.dueProfiles(scope: .production, limit: 99).allSatisfy { $0.due > time.now() })
        }
    }

    @Test func `a destination that takes nothing holds up neither timers nor messages`() async throws {
        let (storage, time, sink) = (InMemoryStorage(), ManualTime(), RecordingSink(capacity: 3) { _ in .hold })
        let start = time.now().milliseconds
        let people = 0..<60
        try await Self.withEngine(storage, time, sink, step: 7) { engine in
            _ = try await engine.ingest(people.map { try Self.record($0, renewal: start + 2 * Self.day + Int64($0)) })
            time.advance(milliseconds: Self.day + Int64(people.count))
            try await EngineTests.until { try await engine.memberCount(EngineTests.audience) == people.count }

            #expect(try await engine.books(EngineTests.flow).pendingRows == Int64(people.count))
            _ = try await engine.ingest([Self.record(99, renewal: start + 2 * Self.day)])
            #expect(sink.heldCount == 3)
            while try await engine.books(EngineTests.flow).pendingRows > 0 {
                sink.releaseHeld()
                await Task.yield()
            }
            #expect(Self.exports(sink).map(\.person) == people.map(Int64.init) + [99])
        }
    }

    /// Each with the instant of the only change after the event, in milliseconds from it, and whether it is an entry.
    private static let scans: [(text: String, change: Int64, isEntry: Bool)] = [
        ("select e from xEvent where e.timestamp < now", 1, true),
        ("select e from xEvent where e.timestamp <= now", 0, true),
        ("select e from xEvent where e.timestamp > now", 0, false),
        ("select e from xEvent where now > e.timestamp", 1, true),
        ("select e from xEvent where not (e.timestamp occurs < 2 days before now)", 2 * day, true),
        (
            "xEvent.count() > 0 and not (select e from xEvent where e.timestamp occurs <= 2 hours before now)",
            7_200_001, true
        ),
    ]

    @Test(arguments: scans.indices) func `what is read from the events anew each time changes at its instant too`(
        _ index: Int
    ) async throws {
        let (text, change, isEntry) = Self.scans[index]
        let (storage, time) = (InMemoryStorage(), ManualTime())
        let hour: Int64 = 3_600_000
        let event = time.now().milliseconds + hour
        try await Self.withEngine(storage, time, RecordingSink(), hasCatalog: false) { engine in
            try await engine.update(EngineTests.catalog(audiences: [(EngineTests.audience, text)]))
            _ = try await engine.ingest([Self.event(at: event)])
            time.advance(milliseconds: event + change - 1 - time.now().milliseconds)
            let before = try await Self.settledCount(engine, storage, time)
            time.advance(milliseconds: 1)
            let after = try await Self.settledCount(engine, storage, time)
            #expect([before, after] == (isEntry ? [0, 1] : [1, 0]), "\(text)")
        }
    }

    private static func event(at instant: Int64) throws -> Message {
        var text: [UInt8] = []
        Timestamp(milliseconds: instant).appendRFC3339Milliseconds(to: &text)
        return try Message(
            event: JSONDocument(
                parsing: #"{"identityMap":{"Phone":[{"id":"1"}]},"_id":"e","#
                    + #""timestamp":"\#(String(decoding: text, as: UTF8.self))"}"#
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    /// The members when nobody is due any more.
    private static func settledCount(_ engine: Engine, _ storage: InMemoryStorage, _ time: ManualTime) async throws
        -> Int
    {
        try await EngineTests.until {
            try await storage.dueProfiles(scope: .production, limit: 9).allSatisfy { $0.due > time.now() }
        }
        return try await engine.memberCount(EngineTests.audience)
    }
}
