import Testing

@testable import ActivationCore

/// What a backfill exports of a member whose turn it is (BEHAVIOUR 3.8).
@Suite struct BackfillTests {
    /// One member of `red`, who qualified before `red` was mapped.
    private struct Stage {
        static let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))

        var world = World()
        let red: Audience.ID
        let big: Audience.ID
        let other: Audience.ID

        init() throws {
            red = try world.audience("red", #"color = "red""#)
            big = try world.audience("big", "size > 10")
            other = try world.audience("other", #"color = "red""#, policy: World.otherPolicy)
            try write(#""color":"red","size":11,"person":{"name":{"firstName":"Mira"}}"#)
        }

        @discardableResult
        mutating func write(_ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{"Email":[{"id":"mira@example.org"}]},\#(fields)}"#))
        }

        mutating func order(
            _ audiences: [Audience.ID]? = nil,
            since: Timestamp? = nil,
            wish: Backfill.Wish = .running
        ) {
            world.definition.backfills = [
                Backfill(
                    id: Self.order,
                    dataflow: World.flow,
                    audiences: audiences.map { Set($0) },
                    since: since,
                    orderedAt: world.now,
                    wish: wish
                )
            ]
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
    }

    @Test func `a member is exported as a revision of its own, with the state of the moment`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red])
        stage.order([stage.red])

        let rows = try stage.turn()

        #expect(rows.count == 1)
        #expect(rows[0].lane == .backfill)
        #expect(rows[0].reasons == .backfill)
        #expect(rows[0].revision == 2)
        #expect(rows[0].text.contains(#""firstName":"Mira""#))
        #expect(rows[0].text.contains(#""\#(stage.red.uuid)":{"lastQualificationTime""#))
        #expect(stage.world.counters[World.flow] == DataflowCounters(triggered: 1))
        // What comes after it is later.
        #expect(try stage.write(#""person":{"name":{"firstName":"Mi"}}"#).map(\.revision) == [3])
    }

    @Test func `an exit of more than 30 days ago is forgotten in a turn too`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red, stage.big])
        try stage.write(#""size":1"#)
        stage.order([stage.red])
        stage.world.now.milliseconds += 29 * 86_400_000
        #expect(try stage.turn().map(\.text).allSatisfy { $0.contains("exited") })
        stage.world.now.milliseconds += 2 * 86_400_000

        let rows = try stage.turn()

        #expect(rows.count == 1)
        #expect(rows.allSatisfy { !$0.text.contains("exited") })
    }

    @Test func `one record for all audiences of a policy, one for each policy`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red, stage.big, stage.other])
        stage.order()

        let rows = try stage.turn()

        #expect(rows.map(\.mergePolicy) == [World.policy.id, World.otherPolicy.id])
        #expect(rows.map(\.revision) == [2, 2])
    }

    @Test func `whoever left, or came after the order, is not exported`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red])
        stage.order([stage.red])
        #expect(try stage.write(#""color":"blue""#).count == 1)
        #expect(try stage.turn().isEmpty)
        #expect(try stage.write(#""color":"red""#).count == 1)
        #expect(try stage.turn().isEmpty)
    }

    @Test func `an audience that is not mapped, or not asked for, calls for nothing`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.big])
        stage.order([stage.red])
        #expect(try stage.turn().isEmpty)
        stage.order([stage.big])
        #expect(try stage.turn().count == 1)
    }

    @Test func `only members since an instant`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red])
        let qualified = stage.world.now
        stage.order(since: Timestamp(milliseconds: qualified.milliseconds + 1))
        #expect(try stage.turn().isEmpty)
        stage.order(since: qualified)
        #expect(try stage.turn().count == 1)
    }

    @Test(arguments: [Backfill.Wish.paused, .cancelled])
    func `an order that rests exports nobody, and their turn is to come`(
        _ wish: Backfill.Wish
    ) throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red])
        stage.order(wish: wish)
        #expect(try stage.turn().isEmpty)
        #expect(stage.world.backfills.isEmpty)
        stage.order()
        #expect(try stage.turn().count == 1)
        #expect(stage.world.backfills == [Stage.order: CommitPlan.BackfillProgress(row: 1, records: 1)])
    }

    @Test func `a disabled dataflow gets nothing, its books say nothing, and the turn is to come`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red], enabled: false)
        stage.order()
        #expect(try stage.turn().isEmpty)
        #expect(stage.world.counters[World.flow] == nil)
        #expect(stage.world.backfills.isEmpty)
    }
}
