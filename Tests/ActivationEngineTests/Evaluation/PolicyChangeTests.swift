import ActivationCore
import ActivationEngine
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Merge policies that change while profiles are stored, over the storage in memory and SQLite (BEHAVIOUR 3.15, 4.4).
@Suite(.timeLimit(.minutes(5))) struct PolicyChangeTests {
    private typealias World = EvaluationWorld

    static let precise = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 2)),
        name: "precise",
        attributeMerge: .dataSetPrecedence(order: ["crm", "web"]),
        identityGraph: .pdg
    )

    enum Store: CaseIterable {
        case memory
        case sqlite
    }

    /// An audience of even steps by the default policy, another of the same by the precise one, both mapped.
    private static func catalog() throws -> CatalogDefinition {
        let instant = Timestamp(milliseconds: 1)
        var catalog = try World.catalog([(1, "step < 50", 1), (2, "step < 50", 1)])
        catalog.mergePolicies = [EngineTests.policy, precise]
        catalog.audiences[1].mergePolicy = precise.id
        catalog.dataflows = [
            Dataflow(
                id: EngineTests.flow,
                isEnabled: true,
                audiences: (1...2).map {
                    Dataflow.MappedAudience(audience: World.audience($0), createdAt: instant, updatedAt: instant)
                },
                attributes: [["step"]]
            )
        ]
        return catalog
    }

    private static func record(_ person: Int, step: Int, dataset: String) throws -> Message {
        try Message(
            record: JSONDocument(parsing: #"{"identityMap":{"Phone":[{"id":"\#(person)"}]},"step":\#(step)}"#),
            dataset: dataset,
            namespaces: NamespaceDirectory()
        )
    }

    /// What the CRM says of 20 people, and what the web says of the first ten of them later: the contrary.
    private static func fill(_ engine: Engine) async throws {
        _ = try await engine.ingest((0..<20).map { try record($0, step: $0 % 2 == 0 ? 10 : 90, dataset: "crm") })
        _ = try await engine.ingest((0..<10).map { try record($0, step: $0 % 2 == 0 ? 90 : 10, dataset: "web") })
    }

    /// Runs a test over each kind of storage, with an engine that can be started again.
    private static func run(
        _ store: Store,
        _ body: (_ run: ((Engine, RecordingSink) async throws -> Void) async throws -> Void) async throws -> Void
    ) async throws {
        guard store == .sqlite else {
            let storage = InMemoryStorage()
            return try await body { try await run(storage, $0) }
        }
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body { inner in
            let storage = try SQLiteStorage.open(directory: directory)
            do {
                try await run(storage, inner)
            } catch {
                try? await storage.close()
                throw error
            }
            try await storage.close()
        }
    }

    private static func run(
        _ storage: some Storage & ControlStore,
        _ body: (Engine, RecordingSink) async throws -> Void
    ) async throws {
        let sink = RecordingSink()
        try await EngineTests.withEngine(
            storage: storage,
            options: EngineOptions(evaluationStep: 5, evaluationStepMin: 5, drainDeadline: .seconds(1)),
            sinks: ClosureSinkFactory { _ in sink }
        ) { engine in
            try await body(engine, sink)
        }
    }

    private static func awaitSettled(_ engine: Engine) async throws {
        try await World.awaitDone(1...2, in: engine)
        try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
    }

    /// The records sent as (audience, status) that show, by the step in the record.
    private static func sent(_ sink: RecordingSink) throws -> [(step: Int64, statuses: [Int: String])] {
        try sink.delivered.map { record in
            let root = try JSONDocument(parsing: record.payload).root
            var statuses: [Int: String] = [:]
            for number in 1...2 {
                let id = World.audience(number).uuid.description
                statuses[number] = root["segmentMembership"]?["ups"]?[id]?["status"]?.string
            }
            return (try #require(root["step"]?.int64), statuses)
        }
    }

    @Test(arguments: Store.allCases) func `A10 a record shows the view and the audiences of one policy`(
        _ store: Store
    ) async throws {
        try await Self.run(store) { run in
            try await run { engine, sink in
                try await engine.update(Self.catalog())
                try await Self.fill(engine)
                try await Self.awaitSettled(engine)

                let sent = try Self.sent(sink)
                // By the CRM ten are members, of whom ten people's later contrary changes nothing; by the latest write the
                // ten of the CRM come, five of them leave, and five others come.
                #expect(sent.count { $0.statuses[1] != nil } == 20)
                #expect(sent.count { $0.statuses[2] == "realized" } == 15)
                #expect(sent.allSatisfy { $0.statuses.count == 1 })
                #expect(sent.allSatisfy { $0.statuses[2] == nil || $0.step == 10 })
                #expect(try await engine.memberCount(World.audience(1)) == 10)
                #expect(try await engine.memberCount(World.audience(2)) == 10)

                let person = Identity(namespace: "Phone", value: "0")
                let latest = try #require(try await engine.profile(person))
                let precise = try #require(try await engine.profile(person, mergePolicy: Self.precise.id))
                #expect(try JSONDocument(parsing: latest.entity).root["step"]?.int64 == 90)
                #expect(try JSONDocument(parsing: precise.entity).root["step"]?.int64 == 10)
                #expect(precise.mergePolicy == Self.precise.id)
            }
        }
    }

    @Test(arguments: Store.allCases) func `A43 another default evaluates its audiences again and sends what differs`(
        _ store: Store
    ) async throws {
        try await Self.run(store) { run in
            try await run { engine, _ in
                try await engine.update(Self.catalog())
                try await Self.fill(engine)
                try await Self.awaitSettled(engine)
            }
            try await run { engine, sink in
                var catalog = try Self.catalog()
                catalog.mergePolicies.reverse()
                catalog.audiences[0].mergePolicy = Self.precise.id
                catalog.audiences[0].updatedAt = Timestamp(milliseconds: 2)
                try await engine.update(catalog)
                try await Self.awaitSettled(engine)

                let sent = try Self.sent(sink)
                #expect(sent.count { $0.statuses[1] == "realized" && $0.step == 10 } == 5)
                #expect(sent.count { $0.statuses[1] == "exited" && $0.step == 90 } == 5)
                #expect(sent.count == 10)
                #expect(try await engine.memberCount(World.audience(1)) == 10)
            }
        }
    }

    /// What somebody with a phone number and an address says by the phone number.
    private static func linked(_ person: Int, _ fields: String) throws -> Message {
        try Message(
            record: JSONDocument(
                parsing:
                    #"{"identityMap":{"Phone":[{"id":"\#(person)","primary":true}],"Email":[{"id":"\#(person)"}]}\#(fields)}"#
            ),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    @Test(arguments: Store.allCases) func `a policy that links nobody any more parts its members, and joins them again`(
        _ store: Store
    ) async throws {
        try await Self.run(store) { run in
            try await run { engine, sink in
                try await engine.update(Self.catalog())
                _ = try await engine.ingest((0..<12).map { try Self.linked($0, #","step":\#($0 % 2 == 0 ? 10 : 90)"#) })
                try await Self.awaitSettled(engine)
                #expect(try await engine.memberCount(World.audience(2)) == 6)
                #expect(try Self.sent(sink).count { $0.statuses[2] == "realized" } == 6)
            }
            try await run { engine, sink in
                var catalog = try Self.catalog()
                catalog.mergePolicies[1].identityGraph = .none
                catalog.mergePolicies[1].ruleChangedAt = Timestamp(milliseconds: 1)
                try await engine.update(catalog)
                try await Self.awaitSettled(engine)

                // The address said nothing of steps.
                let addresses = sink.delivered
                #expect(addresses.count == 6)
                for record in addresses {
                    let root = try JSONDocument(parsing: record.payload).root
                    #expect(root["identityMap"]?["email"] != nil && root["identityMap"]?["phone"] == nil)
                    let id = World.audience(2).uuid.description
                    #expect(root["segmentMembership"]?["ups"]?[id]?["status"]?.string == "exited")
                }
                #expect(try await engine.memberCount(World.audience(2)) == 6)
                #expect(try await engine.memberCount(World.audience(1)) == 6)
                let address = try await engine.profile(
                    Identity(namespace: "Email", value: "0"),
                    mergePolicy: Self.precise.id
                )
                #expect(address?.identities.count == 1)
                _ = try await engine.ingest([Self.linked(0, #","step":90"#)])
                try await Self.awaitSettled(engine)
                #expect(try await engine.memberCount(World.audience(2)) == 5)
            }
            try await run { engine, sink in
                var catalog = try Self.catalog()
                catalog.mergePolicies[1].ruleChangedAt = Timestamp(milliseconds: 2)
                try await engine.update(catalog)
                try await Self.awaitSettled(engine)
                #expect(sink.delivered.isEmpty)
                #expect(try await engine.memberCount(World.audience(2)) == 5)
            }
        }
    }

    @Test(arguments: Store.allCases) func `a policy with another rule evaluates its audiences again and no others`(
        _ store: Store
    ) async throws {
        try await Self.run(store) { run in
            try await run { engine, _ in
                try await engine.update(Self.catalog())
                try await Self.fill(engine)
                try await Self.awaitSettled(engine)
            }
            for (change, order) in [["web", "crm"], ["crm"], ["web", "crm"]].enumerated() {
                try await run { engine, sink in
                    var catalog = try Self.catalog()
                    catalog.mergePolicies[1].attributeMerge = .dataSetPrecedence(order: order)
                    catalog.mergePolicies[1].ruleChangedAt = Timestamp(milliseconds: Int64(change + 1))
                    try await engine.update(catalog)
                    try await Self.awaitSettled(engine)

                    let sent = try Self.sent(sink)
                    #expect(sent.count { $0.statuses[2] == "realized" } == 5)
                    #expect(sent.count { $0.statuses[2] == "exited" } == 5)
                    #expect(sent.count == 10)
                    #expect(try await engine.memberCount(World.audience(2)) == 10)
                }
            }
            try await run { engine, sink in
                var catalog = try Self.catalog()
                catalog.mergePolicies[1].attributeMerge = .dataSetPrecedence(order: ["web", "crm"])
                catalog.mergePolicies[1].ruleChangedAt = Timestamp(milliseconds: 3)
                try await engine.update(catalog)
                try await Self.awaitSettled(engine)

                #expect(sink.delivered.isEmpty)
            }
        }
    }
}
