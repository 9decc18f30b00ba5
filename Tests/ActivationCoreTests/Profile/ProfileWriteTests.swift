import Testing

@testable import ActivationCore

/// Who wins, what replaces what (BEHAVIOUR 4.6).
@Suite struct ProfileWriteTests {
    private var world = World()

    private func entity(_ world: World) throws -> JSONView {
        let stored = try #require(world.profiles.values.first)
        let snapshot = try ProfileSnapshot(
            stored,
            policy: World.policy,
            at: Timestamp(milliseconds: 0),
            paths: world.paths,
            datasets: world.datasets
        )
        return try JSONDocument(parsing: snapshot.entity).root
    }

    private func record(_ fields: String, dataset: String = "crm", at instant: Int64? = nil) throws -> Message {
        var message = try world.record(
            #"{"identityMap":{"Email":[{"id":"m@example.org"}]},\#(fields)}"#,
            dataset: dataset
        )
        message.writtenAt = instant.map { Timestamp(milliseconds: $0) }
        return message
    }

    @Test mutating func `a late fragment does not overwrite a newer one`() throws {
        try world.send(record(#""a":"new""#, at: 2_000), record(#""a":"old""#, at: 1_000))

        #expect(try entity(world)["a"]?.string == "new")
    }

    @Test mutating func `of two datasets the latest write wins`() throws {
        try world.send(record(#""a":"crm""#), record(#""a":"web""#, dataset: "web"))

        #expect(try entity(world)["a"]?.string == "web")
    }

    @Test mutating func `absent paths stay, arrays are replaced whole`() throws {
        try world.send(record(#""a":1,"list":[1,2,3]"#), record(#""list":[4]"#))

        #expect(try entity(world)["a"]?.int64 == 1)
        #expect(try entity(world)["list"]?.items.compactMap(\.int64) == [4])
    }

    @Test mutating func `a winning null makes the attribute absent and stays a fact`() throws {
        try world.send(record(#""a":1"#), record(#""a":null"#, dataset: "web"))
        #expect(try entity(world)["a"] == nil)

        try world.send(record(#""a":2"#))
        #expect(try entity(world)["a"]?.int64 == 2)
    }

    @Test mutating func `a scalar replaces an object of the same dataset, and the reverse`() throws {
        try world.send(record(#""a":{"b":1,"c":{"d":2}}"#), record(#""a":"x""#))
        #expect(try entity(world)["a"]?.string == "x")

        try world.send(record(#""a":{"c":{"d":3}}"#))
        #expect(try entity(world)["a"]?["c"]?["d"]?.int64 == 3)
        #expect(try entity(world)["a"]?["b"] == nil)
    }

    @Test mutating func `where one dataset has a scalar and another an object the later write stays`() throws {
        try world.send(record(#""a":{"b":1}"#), record(#""a":"x""#, dataset: "web"))
        #expect(try entity(world)["a"]?.string == "x")

        try world.send(record(#""a":{"b":2}"#))
        #expect(try entity(world)["a"]?["b"]?.int64 == 2)
    }

    @Test mutating func `an empty object gives way to members and never removes them`() throws {
        try world.send(record(#""a":{}"#))
        #expect(try entity(world)["a"]?.isObject == true)

        try world.send(record(#""a":{"b":1}"#), record(#""a":{}"#))
        #expect(try entity(world)["a"]?["b"]?.int64 == 1)
    }

    @Test mutating func `identities, ids and instants are not attributes`() throws {
        try world.send(
            world.record(
                """
                {"identityMap":{"Email":[{"id":"m@example.org"}]},"_id":"r1","timestamp":"2026-01-01T00:00:00Z",\
                "segmentMembership":{"ups":{"x":{"status":"realized"}}},"a":1}
                """
            )
        )

        #expect(try entity(world).members.map(\.key) == ["a", "identityMap"])
    }

    @Test mutating func `escaped keys and values come back as they were meant`() throws {
        try world.send(record(#""k\u0022ey":{"\u0061":"li\u006ee\n"}"#))

        #expect(try entity(world)[#"k"ey"#]?["a"]?.string == "line\n")
    }
}
