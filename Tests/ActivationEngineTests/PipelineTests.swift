import ActivationCore
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// What several callers of one batch, readers, restarts and a refusing storage see.
@Suite(.timeLimit(.minutes(5))) struct PipelineTests {
    private static let sinks = ClosureSinkFactory { _ in RecordingSink() }

    private static func record(_ identities: String, _ fields: String) throws -> Message {
        try Message(
            record: JSONDocument(parsing: #"{"identityMap":{\#(identities)},\#(fields)}"#),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    private static func event(_ identities: String, id: String, amount: Int) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{\(identities)},"_id":"\(id)","timestamp":"2026-01-01T00:00:00Z","amount":\(amount)}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    private static let email = #""Email":[{"id":"mira@example.org"}]"#
    private static let phone = #""Phone":[{"id":"+1555"}]"#

    @Test func `links made inside a request find the events of whom they link`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            try await engine.update(
                EngineTests.catalog(audiences: [(EngineTests.audience, "xEvent.sum(amount) > 100")])
            )
            _ = try await engine.ingest([Self.event(Self.email, id: "1", amount: 101)])

            let results = try await engine.ingest([
                Self.event(Self.phone, id: "1", amount: 101),
                Self.record("\(Self.phone),\(Self.email)", #""a":1"#),
            ])

            #expect(results == [.accepted, .accepted])
            #expect(try await engine.profileCount() == 1)
            #expect(try await engine.memberCount(EngineTests.audience) == 1)
            let events = try await engine.events(Identity(namespace: "Phone", value: "+1555"), limit: 10)
            #expect(events?.map(\.id) == ["1"])
        }
    }

    @Test func `a batch decided without something it needed is a fault, to its caller alone, and stores nothing`()
        async throws
    {
        var options = EngineOptions(drainDeadline: .seconds(1))
        options.decision.plantedFaults = .inBatchMergeEventsNotLoaded
        try await EngineTests.withEngine(options: options, sinks: Self.sinks) { engine in
            try await engine.update(
                EngineTests.catalog(audiences: [(EngineTests.audience, "xEvent.sum(amount) > 100")])
            )
            _ = try await engine.ingest([Self.event(Self.email, id: "1", amount: 101)])

            await #expect {
                _ = try await engine.ingest([
                    Self.record(Self.phone, #""a":0"#),
                    Self.record("\(Self.phone),\(Self.email)", #""a":1"#),
                ])
            } throws: { error in
                let error = error as? EngineError
                return error?.code == .incomplete && error?.retryAfterSeconds == nil
            }
            #expect(try await engine.profileCount() == 1)
            #expect(try await engine.ingest([EngineTests.record(2, step: 0)]) == [.accepted])
        }
    }

    @Test func `a profile that cannot be read is refused to its caller alone`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog())
            _ = try await engine.ingest([EngineTests.record(1, step: 0), EngineTests.record(2, step: 0)])
            try await Self.damageProfile(of: Identity(namespace: "Phone", value: "1"), in: storage)

            let answers = try await Self.together(engine, (1...20).map { try EngineTests.record($0, step: 1) })

            for (person, answer) in zip(1...20, answers) {
                switch answer {
                case .success(let results): #expect(person != 1 && results == [.accepted])
                case .failure(let error): #expect(person == 1 && error.code == .corrupt)
                }
            }
            await #expect(throws: EngineError.self) {
                try await engine.profile(Identity(namespace: "Phone", value: "1"))
            }
            let batches = await engine.health().batches
            #expect((1..<batches.begun).contains(batches.failed[.corrupt, default: 0]))
        }
    }

    @Test func `a profile that cannot be read does not keep an evaluation from ending`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog(audiences: []))
            _ = try await engine.ingest((1...9).map { try EngineTests.record($0, step: 1) })
            try await Self.damageProfile(of: Identity(namespace: "Phone", value: "4"), in: storage)

            try await engine.update(EngineTests.catalog())
            try await EngineTests.until { engine.evaluationProgress(EngineTests.audience)?.isDone == true }

            #expect(try await engine.memberCount(EngineTests.audience) == 8)
        }
    }

    @Test func `a batch that needs more than may be read at once is decided in parts`() async throws {
        let options = EngineOptions(batchBytesMax: 3_000, drainDeadline: .seconds(1))
        try await EngineTests.withEngine(options: options, sinks: Self.sinks) { engine in
            try await engine.update(EngineTests.catalog(audiences: [(EngineTests.audience, "xEvent.count() > 1")]))
            let text = String(repeating: "x", count: 2_000)
            for step in 0..<2 {
                let messages = try (0..<20).flatMap { person in
                    let identity = #""Phone":[{"id":"\#(person)"}]"#
                    return [
                        try Self.record(identity, #""text":"\#(text)\#(step)""#),
                        try Self.event(identity, id: "\(step)", amount: 1),
                    ]
                }
                let results = try await engine.ingest(messages)
                #expect(results.allSatisfy { $0 == .accepted })
            }

            #expect(try await engine.memberCount(EngineTests.audience) == 20)
        }
    }

    @Test func `what an expression names beyond the last path is not stored and does not stop a start`() async throws {
        let storage = InMemoryStorage()
        let stored = Mutex(0)
        var paths = CommitPlan(scope: .production)
        paths.paths = (1...Limits.attributePathsMax - 1).map {
            CommitPlan.PathWrite(id: PathID(rawValue: UInt32($0)), parent: .root, name: Array("p\($0)".utf8))
        }
        try await storage.commit(paths)
        let catalog = try EngineTests.catalog(audiences: [(EngineTests.audience, "brand.new.path = 1")])

        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            await #expect {
                try await engine.update(catalog) { () throws(StorageError) in
                    stored.withLock { $0 += 1 }
                    return nil
                }
            } throws: {
                ($0 as? EngineError)?.code == .invalidCatalog
            }
            #expect(stored.withLock { $0 } == 0)
            let known = try await storage.dictionaries(scope: .production).paths.count
            #expect(known == Limits.attributePathsMax - 1)
        }
        // A store that has such a definition from before opens without it.
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            let leftOut = try await engine.open(with: catalog)
            #expect(leftOut.map(\.audience) == [EngineTests.audience, nil])
            #expect(leftOut.map(\.dataflow) == [nil, EngineTests.flow])
            #expect(try await engine.ingest([Self.record(Self.phone, #""p1":1"#)]) == [.accepted])
        }
    }

    @Test func `a configuration that cannot be stored does not decide`() async throws {
        try await EngineTests.withEngine(sinks: Self.sinks) { engine in
            await #expect {
                try await engine.update(EngineTests.catalog()) { () throws(StorageError) in
                    throw StorageError(.full, "no room")
                }
            } throws: {
                ($0 as? EngineError)?.code == .storageFull
            }
            _ = try await engine.ingest([EngineTests.record(1, step: 0)])
            #expect(try await engine.memberCount(EngineTests.audience) == 0)
        }
    }

    private static let day: Int64 = 86_400_000

    @Test(arguments: [-10_000, -2 * day, -40 * day, 10_000, 2 * day, 40 * day])
    func `a write counts whatever the clock was before the restart`(shift: Int64) async throws {
        let storage = InMemoryStorage()
        let start = Timestamp(milliseconds: 1_772_000_000_000)
        for (step, now) in [start, Timestamp(milliseconds: start.milliseconds + shift), start].enumerated() {
            let time = ManualTime(now)
            let engine = try await EngineTests.engine(storage: storage, sinks: Self.sinks, time: time)
            let running = Task { try await engine.run() }
            try await engine.update(EngineTests.catalog())
            _ = try await engine.ingest([EngineTests.record(1, step: step)])
            let profile = try await engine.profile(Identity(namespace: "Phone", value: "1"))
            let entity = try JSONDocument(parsing: try #require(profile).entity)
            #expect(entity.root["step"]?.int64 == Int64(step))
            let health = await engine.health()
            // Behind is the second start of a clock set back, and the third of one that had been ahead.
            let isBehind = shift < 0 ? step == 1 : step == 2
            #expect((health.clockBehind != nil) == isBehind)
            running.cancel()
            try await running.value
        }
    }

    @Test func `while writes are refused the engine says so, and finds out by itself when they work again`()
        async throws
    {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, sinks: Self.sinks) { engine in
            #expect(await engine.health().writeFailure == nil)
            storage.failWrites(with: StorageError(.full, "no room"))
            await #expect(throws: EngineError.self) { try await engine.ingest([EngineTests.record(1, step: 0)]) }
            #expect(await engine.health().writeFailure?.code == .storageFull)

            storage.failWrites(with: nil)
            try await EngineTests.until { await engine.health().writeFailure == nil }

            // Somebody else's write tells as much.
            storage.failWrites(with: StorageError(.full, "no room"))
            engine.noteRefusedWrite(StorageError(.full, "no room"))
            #expect(await engine.health().writeFailure?.code == .storageFull)
        }
    }

    @Test func `timers and evaluations find room in a full lane, behind the messages that were there before them`()
        async throws
    {
        let lane = IngestLane(options: EngineOptions(laneMessagesMax: 10, batchMessagesMax: 10))
        let profiles = (1...8).map { Profile.ID(uuid: UUIDBytes(high: 9, low: UInt64($0))) }
        let first = Task { try await Self.submit(10, to: lane) }
        try await EngineTests.until { lane.waiting.count == 1 }
        let clock = Task { try await lane.decide(profiles.map { .clock($0) }) }
        try await EngineTests.until { lane.waiting.count == 2 }
        let evaluation = Task { try await lane.decide(profiles.map { .evaluation($0, audiences: []) }) }
        try await EngineTests.until { lane.waiting.count == 3 }
        await #expect(throws: EngineError.self) { try await Self.submit(1, to: lane) }
        for piece in try #require(await lane.next()) { piece.accept() }
        try await first.value
        // Whoever comes back now comes behind what waited before.
        let second = Task { try await Self.submit(10, to: lane) }
        try await EngineTests.until { lane.waiting.count == 3 }

        #expect(lane.waiting.map(\.name) == ["clock", "evaluation", "10 messages"])
        while !lane.waiting.isEmpty {
            for piece in try #require(await lane.next()) { piece.accept() }
        }
        _ = try await clock.value
        #expect(try await evaluation.value.count == 8)
        try await second.value
    }

    private static func submit(_ count: Int, to lane: IngestLane) async throws {
        _ = try await lane.submit((0..<count).map { try EngineTests.record($0, step: 0) })
    }

    /// Several callers at once, so that their messages come into one batch.
    private static func together(
        _ engine: Engine,
        _ messages: [Message]
    ) async throws -> [Result<[DecisionResult], EngineError>] {
        await withTaskGroup(of: (Int, Result<[DecisionResult], EngineError>).self) { group in
            for (index, message) in messages.enumerated() {
                group.addTask {
                    do throws(EngineError) {
                        // In one expression with the tuple, an optimised build of Swift 6.3 takes the error for a result.
                        let results = try await engine.ingest([message])
                        return (index, .success(results))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [Int: Result<[DecisionResult], EngineError>] = [:]
            for await (index, answer) in group { answers[index] = answer }
            return messages.indices.compactMap { answers[$0] }
        }
    }

    /// Cuts a stored profile short, as a damaged file would.
    private static func damageProfile(of identity: Identity, in storage: InMemoryStorage) async throws {
        var request = LoadRequest(scope: .production)
        request.identities = [identity]
        var profile = try #require(try await storage.load(request).profiles.first)
        let revision = profile.revision
        profile.value.removeLast()
        profile.revision += 1
        var plan = CommitPlan(scope: .production)
        plan.profiles = [CommitPlan.ProfileWrite(profile: profile, expectedRevision: revision)]
        try await storage.commit(plan)
    }
}

extension LaneWork {
    fileprivate var name: String {
        switch self {
        case .messages(let messages, _, _): "\(messages.count) messages"
        case .inputs(let causes, _, _):
            switch causes.first {
            case .clock: "clock"
            default: "evaluation"
            }
        case .catalog: "catalog"
        }
    }

    fileprivate func accept() {
        switch self {
        case .messages(let messages, let continuation, _):
            continuation.resume(returning: .success(messages.map { _ in .accepted }))
        case .inputs(let causes, let continuation, _):
            continuation.resume(returning: .success(causes.map { _ in .accepted }))
        case .catalog(_, let continuation): continuation.resume(returning: .success([]))
        }
    }
}
