import ActivationCore
import Testing

/// Events: once per id, newest kept, audiences over them (BEHAVIOUR 4.8).
@Suite struct EventTests {
    private var world = World()

    private func purchase(_ id: String, _ amount: Int, day: Int = 1, email: String = "m@example.org") throws -> Message
    {
        let text = day < 10 ? "0\(day)" : "\(day)"
        return try world.event(
            """
            {"identityMap":{"Email":[{"id":"\(email)"}]},"_id":"\(id)","timestamp":"2026-01-\(text)T00:00:00Z",\
            "amount":\(amount)}
            """
        )
    }

    @Test mutating func `an event that the profile has is acknowledged and not counted twice`() throws {
        let big = try world.audience("big", "xEvent.sum(amount) > 100")
        world.dataflow([big])

        let (results, rows) = try world.decide([purchase("1", 60), purchase("1", 60), purchase("2", 41)])

        #expect(results == [.accepted, .duplicate, .accepted])
        #expect(rows.map(\.reasons) == [[.membership]])
        #expect(try world.decide([purchase("2", 41)]).results == [.duplicate])
        #expect(world.events.values.first?.count == 2)
    }

    @Test mutating func `merged profiles keep one copy of an event that both had`() throws {
        try world.audience("three", "xEvent.count() = 3")
        try world.send(purchase("1", 1), purchase("2", 1))
        try world.send(purchase("1", 1, email: "n@example.org"), purchase("3", 1, email: "n@example.org"))

        try world.send(
            world.record(#"{"identityMap":{"Email":[{"id":"m@example.org"},{"id":"n@example.org"}]}}"#)
        )

        #expect(world.profiles.count == 1)
        #expect(world.events.values.first?.map(\.id).sorted() == ["1", "2", "3"])
        #expect(world.members.values.reduce(0, +) == 1)
        #expect(try world.decide([purchase("3", 1)]).results == [.duplicate])
    }

    @Test mutating func `the oldest event leaves a profile that has too many`() throws {
        var messages = [try purchase("zero", 0)]
        for number in 1..<Limits.profileEventsMax { messages.append(try purchase("\(number)", 1, day: 2)) }
        try world.decide(messages)
        let first = try world.audience("first", "xEvent.min(amount) = 0")
        world.dataflow([first])
        #expect(try world.evaluate([first]).map(\.reasons) == [[.membership]])

        let rows = try world.send(purchase("last", 1, day: 3))

        #expect(rows.map(\.reasons) == [[.membership]])
        #expect(world.members[first] == 0)
        #expect(world.events.values.first?.count == Limits.profileEventsMax)
    }

    @Test mutating func `partner and non-people identities never link people`() throws {
        for email in ["m@example.org", "n@example.org"] {
            try world.send(
                world.record(
                    #"{"identityMap":{"Email":[{"id":"\#(email)","primary":true}],"Store":[{"id":"s-1"}]}}"#
                )
            )
        }

        #expect(world.profiles.count == 2)
    }
}
