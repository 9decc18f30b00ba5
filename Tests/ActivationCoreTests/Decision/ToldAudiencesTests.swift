import Testing

@testable import ActivationCore

/// Of which audiences a record tells, for which it counts (BEHAVIOUR 1.11, docs/decisions/0046).
@Suite struct ToldAudiencesTests {
    private struct Stage {
        var world = World()
        let red: Audience.ID
        let big: Audience.ID
        let other: Audience.ID

        init() throws {
            red = try world.audience("red", #"color = "red""#)
            big = try world.audience("big", "size > 10")
            other = try world.audience("other", "size > 10")
            world.dataflow([red, big], attributes: ["size"])
        }

        @discardableResult
        mutating func write(_ fields: String, phone: String? = nil) throws -> [OutboxRow] {
            let phone = phone.map { #","Phone":[{"id":"\#($0)"}]"# } ?? ""
            let identities = #""identityMap":{"Email":[{"id":"mira@example.org"}]\#(phone)}"#
            return try world.send(world.record("{\(identities)\(fields)}"))
        }

        mutating func decide(_ cause: Input.Cause) throws -> [OutboxRow] {
            world.now.milliseconds += 1_000
            return try world.decide([Input(cause: cause, now: world.now)]).rows
        }

        /// Makes the record that one mark stands for.
        mutating func makeUp() throws -> [OutboxRow] {
            let marks = world.marks.map { ResumeMark(key: $0.key, reasons: $0.value) }
            return try marks.flatMap { try decide(.reconcile($0)) }
        }

        /// What the books of an audience say.
        func books(_ audience: Audience.ID) -> DataflowCounters? { world.audienceBooks.audiences[audience] }
    }

    @Test func `a change tells of the mapped audiences that were entered or left, others tell of none`() throws {
        var stage = try Stage()

        #expect(try stage.write(#","color":"red","size":11"#).map { Set($0.audiences) } == [[stage.red, stage.big]])
        #expect(try stage.write(#","size":12"#).map(\.audiences) == [[]])
        #expect(try stage.write("", phone: "5").map(\.audiences) == [[]])
        #expect(try stage.write(#","size":1"#, phone: "6").map(\.audiences) == [[stage.big]])

        #expect(stage.books(stage.red) == DataflowCounters(triggered: 1))
        #expect(stage.books(stage.big) == DataflowCounters(triggered: 2))
        #expect(stage.books(stage.other) == nil)
        #expect(stage.world.audienceBooks.told == DataflowCounters(triggered: 2))
        #expect(stage.world.counters[World.flow] == DataflowCounters(triggered: 4))
    }

    @Test func `it tells of them when something else called for the record`() throws {
        var stage = try Stage()
        stage.world.definition.dataflows[0].options.triggers = [.attribute]

        #expect(try stage.write(#","size":11"#).map(\.audiences) == [[stage.big]])
    }

    @Test func `what a disabled dataflow does not make counts, and what makes up for it tells of all standings`() throws
    {
        var stage = try Stage()
        try stage.write(#","color":"red","size":1"#)
        stage.world.definition.dataflows[0].isEnabled = false
        try stage.write(#","size":11"#)
        try stage.write(#","size":12"#)
        #expect(stage.books(stage.big) == DataflowCounters(triggered: 1, suppressedDisabled: 1))
        stage.world.definition.dataflows[0].isEnabled = true

        #expect(try stage.makeUp().map { Set($0.audiences) } == [[stage.red, stage.big]])

        stage.world.definition.dataflows[0].isEnabled = false
        try stage.write(#","size":13"#)
        stage.world.definition.dataflows[0].isEnabled = true
        #expect(try stage.makeUp().map(\.audiences) == [[]])
    }

    @Test func `what is wanted again tells of all standings`() throws {
        var stage = try Stage()
        try stage.write(#","color":"red","size":11"#)
        try stage.write(#","size":1"#)
        let key = ResumeMark.Key(
            dataflow: World.flow,
            profile: try #require(stage.world.profiles.keys.first),
            mergePolicy: World.policy.id
        )
        stage.world.marks[key] = .replay

        #expect(try stage.makeUp().map { Set($0.audiences) } == [[stage.red, stage.big]])
    }

    @Test func `a turn in a backfill tells of the audiences that it is about`() throws {
        var stage = try Stage()
        try stage.write(#","color":"red","size":11"#)
        let profile = try #require(stage.world.profiles.values.first)
        let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))
        for (audiences, told) in [([stage.big], [stage.big]), (nil, [stage.red, stage.big])] as [([Audience.ID]?, Set)]
        {
            stage.world.definition.backfills = [
                Backfill(
                    id: order,
                    dataflow: World.flow,
                    audiences: audiences.map { Set($0) },
                    orderedAt: stage.world.now
                )
            ]
            let rows = try stage.decide(.backfill(profile.id, row: profile.row, order))
            #expect(rows.map { Set($0.audiences) } == [told])
        }
    }

    @Test func `the last record of who is deleted tells of what was left by that`() throws {
        var stage = try Stage()
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        try stage.write(#","color":"red","size":11"#)
        try stage.write(#","size":1"#)

        let rows = try stage.decide(.deletion(Identity(namespace: "Email", value: "mira@example.org"), onReturn: nil))

        #expect(rows.map(\.audiences) == [[stage.red]])
    }
}
