import Testing

@testable import ActivationCore

/// What members are told of an audience that was taken out of a dataflow (BEHAVIOUR 3.9).
@Suite struct UnmappingTests {
    /// One member of `red` and `big`, both mapped until `red` is taken out; `other` is of another policy.
    private struct Stage {
        static let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))

        var world = World()
        let red: Audience.ID
        let big: Audience.ID
        let other: Audience.ID

        init(mapping: (Stage) -> [Audience.ID] = { [$0.red, $0.big] }) throws {
            red = try world.audience("red", #"color = "red""#)
            big = try world.audience("big", "size > 10")
            other = try world.audience("other", #"color = "red""#, policy: World.otherPolicy)
            world.dataflow(mapping(self), timestamps: true)
            world.definition.dataflows[0].options.emitsUnmapping = true
            try write(#""color":"red","size":11,"person":{"name":{"firstName":"Mira"}}"#)
        }

        @discardableResult
        mutating func write(_ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{"Email":[{"id":"mira@example.org"}]},\#(fields)}"#))
        }

        /// Takes an audience out and orders that its members are told.
        mutating func unmap(_ audience: Audience.ID) {
            let mapped = world.definition.dataflows[0].audiences
            world.definition.dataflows[0].audiences = mapped.filter { $0.audience != audience }
            world.definition.backfills = [
                Backfill(
                    id: Self.order,
                    dataflow: World.flow,
                    unmapped: mapped.filter { $0.audience == audience },
                    orderedAt: world.now
                )
            ]
        }

        /// Maps audiences as of now.
        mutating func mapAgain(_ audiences: [Dataflow.MappedAudience]) {
            world.definition.dataflows[0].audiences = audiences.map {
                Dataflow.MappedAudience(audience: $0.audience, createdAt: world.now, updatedAt: world.now)
            }
        }

        /// Gives the profile its turn.
        mutating func turn() throws -> [OutboxRow] {
            world.now.milliseconds += 1_000
            let now = world.now
            let inputs = world.profiles.values.map {
                Input(cause: .backfill($0.id, row: $0.row, Self.order), now: now)
            }
            return try world.decide(inputs).rows
        }

        /// What a record says of an audience.
        func standing(of audience: Audience.ID, in row: OutboxRow) throws -> JSONView? {
            try JSONDocument(parsing: row.payload).root["segmentMembership"]?["ups"]?[audience.uuid.description]
        }
    }

    @Test func `a member is told of as exited, in a whole record of its own revision`() throws {
        var stage = try Stage()
        stage.unmap(stage.red)

        let rows = try stage.turn()

        #expect(rows.count == 1)
        #expect(rows[0].reasons == .unmapped)
        #expect(rows[0].lane == .backfill)
        #expect(rows[0].revision == 2)
        #expect(rows[0].text.contains(#""firstName":"Mira""#))
        let red = try stage.standing(of: stage.red, in: rows[0])
        #expect(red?["status"]?.string == "exited")
        #expect(
            red?["lastQualificationTime"]?.string.flatMap { Timestamp(rfc3339: $0) } == stage.world.now.wholeSeconds
        )
        // As it was mapped.
        #expect(red?["mappingCreatedAt"]?.int64 == 1_700_100_000_000)
        #expect(try stage.standing(of: stage.big, in: rows[0])?["status"]?.string == "realized")
        #expect(stage.world.counters[World.flow] == DataflowCounters(triggered: 2))
        #expect(stage.world.backfills[Stage.order] == CommitPlan.BackfillProgress(row: 1, records: 1))
        // The profile is a member as before, and what comes after it is later.
        #expect(
            try stage.write(#""color":"blue","size":12,"person":{"name":{"firstName":"Mi"}}"#).map(\.revision) == [3]
        )
    }

    @Test func `the last audience of a policy, and of a dataflow, is told of too`() throws {
        for mapping: (Stage) -> [Audience.ID] in [{ [$0.other, $0.big] }, { [$0.other] }] {
            var stage = try Stage(mapping: mapping)
            stage.unmap(stage.other)
            let rows = try stage.turn()
            #expect(rows.map(\.mergePolicy) == [World.otherPolicy.id])
            #expect(
                try rows.first.flatMap { try stage.standing(of: stage.other, in: $0) }?["status"]?.string == "exited"
            )
        }
    }

    @Test func `whoever changed meanwhile is told of all the same`() throws {
        var changed = try Stage()
        changed.unmap(changed.red)
        #expect(try changed.write(#""person":{"name":{"firstName":"Mi"}}"#).count == 1)
        let rows = try changed.turn()
        #expect(rows.count == 1)
        #expect(rows.first?.text.contains(#""firstName":"Mi""#) == true)

        // Leaving an audience that is not mapped any more calls for no record.
        var left = try Stage()
        left.unmap(left.red)
        #expect(try left.write(#""color":"blue""#).isEmpty)
        let exit = left.world.now.wholeSeconds
        let exits = try left.turn()
        #expect(exits.count == 1)
        let red = try exits.first.flatMap { try left.standing(of: left.red, in: $0) }
        #expect(red?["status"]?.string == "exited")
        #expect(red?["lastQualificationTime"]?.string.flatMap { Timestamp(rfc3339: $0) } == exit)

        var back = try Stage()
        back.unmap(back.red)
        try back.write(#""color":"blue""#)
        try back.write(#""color":"red""#)
        #expect(try back.turn().count == 1)
    }

    @Test func `an exit of 30 days ago is forgotten, so there is nothing to tell of it`() throws {
        var stage = try Stage()
        stage.unmap(stage.red)
        try stage.write(#""color":"blue""#)
        stage.world.now.milliseconds += 30 * 86_400_000
        #expect(try stage.turn().isEmpty)
    }

    @Test func `whoever was no member then is not told of`() throws {
        var never = try Stage()
        try never.write(#""color":"blue""#)
        never.unmap(never.red)
        #expect(try never.turn().isEmpty)
        // An ordinary order takes no notice of those who left.
        #expect(never.world.backfills == [Stage.order: CommitPlan.BackfillProgress(row: 1, records: 0)])
    }

    @Test func `an audience that is mapped again is told of as it is`() throws {
        var stage = try Stage()
        let mapped = stage.world.definition.dataflows[0].audiences
        stage.unmap(stage.red)
        stage.mapAgain(mapped)
        #expect(try stage.turn().isEmpty)

        var left = try Stage()
        left.unmap(left.red)
        #expect(try left.write(#""color":"blue""#).isEmpty)
        left.mapAgain(mapped)
        let rows = try left.turn()
        #expect(rows.count == 1)
        #expect(try rows.first.flatMap { try left.standing(of: left.red, in: $0) }?["status"]?.string == "exited")

        var later = try Stage()
        later.unmap(later.red)
        later.mapAgain(mapped)
        later.world.now.milliseconds += 5_000
        #expect(try later.write(#""color":"blue""#).count == 1)
        #expect(try later.turn().isEmpty)
    }

    @Test func `an audience that is deleted meanwhile is not told of, and a disabled dataflow lets it wait`() throws {
        var deleted = try Stage()
        deleted.unmap(deleted.red)
        deleted.world.definition.audiences.removeAll { [red = deleted.red] in $0.id == red }
        #expect(try deleted.turn().isEmpty)

        var disabled = try Stage()
        disabled.unmap(disabled.red)
        disabled.world.definition.dataflows[0].isEnabled = false
        #expect(try disabled.turn().isEmpty)
        #expect(disabled.world.backfills.isEmpty)
        disabled.world.definition.dataflows[0].isEnabled = true
        #expect(try disabled.turn().count == 1)
    }

    @Test func `the envelope and the scope of changes name it`() throws {
        var stage = try Stage()
        stage.world.definition.dataflows[0].options.envelope = .cloudEvents
        stage.world.definition.dataflows[0].options.membershipScope = .changed
        stage.unmap(stage.red)

        let text = try #require(try stage.turn().first).text

        #expect(text.contains(#"["unmapped"]"#), "\(text)")
        #expect(text.contains(#""status":"exited","previousStatus":"realized""#), "\(text)")
        #expect(!text.contains(stage.big.uuid.description))
    }

    @Test(arguments: [false, true]) func `whoever is deleted is told of as exited in the last record`(
        hadTurn: Bool
    ) throws {
        var stage = try Stage { [$0.red] }
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        stage.unmap(stage.red)
        if hadTurn { #expect(try stage.turn().count == 1) }

        stage.world.now.milliseconds += 1_000
        let mira = Identity(namespace: "Email", value: "mira@example.org")
        let deletion = Input(cause: .deletion(mira, onReturn: nil), now: stage.world.now)
        let rows = try stage.world.decide([deletion]).rows

        #expect(rows.count == 1)
        #expect(rows.first?.status(of: stage.red) == "exited")
    }

    @Test func `nobody is told of any more once that is switched off`() throws {
        var stage = try Stage { [$0.red] }
        stage.unmap(stage.red)
        stage.world.definition.dataflows[0].options.emitsUnmapping = false
        #expect(try stage.turn().isEmpty)
    }

    @Test func `of an unmapping that was cancelled a last record tells nothing`() throws {
        var stage = try Stage { [$0.red] }
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        stage.unmap(stage.red)
        stage.world.definition.backfills[0].wish = .cancelled
        let mira = Identity(namespace: "Email", value: "mira@example.org")
        #expect(
            try stage.world.decide([Input(cause: .deletion(mira, onReturn: nil), now: stage.world.now)]).rows.isEmpty
        )
    }
}

extension Timestamp {
    /// As records write it.
    fileprivate var wholeSeconds: Timestamp { Timestamp(milliseconds: milliseconds / 1_000 * 1_000) }
}
