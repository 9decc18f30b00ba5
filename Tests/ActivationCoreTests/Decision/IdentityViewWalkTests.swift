import Testing

@testable import ActivationCore

/// What happens to views of single identities while profiles are merged and parted in the midst of walks
/// (BEHAVIOUR 3.8, 3.9, 3.10, 4.4).
@Suite struct IdentityViewWalkTests {
    /// Two profiles, the address's the older one; a policy that links nobody.
    private struct Stage {
        static let email = Identity(namespace: "Email", value: "m@example.org")
        static let crm = Identity(namespace: "CRM", value: "c-1")
        static let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))

        var world = World()
        let red: Audience.ID

        init(_ expression: String = #"color = "red""#) throws {
            world.definition.mergePolicies[0].identityGraph = .none
            red = try world.audience("red", expression)
        }

        @discardableResult
        mutating func write(_ map: String, _ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{\#(map)},\#(fields)}"#))
        }

        @discardableResult
        mutating func writeEmail(_ fields: String) throws -> [OutboxRow] {
            try write(#""Email":[{"id":"m@example.org"}]"#, fields)
        }

        @discardableResult
        mutating func writeCRM(_ fields: String) throws -> [OutboxRow] {
            try write(#""CRM":[{"id":"c-1"}]"#, fields)
        }

        /// Both identities; the address states it.
        @discardableResult
        mutating func writeBoth(_ fields: String) throws -> [OutboxRow] {
            try write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, fields)
        }

        mutating func decide(_ cause: Input.Cause) throws -> [OutboxRow] {
            world.now.milliseconds += 1_000
            return try world.decide([Input(cause: cause, now: world.now)]).rows
        }

        func owner(_ identity: Identity) throws -> StoredProfile {
            try #require(world.owners[identity].flatMap { world.profiles[$0] })
        }

        mutating func orderBackfill() {
            world.definition.backfills = [
                Backfill(id: Self.order, dataflow: World.flow, orderedAt: world.now)
            ]
        }
    }

    private static func identities(_ row: OutboxRow) -> [String] {
        guard let map = row.document?["identityMap"] else { return [] }
        return map.members.flatMap { symbol, list in
            list.items.map { "\(symbol) \($0["id"]?.string ?? "")" }
        }
    }

    @Test func `an evaluation misses nobody who is merged into a profile that had its turn`() throws {
        var stage = try Stage()
        try stage.writeEmail(#""color":"blue""#)
        try stage.writeCRM(#""size":12"#)
        stage.world.dataflow([stage.red], attributes: ["size"])
        stage.world.definition.audiences[0].rule = .expression(try PQLExpression(parsing: "size > 10"))
        let first = try stage.owner(Stage.email)
        let second = try stage.owner(Stage.crm)
        #expect(first.row < second.row)
        #expect(try stage.decide(.evaluation(first.id, audiences: [stage.red])).isEmpty)
        let merged = try stage.writeBoth(#""other":1"#)
        #expect(try stage.owner(Stage.crm).id == first.id)
        // Its turn comes to nothing: the profile is gone.
        let rest = try stage.decide(.evaluation(second.id, audiences: [stage.red]))

        #expect((merged + rest).map(Self.identities) == [["crm c-1"]])
        #expect(stage.world.members[stage.red] == 1)
    }

    @Test func `who reads standings is evaluated with an audience whose policy links others than before`() throws {
        var stage = try Stage()
        stage.world.definition.mergePolicies[0].identityGraph = .pdg
        let reader = try stage.world.audience(
            "reader",
            #"segmentMembership.get("ups").get("\#(stage.red.uuid)").status = "realized""#,
            policy: World.otherPolicy
        )
        stage.world.dataflow([reader], attributes: ["color"])
        #expect(try stage.writeEmail(#""color":"red""#).count == 1)
        stage.world.definition.mergePolicies[0].identityGraph = .none
        let left = try stage.world.evaluate([stage.red])
        stage.world.definition.mergePolicies[0].identityGraph = .pdg
        let entered = try stage.world.evaluate([stage.red])

        #expect(left.map { $0.status(of: reader) } == ["exited"])
        #expect(entered.map { $0.status(of: reader) } == ["realized"])
    }

    @Test func `what a disabled dataflow left undone of an identity goes with it when it is parted`() throws {
        var stage = try Stage()
        try stage.writeEmail(#""color":"blue""#)
        try stage.writeCRM(#""color":"red""#)
        try stage.writeBoth(#""other":1"#)
        stage.world.dataflow([stage.red], attributes: ["color"], enabled: false)
        // An exit that nobody was told of.
        try stage.writeCRM(#""color":"green""#)
        #expect(stage.world.marks.count == 1)
        _ = try stage.decide(.unlink(Stage.email, Stage.crm))
        stage.world.definition.dataflows[0].isEnabled = true
        var rows: [OutboxRow] = []
        for (key, reasons) in stage.world.marks {
            rows += try stage.decide(.reconcile(ResumeMark(key: key, reasons: reasons)))
        }

        #expect(rows.map(Self.identities) == [["crm c-1"]])
        #expect(rows.map { $0.status(of: stage.red) } == ["exited"])
    }

    @Test func `who gets the events of an identity that leaves is evaluated`() throws {
        var stage = try Stage(#"select e from xEvent where e.eventType = "buy""#)
        stage.world.dataflow([stage.red], attributes: ["color"])
        let phone = Identity(namespace: "Phone", value: "+1555")
        try stage.write(#""Email":[{"id":"m@example.org","primary":true}],"Phone":[{"id":"+1555"}]"#, #""a":1"#)
        try stage.write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, #""a":1"#)
        let bought = try stage.world.send(
            stage.world.event(
                #"{"_id":"e1","timestamp":"\#(stage.world.now.rfc3339)","eventType":"buy","#
                    + #""identityMap":{"Phone":[{"id":"+1555","primary":true}],"CRM":[{"id":"c-1"}]}}"#
            )
        )
        #expect(bought.map(Self.identities) == [["phone +1555"]])
        let rows = try stage.decide(.removal(phone))
        let later = try stage.world.evaluate([stage.red])

        // Of the profile's identities the event names this one first now.
        #expect(rows.map(Self.identities) == [["crm c-1"]])
        #expect(later.isEmpty)
    }

    @Test func `who loses events to an identity that comes again is evaluated`() throws {
        var stage = try Stage(#"select e from xEvent where e.eventType = "buy""#)
        stage.world.dataflow([stage.red], attributes: ["color"])
        try stage.writeBoth(#""a":1"#)
        try stage.world.send(
            stage.world.event(
                #"{"_id":"e1","timestamp":"\#(stage.world.now.rfc3339)","eventType":"buy","#
                    + #""identityMap":{"CRM":[{"id":"c-1","primary":true}],"Email":[{"id":"m@example.org"}]}}"#
            )
        )
        #expect(try stage.decide(.removal(Stage.crm)).map(Self.identities) == [["email m@example.org"]])
        let rows = try stage.writeBoth(#""a":1"#)
        let later = try stage.world.evaluate([stage.red])

        #expect(rows.map(Self.identities) == [["email m@example.org"], ["crm c-1"]])
        #expect(rows.map { $0.status(of: stage.red) } == ["exited", "realized"])
        #expect(later.isEmpty)
    }

    @Test func `the clock changes each view at its own instants, whoever has the next event`() throws {
        var stage = try Stage("xEvent[timestamp occurs <= 1 minute before now].count() >= 1")
        stage.world.dataflow([stage.red], attributes: ["color"])
        try stage.writeBoth(#""a":1"#)
        let start = stage.world.now
        for (name, identity, seconds) in [
            ("e1", #""CRM":[{"id":"c-1"}]"#, 30), ("e2", #""Email":[{"id":"m@example.org"}]"#, 50),
        ] {
            let instant = Timestamp(milliseconds: start.milliseconds + Int64(seconds) * 1_000)
            let rows = try stage.world.send(
                stage.world.event(
                    #"{"_id":"\#(name)","timestamp":"\#(instant.rfc3339)","eventType":"buy","identityMap":{\#(identity)}}"#
                )
            )
            #expect(rows.isEmpty, "it is an event of a time to come")
        }
        // Evaluated again, each looks for its own next event, of which the profile's is not always one.
        #expect(try stage.world.evaluate([stage.red]).isEmpty)
        let owner = try stage.owner(Stage.email).id
        stage.world.now.milliseconds += 31 * 86_400_000
        let rows = try stage.decide(.clock(owner))

        #expect(
            rows.map(Self.identities) == [["crm c-1"], ["email m@example.org"], ["crm c-1"], ["email m@example.org"]]
        )
        #expect(rows.map { $0.status(of: stage.red) } == ["realized", "realized", "exited", "exited"])
    }

    @Test func `an event is about whom it names first, also where a rule leaves that one out`() throws {
        var stage = try Stage(#"select e from xEvent where e.eventType = "buy""#)
        stage.world.dataflow([stage.red], attributes: ["color"])
        try stage.writeBoth(#""a":1"#)
        var crm = IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true)
        crm.rules = IdentityRules(pattern: "d-.*", profileMax: nil, onViolation: .drop)
        stage.world.definition.namespaces = NamespaceDirectory(custom: [crm])
        let rows = try stage.world.send(
            stage.world.event(
                #"{"_id":"e1","timestamp":"\#(stage.world.now.rfc3339)","eventType":"buy","#
                    + #""identityMap":{"CRM":[{"id":"c-1","primary":true}],"Email":[{"id":"m@example.org"}]}}"#
            )
        )

        #expect(rows.map(Self.identities) == [["crm c-1"]])
        #expect(try stage.world.evaluate([stage.red]).isEmpty)
    }

    @Test func `the last record of an identity that leaves comes in the order of the policies`() throws {
        var stage = try Stage()
        stage.world.definition.mergePolicies[0].identityGraph = .pdg
        stage.world.definition.mergePolicies[1].identityGraph = .none
        let blue = try stage.world.audience("blue", #"color = "blue""#, policy: World.otherPolicy)
        stage.world.dataflow([stage.red, blue], attributes: ["size"])
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        try stage.writeBoth(#""size":1"#)
        try stage.writeCRM(#""color":"blue""#)
        try stage.writeEmail(#""color":"red""#)
        let rows = try stage.decide(.removal(Stage.crm))

        #expect(rows.map(\.mergePolicy) == [World.policy.id, World.otherPolicy.id])
        #expect(rows.map(Self.identities) == [["email m@example.org"], ["crm c-1"]])
    }

    @Test func `the last record of an identity that leaves goes where those before it went`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red], attributes: ["color"])
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        stage.world.definition.dataflows[0].options.partitionKey = .attribute(["color"])
        try stage.writeEmail(#""size":1"#)
        try stage.writeBoth(#""size":1"#)
        let entered = try stage.writeCRM(#""color":"red""#)
        #expect(entered.map(\.partitionKey) == ["red"])
        let left = try stage.decide(.removal(Stage.crm)).filter { Self.identities($0) == ["crm c-1"] }

        #expect(left.map { $0.status(of: stage.red) } == ["exited"])
        #expect(left.map(\.partitionKey) == ["red"])
    }

    @Test func `values that mean nobody from now on take no earlier events away`() throws {
        var stage = try Stage(#"select e from xEvent where e.eventType = "buy""#)
        stage.world.dataflow([stage.red], attributes: ["color"])
        let bought = try stage.world.send(
            stage.world.event(
                #"{"_id":"e1","timestamp":"\#(stage.world.now.rfc3339)","eventType":"buy","#
                    + #""identityMap":{"CRM":[{"id":"guest"}]}}"#
            )
        )
        #expect(bought.count == 1)
        var crm = IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true)
        crm.ignoredValues = ["guest"]
        stage.world.definition.namespaces = NamespaceDirectory(custom: [crm])

        #expect(try stage.world.evaluate([stage.red]).isEmpty)
        #expect(stage.world.members[stage.red] == 1)
    }

    @Test(arguments: [MergePolicy.IdentityGraph.pdg, .none])
    func `a backfill shows no exit of long ago`(graph: MergePolicy.IdentityGraph) throws {
        var stage = try Stage()
        stage.world.definition.mergePolicies[0].identityGraph = graph
        let big = try stage.world.audience("big", "size > 10")
        stage.world.dataflow([stage.red, big], attributes: ["color"])
        try stage.writeEmail(#""color":"red","size":11"#)
        try stage.writeEmail(#""color":"blue""#)
        stage.world.now.milliseconds += 31 * 86_400_000
        stage.orderBackfill()
        let owner = try stage.owner(Stage.email)
        let rows = try stage.decide(.backfill(owner.id, row: owner.row, Stage.order))

        #expect(rows.map { $0.status(of: big) } == ["realized"])
        #expect(rows.map { $0.status(of: stage.red) } == [nil])
    }
}
