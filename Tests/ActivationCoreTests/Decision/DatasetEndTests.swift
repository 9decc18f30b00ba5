import Testing

@testable import ActivationCore

/// Datasets that end, with all that they have stated (BEHAVIOUR 6.2).
@Suite struct DatasetEndTests {
    private static let start: Int64 = 1_772_000_000_000

    private static func instant(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: start + seconds * 1_000) }

    private var world = DatasetEndTests.world(["web": 100])

    private static func world(_ ends: [String: Int64]) -> World {
        var world = World()
        world.now = instant(0)
        world.definition.datasetEnds = DatasetEnds(ends.mapValues { instant($0) })
        return world
    }

    private func person(_ members: String, dataset: String) throws -> Message {
        try world.record(
            #"{"identityMap":{"Email":[{"id":"m@example.org"}]},\#(members)}"#,
            dataset: dataset
        )
    }

    private func purchase(_ id: String, dataset: String = "web") throws -> Message {
        try world.event(
            """
            {"identityMap":{"Email":[{"id":"m@example.org"}]},"_id":"\(id)","timestamp":"2026-02-25T06:00:00Z","amount":5}
            """,
            dataset: dataset
        )
    }

    /// Takes everybody up at an instant, as the walk does.
    private mutating func visit(at seconds: Int64) throws -> (rows: [OutboxRow], evaluations: [ProfileEvaluation]) {
        let ids = world.profiles.keys.sorted { $0.uuid < $1.uuid }
        let now = Self.instant(seconds)
        let (results, rows) = try world.decide(ids.map { Input(cause: .evaluation($0, audiences: []), now: now) })
        return (rows, results.compactMap { if case .evaluated(let evaluation) = $0 { evaluation } else { nil } })
    }

    @Test func `ends are told by their instants`() {
        let ends = DatasetEnds([
            "web": Self.instant(10), "crm": Self.instant(5), "never": Timestamp(milliseconds: .max),
        ])
        #expect(ends.ended(at: Self.instant(4)) == [])
        #expect(ends.ended(at: Self.instant(5)) == ["crm"])
        #expect(ends.ended(at: Self.instant(10)) == ["crm", "web"])
        #expect(ends.next(after: Self.instant(4)) == Self.instant(5))
        #expect(ends.next(after: Self.instant(5)) == Self.instant(10))
        #expect(ends.next(after: Self.instant(10)) == nil)
        #expect(ends.hasEnded("web", at: Self.instant(10)))
        #expect(!ends.hasEnded("web", at: Self.instant(9)))
        #expect(!ends.hasEnded("never", at: Timestamp(milliseconds: .max)))
    }

    @Test mutating func `what a dataset stated goes at its instant, and audiences and mapped attributes change`() throws
    {
        let gold = try world.audience("gold", #"loyalty.tier = "gold""#)
        let known = try world.audience("known", #"person.name.firstName.isNotNull()"#)
        world.dataflow([gold, known], attributes: ["person.name.firstName", "loyalty.tier"], timestamps: true)
        try world.send(person(#""person":{"name":{"firstName":"Ann"}}"#, dataset: "crm"))
        try world.send(person(#""loyalty":{"tier":"gold"},"person":{"name":{"firstName":"Anna"}}"#, dataset: "web"))

        let before = try visit(at: 99)
        #expect(before.rows.isEmpty)
        #expect(before.evaluations.flatMap(\.removed).isEmpty)
        let (rows, evaluations) = try visit(at: 250)

        #expect(evaluations.flatMap(\.removed) == [RemovedStatements(dataset: "web", facts: 2, events: 0)])
        #expect(rows.count == 1)
        #expect(rows.first?.status(of: gold) == "exited")
        #expect(rows.first?.status(of: known) == "realized")
        #expect(rows.first?.reasons == [.membership, .attribute])
        #expect(rows.first?.admittedAt == Self.instant(100))
        #expect(rows.first?.text.contains(#""firstName":"Ann""#) == true)
        #expect(rows.first?.text.contains("gold") == false)
        #expect(world.members[gold] == 0)
        #expect(try visit(at: 300).rows.isEmpty)
    }

    @Test mutating func `a fact that did not show calls for no record, nor does one that shows the same after it`()
        throws
    {
        let known = try world.audience("known", #"person.name.firstName.isNotNull()"#)
        world.dataflow([known], attributes: ["person.name.firstName"])
        try world.send(person(#""person":{"name":{"firstName":"Ann"}},"city":"Ulm""#, dataset: "web"))
        try world.send(person(#""person":{"name":{"firstName":"Ann"}}"#, dataset: "crm"))
        let revision = world.profiles.values.first?.revision ?? 0

        let (rows, evaluations) = try visit(at: 100)

        #expect(rows.isEmpty)
        #expect(evaluations.flatMap(\.removed).map(\.facts) == [2])
        #expect(world.profiles.values.first?.revision == revision + 1)
    }

    @Test mutating func `its events go with it, and those of others stay`() throws {
        let buyers = try world.audience("buyers", "xEvent.count() > 2")
        world.dataflow([buyers])
        try world.send(purchase("1"), purchase("2", dataset: "shop"), purchase("3"))
        #expect(world.members[buyers] == 1)

        let (rows, evaluations) = try visit(at: 100)

        #expect(rows.map { $0.status(of: buyers) } == ["exited"])
        #expect(evaluations.flatMap(\.removed) == [RemovedStatements(dataset: "web", facts: 0, events: 2)])
        #expect(world.events.values.joined().map(\.id) == ["2"])
        try world.send(purchase("4", dataset: "shop"))
        #expect(world.members[buyers] == 0)
    }

    @Test mutating func `nothing is taken in any more from its instant on`() throws {
        try world.send(person(#""city":"Ulm""#, dataset: "crm"))
        let paths = world.paths.count
        let late = try person(#""unheard":"Bonn""#, dataset: "web")
        func codes(_ seconds: Int64) throws -> [String?] {
            var copy = world
            let inputs = try [late, purchase("1")].map { Input(cause: .message($0), now: Self.instant(seconds)) }
            return try copy.decide(inputs).results.map { if case .refused(let error) = $0 { error.code } else { nil } }
        }
        #expect(try codes(99) == [nil, nil])
        #expect(try codes(100) == ["DATASET_EXPIRED", "DATASET_EXPIRED"])
        _ = try world.decide([Input(cause: .message(late), now: Self.instant(100))])
        #expect(world.paths.count == paths)
    }

    @Test mutating func `a message meets the person without it, also where nobody has come by before`() throws {
        let gold = try world.audience("gold", #"loyalty.tier = "gold""#)
        world.dataflow([gold], timestamps: true)
        try world.send(person(#""loyalty":{"tier":"gold"}"#, dataset: "web"))

        let message = try person(#""city":"Ulm""#, dataset: "crm")
        let rows = try world.decide([Input(cause: .message(message), now: Self.instant(500))]).rows

        #expect(rows.map { $0.status(of: gold) } == ["exited"])
        #expect(rows.first?.admittedAt == Self.instant(100))
    }

    @Test mutating func `what a message states and what ends may come in one batch`() throws {
        let gold = try world.audience("gold", #"loyalty.tier = "gold" and xEvent.count() > 0"#)
        world.dataflow([gold])
        let tier = try person(#""loyalty":{"tier":"gold"}"#, dataset: "web")
        let city = try person(#""city":"Ulm""#, dataset: "crm")
        let rows = try world.decide([
            Input(cause: .message(purchase("1", dataset: "shop")), now: Self.instant(1)),
            Input(cause: .message(tier), now: Self.instant(99)),
            Input(cause: .message(city), now: Self.instant(101)),
        ]).rows

        #expect(rows.map { $0.status(of: gold) } == ["realized", "exited"])
    }

    @Test mutating func `under precedence what it hid shows again`() throws {
        world.definition.mergePolicies[0].attributeMerge = .dataSetPrecedence(order: ["web", "app", "crm"])
        let ulm = try world.audience("ulm", #"address.city = "Ulm""#)
        world.dataflow([ulm], attributes: ["address"])
        try world.send(person(#""address":{"city":"Ulm"}"#, dataset: "crm"))
        try world.send(person(#""address":"unknown""#, dataset: "app"))
        try world.send(person(#""address":{"street":"X"}"#, dataset: "web"))
        #expect(world.members[ulm] == 1)

        let rows = try visit(at: 100).rows

        // What `app` says at the path of the object shows now, and hides what `crm` says below it.
        #expect(rows.map { $0.status(of: ulm) } == ["exited"])
        #expect(rows.first?.text.contains(#""address":"unknown""#) == true)
    }

    @Test mutating func `two that end at one instant end one after the other`() throws {
        world = Self.world(["web": 100, "app": 100])
        let known = try world.audience("known", #"city.isNotNull()"#)
        world.dataflow([known], attributes: ["city"])
        try world.send(person(#""city":"Ulm""#, dataset: "crm"))
        try world.send(person(#""city":"Bonn""#, dataset: "app"))
        try world.send(person(#""city":"Köln""#, dataset: "web"))
        let revision = world.profiles.values.first?.revision ?? 0

        let rows = try visit(at: 100).rows

        #expect(rows.map(\.revision) == [revision + 2])
        #expect(rows.first?.text.contains("Ulm") == true)
    }

    @Test mutating func `an identity by itself loses what it stated`() throws {
        world.definition.mergePolicies[0].identityGraph = .none
        let gold = try world.audience("gold", #"loyalty.tier = "gold""#)
        world.dataflow([gold], attributes: ["loyalty.tier"])
        try world.send(
            world.record(
                """
                {"identityMap":{"Email":[{"id":"m@example.org","primary":true}],"Phone":[{"id":"+491"}]},\
                "loyalty":{"tier":"gold"}}
                """,
                dataset: "web"
            )
        )
        #expect(world.members[gold] == 1)

        let rows = try visit(at: 100).rows

        #expect(rows.map { $0.status(of: gold) } == ["exited"])
        #expect(world.members[gold] == 0)
    }

    @Test mutating func `readers see nothing of it before anybody has come by`() throws {
        try world.send(person(#""city":"Ulm""#, dataset: "crm"))
        try world.send(person(#""city":"Bonn","tier":"gold""#, dataset: "web"))
        let stored = try #require(world.profiles.values.first)
        func entity(_ datasets: DatasetDictionary) throws -> String {
            let snapshot = try ProfileSnapshot(
                stored,
                of: nil,
                policy: World.policy,
                at: Self.instant(100),
                namespaces: [:],
                paths: world.paths,
                datasets: datasets
            )
            return String(decoding: snapshot.entity, as: UTF8.self)
        }
        #expect(try entity(world.datasets).contains(#""city":"Bonn""#))
        let seen = try entity(world.datasets.hiding(["web", "unheard"]))
        #expect(seen.contains(#""city":"Ulm""#))
        #expect(!seen.contains("gold"))
    }
}
