#if PostgreSQL
import ActivationCore
import ActivationEngine
import Logging
import StorageCommon
import Synchronization
import TestSupport
import Testing

@testable import PostgresStorage

/// One process that stores several batches at a time.
@Suite(
    .enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"),
    .timeLimit(.minutes(5))
)
struct SeveralWritersTests {
    private static let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
        name: "default",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
    private static let flow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))
    private static let first = Audience.ID(uuid: UUIDBytes(high: 3, low: 1))
    private static let callers = 12
    private static let second = Audience.ID(uuid: UUIDBytes(high: 3, low: 2))

    private let schemas: TemporarySchemas

    init() throws {
        schemas = try TemporarySchemas()
    }

    private func open(writers: Int) throws -> PostgresStorage {
        var options = schemas.make()
        options.writers = writers
        return try PostgresStorage.open(options)
    }

    // MARK: The storage

    private static func request(_ person: String) -> LoadRequest {
        var request = LoadRequest(scope: .production)
        request.identities = [Identity(namespace: "Phone", value: person)]
        return request
    }

    private static func plan(making number: Int) -> CommitPlan {
        var plan = CommitPlan(scope: .production)
        let id = Profile.ID(uuid: UUIDBytes(high: 0x1234_5678_0000_4000, low: 0x8000_0000_0000_0000 | UInt64(number)))
        let profile = StoredProfile(row: 0, id: id, revision: 1, value: [1, 2, 3])
        plan.profiles = [CommitPlan.ProfileWrite(profile: profile, expectedRevision: 0)]
        return plan
    }

    @Test func `each batch has a connection and a number of its own`() async throws {
        let storage = try open(writers: 3)
        #expect(storage.deciders == [0, 256, 512])
        let batches = [
            try await storage.begin(Self.request("1")).batch, try await storage.begin(Self.request("2")).batch,
            try await storage.begin(Self.request("3")).batch,
        ]
        #expect(Set(batches.map(\.writer)).count == 3)

        // One that is done with takes the next one, whichever it was.
        try await storage.commit(Self.plan(making: 2), in: batches[1])
        let next = try await storage.begin(Self.request("4")).batch
        #expect(next.writer == batches[1].writer)
        await storage.abandon(batches[1])
        for (number, batch) in [(1, batches[0]), (3, batches[2]), (4, next)] {
            try await storage.commit(Self.plan(making: number), in: batch)
        }
        #expect(try await storage.profileCount(scope: .production) == 4)
        try await storage.close()
    }

    @Test func `an hour that told nothing of a writer's audiences is no other audience's`() async throws {
        let storage = try open(writers: 2)
        let told = DataflowCounters(triggered: 2, suppressedDisabled: 2)
        func plan(_ hour: Int64, _ counters: DataflowCounters) -> CommitPlan {
            var plan = CommitPlan(scope: .production)
            let instant = Timestamp(milliseconds: hour * BookedHour.length)
            plan.admission = AdmissionMark(instant: instant, sequence: AdmissionSequence(rawValue: hour << 10))
            plan.counters = [Self.flow: counters]
            return plan
        }
        let batches = [
            try await storage.begin(Self.request("1")).batch, try await storage.begin(Self.request("2")).batch,
        ]
        var telling = plan(5, told)
        telling.audienceBooks = [Self.flow: AudienceBooks(told: told, audiences: [Self.first: told])]
        let other = DataflowCounters(triggered: 1, suppressedDisabled: 1)

        try await storage.commit(telling, in: batches[0])
        // The hours of what was told before are gone by then.
        let last = 6 + BookedHour.keptHours
        try await storage.commit(plan(last, other), in: batches[1])

        let hours = try await storage.bookedHours(dataflow: Self.flow)
        #expect(hours.map(\.start.milliseconds) == [last * BookedHour.length])
        #expect(hours.map(\.counters) == [other])
        #expect(hours.map { $0.audiences?.told } == [DataflowCounters()])
        #expect(hours.map { $0.audiences?.audiences } == [[:]])
        try await storage.close()
    }

    @Test func `a batch more than there are writers ends the first, which stores nothing`() async throws {
        let storage = try open(writers: 2)
        let batches = [
            try await storage.begin(Self.request("1")).batch, try await storage.begin(Self.request("2")).batch,
            try await storage.begin(Self.request("3")).batch,
        ]
        let error = await #expect(throws: StorageError.self) {
            try await storage.commit(Self.plan(making: 1), in: batches[0])
        }
        #expect(error?.code == .expired)
        // The end of the one that is gone lets nobody into the place of the one that took it.
        let next = try await storage.begin(Self.request("4")).batch
        #expect(next.writer == batches[1].writer)
        try await storage.commit(Self.plan(making: 3), in: batches[2])
        try await storage.commit(Self.plan(making: 4), in: next)
        #expect(try await storage.profileCount(scope: .production) == 2)
        try await storage.close()
    }

    @Test func `a batch of a writer that there is not has ended`() async throws {
        let storage = try open(writers: 1)
        let stranger = BatchID(writer: WriterNumbers(node: 0).number(of: 3), number: 1)
        let error = await #expect(throws: StorageError.self) {
            try await storage.commit(Self.plan(making: 1), in: stranger)
        }
        #expect(error?.code == .expired)
        try await storage.close()
    }

    /// Remembers what was acknowledged, as a server's directory does.
    private final class Witness: AcknowledgedBatches {
        let noted = Mutex<[Int: (writer: Int16, batch: Int64)]>([:])

        let stores: [UUIDBytes] = []

        func acknowledged(of store: UUIDBytes) -> [(writer: Int16, batch: Int64)] {
            noted.withLock { Array($0.values) }
        }

        func note(_ batch: Int64, by writer: Int16, at place: Int, of store: UUIDBytes) {
            noted.withLock { $0[place] = (writer, batch) }
        }
    }

    @Test func `what any of the writers had acknowledged is missed by the next process`() async throws {
        let witness = Witness()
        var options = schemas.make()
        options.writers = 2
        options.witness = witness
        let storage = try PostgresStorage.open(options)
        let held = try await storage.begin(Self.request("1")).batch
        let batch = try await storage.begin(Self.request("2")).batch
        try await storage.commit(Self.plan(making: 2), in: batch)
        await storage.abandon(held)
        try await storage.close()
        #expect(witness.noted.withLock { $0.keys.sorted() } == [2])

        let connection = try PostgresConnection(options, name: "headwater tests")
        try connection.executeSchema("UPDATE writer SET batch = batch - 1 WHERE batch > 0")
        let error = #expect(throws: StorageError.self) { try PostgresStorage.open(options) }
        #expect(error?.code == .corrupt)
    }

    @Test func `all writers of all nodes have numbers and rows of their own`() {
        var (numbers, rows, places) = (Set<Int16>(), Set<Int16>([WriterNumbers.claimant]), Set<Int>())
        for node in WriterNumbers.nodes {
            let mine = WriterNumbers(node: node)
            #expect(rows.insert(mine.keeperRow).inserted)
            for writer in 0..<PostgresStorage.writersMax {
                let number = mine.number(of: writer)
                #expect(AdmissionSequence.zero.next(node: Int64(number)).rawValue == 1 << 10 | Int64(number))
                #expect(numbers.insert(number).inserted && rows.insert(WriterNumbers.row(of: number)).inserted)
                #expect(WriterNumbers.number(ofRow: WriterNumbers.row(of: number)) == number)
                #expect(WriterNumbers.writer(of: number) == writer)
                places.insert(WriterNumbers.place(ofRow: WriterNumbers.row(of: number)))
            }
            places.insert(WriterNumbers.place(ofRow: mine.keeperRow))
        }
        #expect(places == Set(0...PostgresStorage.writersMax))
    }

    // MARK: The engine

    private static func catalog(_ audiences: [(Audience.ID, String)]) throws -> CatalogDefinition {
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
                    isEnabled: true,
                    audiences: [Dataflow.MappedAudience(audience: first, createdAt: instant, updatedAt: instant)],
                    attributes: [["last"]] + (0..<callers).map { ["of\($0)"] }
                )
            ]
        )
    }

    private static func record(_ identities: [String], _ fields: String) throws -> Message {
        let items = identities.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        return try Message(
            record: JSONDocument(parsing: #"{"identityMap":{"Phone":[\#(items)]},\#(fields)}"#),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    private func withEngine(_ storage: PostgresStorage, _ sink: RecordingSink, _ body: (Engine) async throws -> Void)
        async throws
    {
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: ClosureSinkFactory { _ in sink },
            time: ManualTime(),
            options: EngineOptions(batchMessagesMax: 4, drainDeadline: .seconds(1)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            defer { group.cancelAll() }
            try await body(engine)
        }
    }

    @Test
    func `many callers change the same people over several writers, and nothing is lost, doubled or out of order`()
        async throws
    {
        let storage = try open(writers: 4)
        let sink = RecordingSink()
        let (steps, people) = (40, 3)
        try await withEngine(storage, sink) { engine in
            try await engine.update(try Self.catalog([(Self.first, "last >= 0")]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<Self.callers {
                    group.addTask {
                        for step in 0..<steps {
                            let fields = #""last":\#(step),"of\#(caller)":\#(step)"#
                            let message = try Self.record(["person \(caller % people)"], fields)
                            // Others hold the same people all the time.
                            #expect(try await engine.ingest([message]) == [.accepted])
                        }
                    }
                }
                try await group.waitForAll()
            }
            while try await engine.books(Self.flow).pendingRows > 0 { await Task.yield() }

            #expect(try await engine.profileCount() == people)
            #expect(try await engine.memberCount(Self.first) == Int64(people))
            let books = try await engine.books(Self.flow)
            #expect(books.counters.triggered == books.counters.delivered)
            for caller in 0..<Self.callers {
                let identity = Identity(namespace: "Phone", value: "person \(caller % people)")
                let profile = try #require(try await engine.profile(identity))
                let entity = try JSONDocument(parsing: profile.entity).root
                #expect(entity["of\(caller)"]?.int64 == Int64(steps - 1))
            }
        }
        // Whatever is sent of a person has of each caller what was sent before, or more.
        var seen: [String: [Int64]] = [:]
        for record in sink.delivered {
            let payload = try JSONDocument(parsing: record.payload).root
            let now = (0..<Self.callers).map { payload["of\($0)"]?.int64 ?? -1 }
            let before = seen.updateValue(now, forKey: record.partitionKey) ?? now
            #expect(zip(before, now).allSatisfy { $0 <= $1 }, "\(before) before \(now)")
        }
        #expect(seen.count == people)
        try await storage.close()
    }

    @Test func `an answered change of the catalog binds every writer's next batch`() async throws {
        let storage = try open(writers: 3)
        let sink = RecordingSink()
        try await withEngine(storage, sink) { engine in
            for round in 0..<10 {
                let audiences = [(Self.first, "last >= 0"), (Self.second, "round = \(round)")]
                try await engine.update(try Self.catalog(audiences))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<6 {
                        group.addTask {
                            let message = try Self.record(["\(round) \(caller)"], #""last":1,"round":\#(round)"#)
                            #expect(try await engine.ingest([message]) == [.accepted])
                            let identity = Identity(namespace: "Phone", value: "\(round) \(caller)")
                            let profile = try #require(try await engine.profile(identity))
                            let memberships = try JSONDocument(parsing: profile.entity).root["segmentMembership"]
                            let membership = memberships?["ups"]?[Self.second.uuid.description]
                            #expect(membership?["status"]?.string == "realized", "round \(round)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        try await storage.close()
    }

    @Test func `names of attributes that nobody had before are known to every writer's next batch`() async throws {
        let storage = try open(writers: 4)
        try await withEngine(storage, RecordingSink()) { engine in
            try await engine.update(try Self.catalog([]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<Self.callers {
                    group.addTask {
                        for step in 0..<15 {
                            let message = try Self.record(
                                ["one"],
                                #""of\#(caller)":\#(step),"new\#(caller)x\#(step)":1"#
                            )
                            #expect(try await engine.ingest([message]) == [.accepted])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let profile = try #require(try await engine.profile(Identity(namespace: "Phone", value: "one")))
            let entity = try JSONDocument(parsing: profile.entity).root
            for caller in 0..<Self.callers {
                #expect(entity["of\(caller)"]?.int64 == 14)
                #expect((0..<15).allSatisfy { entity["new\(caller)x\($0)"]?.int64 == 1 })
            }
        }
        try await storage.close()
    }

    @Test func `a batch that another node keeps waiting is told, and goes on when it may`() async throws {
        var options = schemas.make()
        let storage = try PostgresStorage.open(options)
        options.node = 1
        options.leads = false
        let other = try PostgresStorage.open(options)
        try await withEngine(storage, RecordingSink()) { engine in
            let message = try Self.record(["1"], #""last":1"#)
            #expect(try await engine.ingest([message]) == [.accepted])
            #expect(await engine.health().stall == nil)

            let holder = try await other.begin(Self.request("1")).batch
            async let results = engine.ingest([message])
            while await engine.health().stall == nil { await Task.yield() }
            await other.abandon(holder)
            #expect(try await results == [.accepted])
            #expect(await engine.health().stall == nil)
        }
        try await other.close()
        try await storage.close()
    }

    @Test func `people are merged while other writers change them`() async throws {
        let storage = try open(writers: 4)
        let sink = RecordingSink()
        let pairs = 12
        try await withEngine(storage, sink) { engine in
            try await engine.update(try Self.catalog([(Self.first, "last >= 0")]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for pair in 0..<pairs {
                    for side in ["a", "b"] {
                        group.addTask {
                            for step in 0..<10 {
                                let message = try Self.record(
                                    ["\(side)\(pair)"],
                                    #""last":\#(step),"\#(side)":\#(step)"#
                                )
                                #expect(try await engine.ingest([message]) == [.accepted])
                            }
                        }
                    }
                    group.addTask {
                        let message = try Self.record(["a\(pair)", "b\(pair)"], #""linked":true"#)
                        #expect(try await engine.ingest([message]) == [.accepted])
                    }
                }
                try await group.waitForAll()
            }
            while try await engine.books(Self.flow).pendingRows > 0 { await Task.yield() }

            #expect(try await engine.profileCount() == pairs)
            #expect(try await engine.memberCount(Self.first) == Int64(pairs))
            let books = try await engine.books(Self.flow)
            #expect(books.counters.triggered == books.counters.delivered + books.counters.superseded)
            for pair in 0..<pairs {
                let identity = Identity(namespace: "Phone", value: "b\(pair)")
                let profile = try #require(try await engine.profile(identity))
                let entity = try JSONDocument(parsing: profile.entity).root
                #expect(entity["a"]?.int64 == 9 && entity["b"]?.int64 == 9, "pair \(pair)")
            }
        }
        try await storage.close()
    }
}
#endif
