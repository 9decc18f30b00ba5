import Testing

@testable import ActivationCore

/// Who is withheld from a dataflow for want of consent (BEHAVIOUR 9.5).
@Suite struct ConsentTests {
    /// A dataflow that may tell only of those who say yes; `red` and `big` are mapped.
    private struct Stage {
        var world = World()
        let red: Audience.ID
        let big: Audience.ID

        init(rule: String? = #"consents.marketing.val = "y""#, enabled: Bool = true, audiences: Int = 2) throws {
            red = try world.audience("red", #"color = "red""#)
            big = try world.audience("big", "size > 10")
            world.dataflow(
                Array([red, big].prefix(audiences)),
                attributes: ["person.name.firstName"],
                enabled: enabled
            )
            if let rule { try ask(rule) }
        }

        /// Asks for consent by a rule from now on.
        mutating func ask(
            _ rule: String,
            policy: MergePolicy = World.policy,
            since askedSince: Timestamp? = nil
        ) throws {
            world.definition.audiences.removeAll { $0.id == World.flow.withheld }
            world.definition.audiences.append(
                .withheld(
                    from: World.flow,
                    unless: try PQLExpression(parsing: rule),
                    mergePolicy: policy.id,
                    askedSince: askedSince ?? world.now,
                    changedAt: world.now
                )
            )
        }

        @discardableResult
        mutating func write(_ fields: String, of person: String = "mira") throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{"Email":[{"id":"\#(person)"}]},\#(fields)}"#))
        }

        /// Every stored profile is evaluated for what the dataflow asks.
        mutating func evaluateAll() throws -> [OutboxRow] { try world.evaluate([World.flow.withheld]) }

        var counters: DataflowCounters { world.counters[World.flow] ?? DataflowCounters() }

        /// Everything that waits leaves.
        mutating func deliver() { world.outbox = [] }
    }

    private static let yes = #""consents":{"marketing":{"val":"y"}}"#
    private static let no = #""consents":{"marketing":{"val":"n"}}"#
    private static let mira = #""color":"red","person":{"name":{"firstName":"Mira"}}"#

    @Test func `nobody is told of who has not consented`() throws {
        var stage = try Stage()

        #expect(try stage.write(Self.mira).isEmpty)
        #expect(try stage.write(#""color":"red","size":20"#).isEmpty)
        #expect(try stage.write(#""person":{"name":{"firstName":"Eva"}}"#).isEmpty)
        #expect(stage.counters == DataflowCounters())
    }

    @Test func `who consents is told of as any other, and the standing is nobody's to see`() throws {
        var stage = try Stage()

        let rows = try stage.write("\(Self.mira),\(Self.yes)")

        #expect(rows.count == 1)
        #expect(rows[0].reasons.contains(.membership) && !rows[0].reasons.contains(.consent))
        #expect(rows[0].status(of: stage.red) == "realized")
        #expect(!rows[0].text.contains(World.flow.uuid.description))
        #expect(rows[0].text.contains("Mira"))
    }

    @Test func `consent that is withdrawn is one exit with the reason and without attributes`() throws {
        var stage = try Stage()
        try stage.write("\(Self.mira),\"size\":11,\(Self.yes)")
        stage.deliver()

        let rows = try stage.write(Self.no)

        #expect(rows.count == 1)
        #expect(rows[0].reasons == .consent)
        #expect(rows[0].status(of: stage.red) == "exited")
        #expect(rows[0].status(of: stage.big) == "exited")
        #expect(!rows[0].text.contains("Mira"))
        #expect(rows[0].text.contains(#""identityMap":{"email":[{"id":"mira"}]}"#))
        #expect(rows[0].partitionKey == rows[0].profile.uuid.description)
        #expect(try stage.write(Self.no).isEmpty)
        #expect(try stage.write(#""person":{"name":{"firstName":"Eva"}},"size":2"#).isEmpty)
        #expect(try stage.write(#""color":"blue""#).isEmpty)
    }

    @Test func `what waits when consent is withdrawn never leaves, and counts as dropped`() throws {
        var stage = try Stage()
        try stage.write("\(Self.mira),\(Self.yes)")
        try stage.write(#""person":{"name":{"firstName":"Eva"}}"#)
        #expect(stage.world.outbox.count == 2)

        try stage.write(Self.no)

        #expect(stage.world.outbox.map(\.reasons) == [.consent])
        #expect(stage.counters == DataflowCounters(triggered: 3, suppressedDeleted: 2))
    }

    @Test func `an exit that waits when consent is withdrawn is told by the last record`() throws {
        var stage = try Stage()
        try stage.write("\(Self.mira),\(Self.yes)")
        stage.deliver()
        try stage.write(#""color":"blue""#)

        let rows = try stage.write(Self.no)

        #expect(stage.world.outbox.count == 1)
        #expect(rows.map { $0.status(of: stage.red) } == ["exited"])
    }

    @Test func `all in one batch is as in many`() throws {
        var stage = try Stage()
        let messages = try ["\(Self.mira),\(Self.yes)", Self.no, Self.yes, Self.no].map {
            try stage.world.record(#"{"identityMap":{"Email":[{"id":"mira"}]},\#($0)}"#)
        }

        let rows = try stage.world.decide(messages).rows

        #expect(rows.map(\.reasons) == [.consent])
        #expect(rows.map(\.revision) == [4])
        #expect(stage.counters == DataflowCounters(triggered: 4, suppressedDeleted: 3))
    }

    @Test func `consent that is given again is an entry, of now`() throws {
        var stage = try Stage()
        try stage.write("\(Self.mira),\(Self.yes)")
        try stage.write(Self.no)
        try stage.write(#""size":12"#)

        let rows = try stage.write(Self.yes)

        #expect(rows.map(\.reasons) == [.consent])
        #expect(rows[0].status(of: stage.red) == "realized")
        #expect(rows[0].status(of: stage.big) == "realized")
        #expect(rows[0].text.contains("Mira"))
        let standing = rows[0].document?["segmentMembership"]?["ups"]?[stage.red.uuid.description]
        #expect(standing?["lastQualificationTime"]?.string == String(stage.world.now.rfc3339.prefix(19)) + "Z")
    }

    @Test func `an exit and the withdrawal by one message are one record`() throws {
        var stage = try Stage()
        try stage.write("\(Self.mira),\"size\":11,\(Self.yes)")

        let rows = try stage.write("\"color\":\"blue\",\(Self.no)")

        #expect(rows.map(\.reasons) == [.consent])
        #expect(rows[0].status(of: stage.red) == "exited")
        #expect(rows[0].status(of: stage.big) == "exited")
    }

    @Test func `who enters and withdraws at once is not told of`() throws {
        var stage = try Stage(rule: #"not (consents.marketing.val = "n")"#)
        try stage.write(#""size":1"#)

        #expect(try stage.write("\(Self.mira),\(Self.no)").isEmpty)
        #expect(try stage.write("\(Self.mira),\(Self.no)", of: "new").isEmpty)
    }

    @Test func `consent lapses by the clock`() throws {
        var stage = try Stage(rule: "consents.until occurs >= 0 seconds after now")
        let until = stage.world.now.milliseconds + 60_000
        try stage.write(
            #"\#(Self.mira),"consents":{"until":"\#(Timestamp(milliseconds: until).rfc3339)"}"#
        )
        #expect(stage.world.outbox.count == 1)
        stage.world.now.milliseconds += 120_000
        let now = stage.world.now
        let inputs = stage.world.profiles.keys.map { Input(cause: .clock($0), now: now) }

        let rows = try stage.world.decide(inputs).rows

        #expect(rows.map(\.reasons) == [.consent])
        #expect(stage.world.outbox.count == 1)
    }

    @Test func `a dataflow that begins to ask tells of those it may not have told of`() throws {
        var stage = try Stage(rule: nil)
        try stage.write("\(Self.mira),\(Self.no)")
        try stage.write("\"color\":\"red\",\(Self.yes)", of: "otto")
        try stage.write(#""color":"blue""#, of: "eva")
        stage.deliver()
        try stage.ask(#"consents.marketing.val = "y""#)

        let rows = try stage.evaluateAll()

        #expect(rows.map(\.reasons) == [.consent])
        #expect(rows[0].text.contains("mira"))
        #expect(try stage.evaluateAll().isEmpty)
        // It asks no more.
        try stage.ask("1 = 1")
        let again = try stage.evaluateAll()
        #expect(again.map(\.reasons) == [.consent])
        #expect(again[0].status(of: stage.red) == "realized")
    }

    @Test func `a new dataflow is not told of who never consented, whoever looks first`() throws {
        var stage = try Stage(rule: nil)
        stage.world.definition.dataflows = []
        try stage.write("\(Self.mira),\(Self.no)")
        try stage.write("\(Self.mira),\(Self.no)", of: "otto")
        stage.world.dataflow([stage.red], attributes: ["person.name.firstName"])
        stage.world.definition.dataflows[0].audiences[0].createdAt = stage.world.now
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        try stage.ask(#"consents.marketing.val = "y""#)

        // By the walk, and by a message.
        #expect(try stage.evaluateAll().isEmpty)
        #expect(try stage.write(#""person":{"name":{"firstName":"Eva"}}"#).isEmpty)
        stage.world.now.milliseconds += 1_000
        let deletion = Input(
            cause: .deletion(Identity(namespace: "Email", value: "otto"), onReturn: nil),
            now: stage.world.now
        )
        #expect(try stage.world.decide([deletion]).rows.isEmpty)

        // Who consents is told of, and of whom it was told is told of once more.
        #expect(try stage.write(Self.yes).map(\.reasons) == [.consent])
        #expect(try stage.write(Self.no).map { $0.status(of: stage.red) } == ["exited"])
    }

    @Test func `an exit from an audience that is not mapped any more is told with the withdrawal`() throws {
        var stage = try Stage()
        stage.world.definition.dataflows[0].options.emitsUnmapping = true
        try stage.write("\(Self.mira),\(Self.yes)")
        stage.deliver()
        let mapped = stage.world.definition.dataflows[0].audiences
        stage.world.definition.dataflows[0].audiences = []
        stage.world.definition.backfills = [
            Backfill(
                id: Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1)),
                dataflow: World.flow,
                unmapped: mapped,
                orderedAt: stage.world.now
            )
        ]

        let rows = try stage.write(Self.no)

        #expect(rows.map { $0.status(of: stage.red) } == ["exited"])
    }

    @Test func `nobody is told of before it is known whether they consent`() throws {
        var stage = try Stage(rule: nil)
        try stage.write("\(Self.mira),\(Self.no)")
        stage.deliver()
        try stage.ask(#"consents.marketing.val = "y""#)

        let rows = try stage.write(#""person":{"name":{"firstName":"Eva"}}"#)

        #expect(rows.map(\.reasons) == [.consent])
        #expect(!rows[0].text.contains("Eva"))
    }

    @Test func `a disabled dataflow tells of the withdrawal when it is enabled`() throws {
        var stage = try Stage()
        try stage.write("\(Self.mira),\(Self.yes)")
        stage.deliver()
        stage.world.definition.dataflows[0].isEnabled = false
        #expect(try stage.write(Self.no).isEmpty)
        let withdrawn = stage.world.now
        stage.world.definition.dataflows[0].isEnabled = true
        stage.world.now.milliseconds += 1_000
        let now = stage.world.now
        let marks = stage.world.marks.map { ResumeMark(key: $0.key, reasons: $0.value) }
        #expect(marks.map(\.reasons) == [.consent])

        let rows = try stage.world.decide(marks.map { Input(cause: .reconcile($0), now: now) }).rows

        #expect(rows.map(\.reasons) == [.consent])
        #expect(!rows[0].text.contains("Mira"))
        let standing = rows[0].document?["segmentMembership"]?["ups"]?[stage.red.uuid.description]
        #expect(standing?["status"]?.string == "exited")
        #expect(standing?["lastQualificationTime"]?.string == String(withdrawn.rfc3339.prefix(19)) + "Z")
    }

    @Test(arguments: [true, false])
    func `who was told of in the second in which consent came to be asked is told of once more`(mappedBefore: Bool)
        throws
    {
        var stage = try Stage(rule: nil)
        try stage.write("\"color\":\"red\",\(Self.no)")
        stage.world.definition.dataflows[0].audiences[0].precedesConsent = mappedBefore
        let mapped = try #require(stage.world.definition.dataflows[0].audiences.first).createdAt
        try stage.ask(
            #"consents.marketing.val = "y""#,
            since: Timestamp(milliseconds: mapped.milliseconds / 1_000 * 1_000 + 999)
        )

        let rows = try stage.evaluateAll()

        #expect(rows.map(\.reasons) == (mappedBefore ? [.consent] : []))
    }

    @Test func `a backfill leaves out who has not consented`() throws {
        var stage = try Stage(audiences: 1)
        try stage.write("\"size\":11,\(Self.yes)")
        try stage.write("\"size\":11,\(Self.no)", of: "otto")
        stage.world.definition.dataflows[0].audiences.append(
            Dataflow.MappedAudience(audience: stage.big, createdAt: stage.world.now, updatedAt: stage.world.now)
        )
        let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))
        stage.world.definition.backfills = [
            Backfill(id: order, dataflow: World.flow, audiences: [stage.big], orderedAt: stage.world.now)
        ]
        stage.world.now.milliseconds += 1_000
        let now = stage.world.now

        let rows = try stage.world.decide(
            stage.world.profiles.values.map { Input(cause: .backfill($0.id, row: $0.row, order), now: now) }
        ).rows

        #expect(rows.count == 1)
        #expect(rows[0].text.contains("mira"))
    }

    @Test func `a profile that becomes one with another who withdrew is told of once as exited`() throws {
        var stage = try Stage(rule: #"not (consents.marketing.val = "n")"#)
        try stage.write(Self.mira)
        try stage.write("\"color\":\"red\",\(Self.no)", of: "otto")
        stage.deliver()

        let rows = try stage.world.send(
            stage.world.record(#"{"identityMap":{"Email":[{"id":"mira"},{"id":"otto"}]},"a":1}"#)
        )

        #expect(rows.map(\.reasons) == [.consent])
        #expect(rows[0].status(of: stage.red) == "exited")
        #expect(!rows[0].text.contains("Mira"))
    }

    @Test func `what waits of one who becomes one with another who withdrew never leaves`() throws {
        var stage = try Stage(rule: #"not (consents.marketing.val = "n")"#)
        try stage.write("\"color\":\"red\",\(Self.no)", of: "otto")
        try stage.write(Self.mira)
        #expect(stage.world.outbox.count == 1)

        try stage.world.send(
            stage.world.record(#"{"identityMap":{"Email":[{"id":"mira"},{"id":"otto"}]},"a":1}"#)
        )

        #expect(stage.world.outbox.map(\.reasons) == [.consent])
    }

    @Test func `rules of audiences see nothing of consent`() throws {
        var stage = try Stage()
        let reader = try stage.world.audience(
            "reader",
            #"segmentMembership.get("ups").get("\#(World.flow.uuid.description)").status = "realized""#
        )
        try stage.write("\(Self.mira),\(Self.no)")

        #expect(stage.world.members[reader] ?? 0 == 0)
        #expect(throws: CatalogError.self) {
            try stage.world.audience("asker", #"inSegment("\#(World.flow.uuid.description)")"#)
            try stage.write(Self.mira)
        }
    }

    @Test(arguments: [
        "xEvent.count() > 1", #"inSegment("red")"#, #"segmentMembership.get("ups").isNotNull()"#,
    ])
    func `a rule that reads events or memberships leaves the dataflow out`(rule: String) throws {
        var stage = try Stage()
        try stage.ask(rule)
        var leftOut: [CatalogError] = []

        _ = try Catalog(
            compilingUsable: &stage.world.definition,
            paths: &stage.world.paths,
            leftOut: &leftOut
        )

        #expect(leftOut.map(\.dataflow) == [World.flow])
        #expect(stage.world.definition.dataflows.isEmpty)
    }

    /// A dataflow of an audience of identities by themselves.
    private func stageOfIdentities(rule: String) throws -> (stage: Stage, audience: Audience.ID) {
        var stage = try Stage(rule: rule)
        let alone = MergePolicy(
            id: MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: 3)),
            name: "alone",
            attributeMerge: .timestampOrdered,
            identityGraph: .none
        )
        stage.world.definition.mergePolicies.append(alone)
        let own = try stage.world.audience("own", #"color = "red""#, policy: alone)
        stage.world.definition.dataflows[0].audiences = [
            Dataflow.MappedAudience(audience: own, createdAt: stage.world.now, updatedAt: stage.world.now)
        ]
        return (stage, own)
    }

    @Test func `under a merge policy that links nobody each identity is told of by what the person says`() throws {
        var (stage, own) = try stageOfIdentities(rule: #"consents.marketing.val = "y""#)
        // One identity has the colour, another one says no.
        let rows = try stage.write("\(Self.mira),\(Self.yes)")
        try #require(rows.count == 1)
        stage.deliver()

        let last = try stage.world.send(
            stage.world.record(
                #"{"identityMap":{"CRM":[{"id":"c-1","primary":true}],"Email":[{"id":"mira"}]},\#(Self.no)}"#
            )
        )

        try #require(last.map(\.reasons) == [.consent])
        #expect(last[0].status(of: own) == "exited")
        #expect(last[0].text.contains(#""email":[{"id":"mira"}]"#))
        #expect(try stage.write(#""person":{"name":{"firstName":"Eva"}}"#).isEmpty)
    }

    @Test func `who consents again long after shows no exits that are forgotten, also by identities alone`() throws {
        var (stage, red) = try stageOfIdentities(rule: #"consents.marketing.val = "y""#)
        let alone = try #require(stage.world.definition.mergePolicies.last)
        let large = try stage.world.audience("large", "size > 10", policy: alone)
        stage.world.definition.dataflows[0].audiences.append(
            Dataflow.MappedAudience(audience: large, createdAt: stage.world.now, updatedAt: stage.world.now)
        )
        try stage.write("\"size\":20,\(Self.mira),\(Self.yes)")
        try stage.write(#""color":"blue""#)
        func say(_ consent: String) throws -> [OutboxRow] {
            let linked = #"{"identityMap":{"CRM":[{"id":"c-1","primary":true}],"Email":[{"id":"mira"}]},\#(consent)}"#
            return try stage.world.send(stage.world.record(linked))
        }
        _ = try say(Self.no)
        stage.deliver()
        stage.world.now.milliseconds += 31 * 86_400_000

        let again = try say(Self.yes)

        try #require(again.count == 1)
        #expect(again[0].status(of: large) == "realized")
        #expect(again[0].status(of: red) == nil)
    }

    @Test(arguments: [false, true])
    func `who is taken apart from somebody withheld is told of, also by identities alone`(isOther: Bool) throws {
        var (stage, own) = try stageOfIdentities(rule: #"not (consents.marketing.val = "n")"#)
        for record in [
            #"{"identityMap":{"Phone":[{"id":"+1"}]},\#(Self.mira)}"#,
            #"{"identityMap":{"Email":[{"id":"mira","primary":true}],"Phone":[{"id":"+1"}]},"size":1}"#,
            #"{"identityMap":{"CRM":[{"id":"c-1","primary":true}],"Email":[{"id":"mira"}]},\#(Self.no)}"#,
        ] {
            _ = try stage.world.send(stage.world.record(record))
        }
        stage.deliver()
        let pair = [Identity(namespace: "Email", value: "mira"), Identity(namespace: "CRM", value: "c-1")]

        let unlink = Input.Cause.unlink(pair[isOther ? 1 : 0], pair[isOther ? 0 : 1])
        let rows = try stage.world.decide([Input(cause: unlink, now: stage.world.now)]).rows

        try #require(rows.map(\.reasons) == [.consent])
        #expect(rows[0].status(of: own) == "realized")
        #expect(rows[0].text.contains(#""phone":[{"id":"+1"}]"#))
    }

    @Test func `a deleted profile's last record is sent whatever it consented to`() throws {
        var stage = try Stage()
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        try stage.write("\(Self.mira),\(Self.yes)")
        try stage.write(Self.no)
        stage.world.now.milliseconds += 1_000

        let rows = try stage.world.decide([
            Input(
                cause: .deletion(Identity(namespace: "Email", value: "mira"), onReturn: nil),
                now: stage.world.now
            )
        ]).rows

        #expect(rows.count == 1)
        #expect(rows[0].status(of: stage.red) == "exited")
    }
}
