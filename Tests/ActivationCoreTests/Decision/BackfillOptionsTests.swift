import Testing

@testable import ActivationCore

/// What the options of a dataflow do to the records of a backfill (BEHAVIOUR 2.3, 3.8).
@Suite struct BackfillOptionsTests {
    @Test func `a backfill is sent whatever is switched off, and says that nothing changed`() throws {
        let order = Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1))
        var world = World()
        let red = try world.audience("red", #"color = "red""#)
        try world.send(world.record(#"{"identityMap":{"Email":[{"id":"mira@example.org"}]},"color":"red"}"#))
        world.dataflow([red], attributes: ["color"])
        world.definition.dataflows[0].options.triggers = .attribute
        world.definition.dataflows[0].options.envelope = .cloudEvents
        world.definition.dataflows[0].options.showsExisting = true
        world.definition.dataflows[0].options.partitionKey = .namespace("Email")
        world.definition.backfills = [Backfill(id: order, dataflow: World.flow, orderedAt: world.now)]
        world.now.milliseconds += 1_000
        let now = world.now

        let inputs = world.profiles.values.map { Input(cause: .backfill($0.id, row: $0.row, order), now: now) }
        let row = try #require(try world.decide(inputs).rows.first)

        #expect(
            row.text.contains(#""reasons":["backfill"],"changedAudiences":[],"changedPaths":[],"profile":{"color""#)
        )
        #expect(row.text.contains(#""status":"existing""#))
        #expect(row.partitionKey == "mira@example.org")
        #expect(row.lane == .backfill)
    }
}
