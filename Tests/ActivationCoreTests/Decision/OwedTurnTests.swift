import Testing

@testable import ActivationCore

/// What becomes of turns in a backfill when profiles become one before they had them (BEHAVIOUR 3.8, 3.9).
@Suite struct OwedTurnTests {
    /// Two profiles, the address's the older one; one audience is mapped, another too until it is taken out.
    private struct Stage {
        static let email = Identity(namespace: "Email", value: "m@example.org")
        static let crm = Identity(namespace: "CRM", value: "c-1")
        static let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))

        var world = World()
        let red: Audience.ID
        let big: Audience.ID

        init(_ graph: MergePolicy.IdentityGraph, email: String, crm: String) throws {
            world.definition.mergePolicies[0].identityGraph = graph
            red = try world.audience("red", #"color = "red""#)
            big = try world.audience("big", "size > 10")
            try write(#""Email":[{"id":"m@example.org"}]"#, email)
            try write(#""CRM":[{"id":"c-1"}]"#, crm)
            world.dataflow([red, big], attributes: ["color"])
            world.definition.dataflows[0].options.emitsUnmapping = true
            // Identities alone call for no record, so that only the backfill tells of anybody.
            world.definition.dataflows[0].options.triggers = .membership
        }

        @discardableResult
        mutating func write(_ map: String, _ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{\#(map)},\#(fields)}"#))
        }

        /// Makes the two profiles one.
        mutating func merge() throws -> [OutboxRow] {
            try write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, #""other":1"#)
        }

        /// Orders that members are exported, or told of an audience that is taken out.
        mutating func order(unmapping audience: Audience.ID? = nil, wish: Backfill.Wish = .running) {
            let mapped = world.definition.dataflows[0].audiences
            world.definition.dataflows[0].audiences = mapped.filter { $0.audience != audience }
            world.definition.backfills = [
                Backfill(
                    id: Self.order,
                    dataflow: World.flow,
                    unmapped: mapped.filter { $0.audience == audience },
                    orderedAt: world.now,
                    wish: wish
                )
            ]
        }

        mutating func decide(_ causes: Input.Cause...) throws -> [OutboxRow] {
            world.now.milliseconds += 1_000
            return try world.decide(causes.map { Input(cause: $0, now: world.now) }).rows
        }

        func owner(_ identity: Identity) throws -> StoredProfile {
            try #require(world.owners[identity].flatMap { world.profiles[$0] })
        }

        mutating func turn(_ profile: StoredProfile) throws -> [OutboxRow] {
            try decide(.backfill(profile.id, row: profile.row, Self.order))
        }

        /// Works off the marks there are, as is done when a backfill ends.
        mutating func workOffMarks() throws -> [OutboxRow] {
            let marks = world.marks.map { ResumeMark(key: $0.key, reasons: $0.value) }
            return try marks.flatMap { try decide(.reconcile($0)) }
        }
    }

    static let graphs: [MergePolicy.IdentityGraph] = [.pdg, .none]

    @Test(arguments: graphs)
    func `who is merged into a profile that had its turn is exported then`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage(graph, email: #""color":"blue""#, crm: #""color":"red""#)
        stage.order()
        let (first, second) = (try stage.owner(Stage.email), try stage.owner(Stage.crm))
        #expect(try stage.turn(first).isEmpty)
        // Under one policy the blue one is newer only by what it says itself.
        try stage.write(#""CRM":[{"id":"c-1"}]"#, #""other":2"#)
        let merged = try stage.merge()
        let rest = try stage.turn(second)

        #expect(merged.map(\.reasons) == [.backfill])
        #expect(merged.map(\.lane) == [.backfill])
        #expect(merged.map { $0.status(of: stage.red) } == ["realized"])
        #expect(rest.isEmpty)
        #expect(stage.world.backfills[Stage.order]?.row == second.row)
        #expect(stage.world.marks.isEmpty)
    }

    @Test func `only the identities that came are exported where nobody is linked`() throws {
        var stage = try Stage(.none, email: #""color":"red""#, crm: #""color":"red""#)
        stage.order()
        let first = try stage.owner(Stage.email)
        #expect(try stage.turn(first).count == 1)
        let merged = try stage.merge()

        #expect(merged.map { $0.text.contains("c-1") } == [true])
        #expect(merged.map { $0.text.contains("m@example.org") } == [false])
    }

    @Test(arguments: graphs)
    func `who is merged into a profile whose turn is to come has it with that one`(
        graph: MergePolicy.IdentityGraph
    ) throws {
        var stage = try Stage(graph, email: #""other":2"#, crm: #""color":"red""#)
        stage.order()
        let (first, second) = (try stage.owner(Stage.email), try stage.owner(Stage.crm))
        let merged = try stage.merge()
        #expect(stage.world.marks.count == 1)
        #expect(try stage.workOffMarks().isEmpty, "its own turn is to come")
        let own = try stage.turn(first)
        let rest = try stage.turn(second)

        #expect(merged.isEmpty)
        #expect(own.map { $0.status(of: stage.red) } == ["realized"])
        #expect(rest.isEmpty)
        #expect(stage.world.marks.isEmpty)
        #expect(stage.world.backfills[Stage.order]?.records == 0, "the last turn made none")
    }

    @Test(arguments: graphs)
    func `a profile that the walk has passed by gets the turn it is owed at the end`(
        graph: MergePolicy.IdentityGraph
    ) throws {
        var stage = try Stage(graph, email: #""other":2"#, crm: #""color":"red""#)
        stage.order()
        // The walk has read the first profile, which is nobody it wants; then the two become one.
        _ = try stage.merge()
        var rows = try stage.decide(.backfillEnd(Stage.order))
        #expect(rows.isEmpty)
        #expect(stage.world.backfills[Stage.order]?.row == CommitPlan.BackfillProgress.ended)
        rows = try stage.workOffMarks()

        #expect(rows.map { $0.status(of: stage.red) } == ["realized"])
        #expect(rows.map(\.reasons) == [.backfill])
        #expect(stage.world.marks.isEmpty)
    }

    @Test(arguments: graphs)
    func `exits are told of in the same way`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage(graph, email: #""other":2"#, crm: #""color":"red""#)
        stage.order(unmapping: stage.red)
        let (first, second) = (try stage.owner(Stage.email), try stage.owner(Stage.crm))
        #expect(try stage.turn(first).isEmpty)
        let merged = try stage.merge()
        let rest = try stage.turn(second)

        #expect(merged.map { $0.status(of: stage.red) } == ["exited"])
        #expect(merged.map(\.reasons) == [.unmapped])
        #expect(rest.isEmpty)
    }

    @Test(arguments: graphs)
    func `a disabled dataflow tells of it when it is enabled`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage(graph, email: #""other":2"#, crm: #""color":"red""#)
        stage.order(unmapping: stage.red)
        #expect(try stage.turn(stage.owner(Stage.email)).isEmpty)
        stage.world.definition.dataflows[0].isEnabled = false
        #expect(try stage.merge().isEmpty)
        #expect(stage.world.marks.count == 1)
        #expect(try stage.workOffMarks().isEmpty)
        stage.world.definition.dataflows[0].isEnabled = true
        let rows = try stage.workOffMarks()

        #expect(rows.map { $0.status(of: stage.red) } == ["exited"])
        #expect(stage.world.marks.isEmpty)
    }

    @Test func `a record that the merge makes anyway is enough`() throws {
        var stage = try Stage(.pdg, email: #""color":"blue""#, crm: #""color":"red""#)
        stage.world.definition.dataflows[0].options.triggers = [.membership, .identity]
        stage.order()
        _ = try stage.turn(stage.owner(Stage.email))
        try stage.write(#""CRM":[{"id":"c-1"}]"#, #""other":2"#)
        let merged = try stage.merge()

        #expect(merged.map(\.reasons) == [.identity])
        #expect(stage.world.marks.isEmpty)
    }

    @Test(arguments: [Backfill.Wish.running, .cancelled])
    func `an order that has ended owes nobody anything`(wish: Backfill.Wish) throws {
        var stage = try Stage(.none, email: #""other":2"#, crm: #""color":"red""#)
        stage.order(wish: wish)
        if wish == .running { _ = try stage.decide(.backfillEnd(Stage.order)) }

        #expect(try stage.merge().isEmpty)
        #expect(stage.world.marks.isEmpty)
    }

    @Test func `an owed turn of an order that is gone is done with, and the clock waits for its own input`() throws {
        var stage = try Stage(.pdg, email: #""other":2"#, crm: #""color":"red""#)
        let quiet = try stage.world.audience("quiet", #"color = "red" and visitedAt occurs >= 1 minute before now"#)
        stage.world.definition.dataflows = []
        stage.world.dataflow([stage.red, quiet], attributes: [])
        stage.world.definition.dataflows[0].options.triggers = .membership
        // The world's first instant.
        try stage.write(#""CRM":[{"id":"c-1"}]"#, #""visitedAt":"2026-02-25T06:13:20Z""#)
        stage.order()
        _ = try stage.merge()
        #expect(stage.world.marks.count == 1)
        stage.world.definition.backfills = []
        stage.world.now.milliseconds += 120_000

        #expect(try stage.workOffMarks().isEmpty)
        #expect(stage.world.marks.isEmpty)
        #expect(try stage.decide(.clock(stage.owner(Stage.crm).id)).map { $0.status(of: quiet) } == ["realized"])
    }

    @Test func `who had his turn is not exported with a later merge`() throws {
        var stage = try Stage(.none, email: #""other":2"#, crm: #""color":"red""#)
        stage.order()
        _ = try stage.turn(stage.owner(Stage.email))
        #expect(try stage.turn(stage.owner(Stage.crm)).count == 1)

        #expect(try stage.merge().isEmpty)
        #expect(stage.world.marks.isEmpty)
    }

    @Test(arguments: graphs)
    func `whose owed turn comes in one batch with his own has one`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage(graph, email: #""other":2"#, crm: #""color":"red""#)
        stage.order()
        let first = try stage.owner(Stage.email)
        _ = try stage.merge()
        let mark = try #require(stage.world.marks.first)
        let rows = try stage.decide(
            .backfill(first.id, row: first.row, Stage.order),
            .reconcile(ResumeMark(key: mark.key, reasons: mark.value))
        )

        #expect(rows.count == 1)
        #expect(stage.world.marks.isEmpty)
    }

    @Test func `of several members who come at once there is one telling`() throws {
        var stage = try Stage(.pdg, email: #""other":2"#, crm: #""color":"red""#)
        try stage.write(#""Phone":[{"id":"+1"}]"#, #""color":"red""#)
        stage.order(unmapping: stage.red)
        #expect(try stage.turn(stage.owner(Stage.email)).isEmpty)
        let map = #""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}],"Phone":[{"id":"+1"}]"#

        #expect(try stage.write(map, #""other":1"#).map(\.reasons) == [.unmapped])
    }

    @Test(arguments: graphs)
    func `who is in no audience that is mapped is owed nothing`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage(graph, email: #""color":"red""#, crm: #""size":11"#)
        stage.order()
        stage.world.definition.dataflows[0].audiences.removeAll { [big = stage.big] in $0.audience == big }

        #expect(try stage.merge().isEmpty)
        #expect(stage.world.marks.isEmpty)
    }

    @Test(arguments: graphs)
    func `in one batch it is as in several`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage(graph, email: #""other":2"#, crm: #""color":"red""#)
        stage.order()
        let (first, second) = (try stage.owner(Stage.email), try stage.owner(Stage.crm))
        let merge = try stage.world.record(
            #"{"identityMap":{"Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]},"other":1}"#
        )
        let rows = try stage.decide(
            .message(merge),
            .backfill(first.id, row: first.row, Stage.order),
            .backfill(second.id, row: second.row, Stage.order),
            .backfillEnd(Stage.order)
        )

        #expect(rows.map { $0.status(of: stage.red) } == ["realized"])
        #expect(stage.world.marks.isEmpty)
    }
}
