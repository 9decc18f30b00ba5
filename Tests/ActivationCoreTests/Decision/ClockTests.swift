import Testing

@testable import ActivationCore

/// What the clock alone does to a profile (BEHAVIOUR 3.1, 5.5).
@Suite struct ClockTests {
    private static let mira = #""identityMap":{"Email":[{"id":"mira@example.org"}]}"#
    private static let hour: Int64 = 3_600_000

    /// A world with one mapped audience, and an event of Mira's one second later.
    private static func world(_ expression: String) throws -> (World, Audience.ID) {
        var world = World()
        let audience = try world.audience("A", expression)
        world.dataflow([audience])
        return (world, audience)
    }

    private static func event(_ id: String, at instant: Timestamp, in world: World) throws -> Message {
        var text: [UInt8] = []
        instant.appendRFC3339Milliseconds(to: &text)
        return try world.event(
            #"{\#(mira),"_id":"\#(id)","timestamp":"\#(String(decoding: text, as: UTF8.self))","kind":"view"}"#
        )
    }

    /// Lets the clock run until an instant, for everybody who is due by then.
    private static func run(_ world: inout World, until instant: Timestamp) throws -> [OutboxRow] {
        world.now = instant
        let due = world.profiles.values.filter { $0.due.map { $0 <= instant } ?? false }
            .sorted { ($0.due?.milliseconds ?? 0, $0.row) < ($1.due?.milliseconds ?? 0, $1.row) }
        return try world.decide(due.map { Input(cause: .clock($0.id), now: instant) }).rows
    }

    private static func later(_ world: World, _ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: world.now.milliseconds + milliseconds)
    }

    @Test func `A23 a member of a 3-hour window leaves when the 3 hours are over, with no new event`() throws {
        var (world, audience) = try Self.world("xEvent[timestamp occurs < 3 hours before now].count() > 0")
        let start = Self.later(world, 1_000)
        #expect(try world.send(Self.event("e", at: start, in: world)).count == 1)
        let end = Timestamp(milliseconds: start.milliseconds + 3 * Self.hour)
        #expect(world.profiles.values.map(\.due) == [end])

        #expect(try Self.run(&world, until: Timestamp(milliseconds: end.milliseconds - 1)).isEmpty)
        let rows = try Self.run(&world, until: end)

        #expect(rows.count == 1)
        #expect(rows.first?.reasons == .membership)
        #expect(rows.first?.admittedAt == end)
        #expect(rows.first?.text.contains(#""status":"exited""#) ?? false)
        #expect(world.members[audience] == 0)
        #expect(world.profiles.values.map(\.due) == [nil])
        #expect(try Self.run(&world, until: Self.later(world, 90 * 24 * Self.hour)).isEmpty)
    }

    @Test func `A26 an exit is shown for 30 days and then forgotten`() throws {
        var (world, audience) = try Self.world("size > 10")
        func write(_ fields: String) throws -> [OutboxRow] {
            try world.send(world.record("{\(Self.mira),\(fields)}"))
        }
        world.definition.dataflows[0].audiences.append(
            Dataflow.MappedAudience(
                audience: try world.audience("B", #"color = "red""#),
                createdAt: world.now,
                updatedAt: world.now
            )
        )
        _ = try write(#""size":11,"color":"red""#)
        _ = try write(#""size":1"#)
        let exit = world.now

        world.now = Timestamp(milliseconds: exit.milliseconds + 30 * 24 * Self.hour - 1_500)
        let atLast = try write(#""person":{"name":{"firstName":"Mira"}}"#)
        #expect(atLast.first?.text.contains(audience.uuid.description) ?? false)
        let after = try write(#""person":{"name":{"firstName":"Mia"}}"#)

        #expect(after.count == 1)
        #expect(!(after.first?.text.contains(audience.uuid.description) ?? true))
    }

    @Test func `a lapse that is noticed with the next message is a revision of its own, before it`() throws {
        var (world, _) = try Self.world("xEvent[timestamp occurs < 1 hour before now].count() > 0")
        let start = Self.later(world, 1_000)
        try world.send(Self.event("e", at: start, in: world))
        world.now = Self.later(world, 2 * Self.hour)

        let rows = try world.send(Self.event("f", at: world.now, in: world))

        #expect(rows.map(\.revision) == [2, 3])
        #expect(rows.map(\.admittedAt.milliseconds) == [start.milliseconds + Self.hour, world.now.milliseconds])
        #expect(rows.first?.text.contains(#""status":"exited""#) ?? false)
        #expect(rows.last?.text.contains(#""status":"realized""#) ?? false)
    }

    @Test func `two audiences that flip at one instant give one record, and so does one that asks for another`() throws
    {
        var world = World()
        let recent = try world.audience("recent", "xEvent[timestamp occurs < 1 hour before now].count() > 0")
        let same = try world.audience(
            "same",
            #"xEvent[kind = "view" and timestamp occurs < 1 hour before now].count() > 0"#
        )
        let lapsed = try world.audience("lapsed", #"not inSegment("recent") and xEvent.count() > 0"#)
        world.dataflow([recent, same, lapsed])
        try world.send(Self.event("e", at: Self.later(world, 1_000), in: world))

        let rows = try Self.run(&world, until: Self.later(world, Self.hour))

        #expect(rows.count == 1)
        #expect([recent, same, lapsed].map { world.members[$0] } == [0, 0, 1])
    }

    @Test func `a timer that changes no membership changes no revision, and the next one is kept`() throws {
        var (world, _) = try Self.world("xEvent[timestamp occurs < 1 hour before now].count() > 0")
        let start = Self.later(world, 1_000)
        try world.send(Self.event("e", at: start, in: world))
        try world.send(Self.event("f", at: Timestamp(milliseconds: start.milliseconds + 500), in: world))
        let revision = world.profiles.values.first?.revision

        #expect(try Self.run(&world, until: Timestamp(milliseconds: start.milliseconds + Self.hour)).isEmpty)

        #expect(world.profiles.values.first?.revision == revision)
        #expect(world.profiles.values.first?.due?.milliseconds == start.milliseconds + Self.hour + 500)
        #expect(try Self.run(&world, until: Self.later(world, 500)).count == 1)
    }

    @Test func `entries by the clock: an event that is still to come, and an attribute whose day comes`() throws {
        var (world, _) = try Self.world(
            "xEvent[timestamp occurs < 1 hour before now].count() > 0 or renewal occurs <= 2 days after now"
        )
        let event = Self.later(world, 10 * Self.hour)
        #expect(try world.send(Self.event("e", at: event, in: world)).isEmpty)
        let rows = try Self.run(&world, until: Self.later(world, 12 * Self.hour))
        #expect(rows.map(\.admittedAt.milliseconds) == [event.milliseconds, event.milliseconds + Self.hour])

        let renewal = Timestamp(milliseconds: 1_772_000_000_000 + 20 * 24 * Self.hour)
        var text: [UInt8] = []
        renewal.appendRFC3339Milliseconds(to: &text)
        let record = #"{\#(Self.mira),"renewal":"\#(String(decoding: text, as: UTF8.self))"}"#
        #expect(try world.send(world.record(record)).isEmpty)
        let changes = try Self.run(&world, until: Timestamp(milliseconds: renewal.milliseconds + Self.hour))
        let entry = renewal.milliseconds - 2 * 24 * Self.hour
        #expect(changes.map(\.admittedAt.milliseconds) == [entry, renewal.milliseconds + 1])
    }

    @Test func `a long sleep is made up for in parts, so that messages go between`() throws {
        var (world, _) = try Self.world("xEvent[timestamp occurs < 1 hour before now].count() > 99")
        let start = Self.later(world, 1_000)
        for number in 0..<100 {
            let instant = Timestamp(milliseconds: start.milliseconds + Int64(number) * 1_000)
            world.now = instant
            try world.send(Self.event("e\(number)", at: instant, in: world))
        }
        let (end, max) = (Self.later(world, 2 * Self.hour), DecisionBatch.clockInstantsMax)
        var rows: [OutboxRow] = []
        var turns = 0
        while world.profiles.values.contains(where: { $0.due.map { $0 <= end } ?? false }), turns < 100 {
            rows += try Self.run(&world, until: end)
            turns += 1
        }
        #expect(rows.count == 1)
        #expect(rows.first?.admittedAt.milliseconds == start.milliseconds + Self.hour)
        #expect(turns <= 100 / max + 1)
    }

    @Test func `what is kept for an audience that is gone is not there when it comes back`() throws {
        var world = World()
        let audience = try world.audience("A", #"xEvent[kind = "view"].count() >= 3"#)
        try world.send(Self.event("e1", at: Self.later(world, 1_000), in: world))
        let definitions = world.definition.audiences
        world.definition.audiences = []
        try world.send(Self.event("e2", at: Self.later(world, 1_000), in: world))
        try world.send(Self.event("e3", at: Self.later(world, 1_000), in: world))
        world.definition.audiences = definitions
        _ = try world.evaluate([audience])
        #expect(world.members[audience] == 1)
    }

    @Test func `a profile over a cap that excludes is never due`() throws {
        var (world, _) = try Self.world("xEvent[timestamp occurs < 1 hour before now].count() > 0")
        world.options = DecisionOptions(identityCap: .exclude)
        try world.send(Self.event("e", at: Self.later(world, 1_000), in: world))
        #expect(world.profiles.values.first?.due != nil)
        for start in stride(from: 0, to: 60, by: 15) {
            let ids = (start..<start + 15).map { #"{"id":"x\#($0)@example.org"}"# }.joined(separator: ",")
            let map = #"{"identityMap":{"Email":[{"id":"mira@example.org"},\#(ids)]},"size":1}"#
            try world.send(world.record(map))
        }
        #expect(world.profiles.values.map(\.due) == [nil])
    }
}
