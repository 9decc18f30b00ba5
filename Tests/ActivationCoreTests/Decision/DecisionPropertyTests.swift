import Testing

@testable import ActivationCore

/// Properties that hold for every history, over random ones.
@Suite struct DecisionPropertyTests {
    /// A random history about a few people who share some identities.
    private static func history(_ random: inout SplitMix64, world: World) throws -> [Message] {
        let emails = (0..<6).map { #"{"id":"m\#($0)@example.org"}"# }
        let devices = (0..<6).map { #"{"id":"c-\#($0)"}"# }
        let fields = [
            #""color":"red""#, #""color":"blue""#, #""color":null"#, #""size":11"#, #""size":3"#,
            #""person":{"name":{"firstName":"Mira"}}"#, #""person":{"name":null}"#, #""person":"Mira""#,
            #""tags":["a","b"]"#, #""climate":"cold""#, #""person":{}"#,
        ]
        return try (0..<40).map { index in
            var map = #""Email":[\#(emails[Int(random.next() % 6)])]"#
            if random.next() % 3 == 0 { map += #","CRM":[\#(devices[Int(random.next() % 6)])]"# }
            if random.next() % 3 == 0 {
                let id = random.next() % 25
                return try world.event(
                    """
                    {"identityMap":{\(map)},"_id":"e\(id)","timestamp":"2026-01-0\(1 + random.next() % 9)T00:00:00Z",\
                    "amount":\(random.next() % 50)}
                    """
                )
            }
            let picked = fields[Int(random.next() % UInt64(fields.count))]
            let dataset = random.next() % 2 == 0 ? "crm" : "web"
            return try world.record(#"{"identityMap":{\#(map)},\#(picked)}"#, dataset: dataset)
        }
    }

    private static func world() throws -> World {
        var world = World()
        let red = try world.audience("red", #"color = "red""#)
        let big = try world.audience("big", "size > 10 or xEvent.sum(amount) > 60")
        try world.audience("named", #"person.name.firstName.isNotNull() and inSegment("red")"#)
        world.dataflow([red, big])
        return world
    }

    @Test(arguments: 0..<25) func `results never depend on where a batch ends`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        let messages = try Self.history(&random, world: Self.world())
        var one = try Self.world()
        var other = one

        // All in one batch, and in random batches, with the same instants.
        let inputs = messages.enumerated().map { index, message in
            Input(
                cause: .message(message),
                now: Timestamp(milliseconds: 1_772_000_000_000 + Int64(index) * 10)
            )
        }
        let (results, _) = try one.decide(inputs)
        var otherResults: [DecisionResult] = []
        var rest = inputs[...]
        while !rest.isEmpty {
            let size = min(rest.count, Int(random.next() % 5) + 1)
            otherResults += try other.decide(Array(rest.prefix(size))).results
            rest = rest.dropFirst(size)
        }

        #expect(results == otherResults, "seed \(seed)")
        #expect(one.profiles.mapValues(\.revision) == other.profiles.mapValues(\.revision), "seed \(seed)")
        #expect(one.profiles.mapValues(\.value) == other.profiles.mapValues(\.value), "seed \(seed)")
        #expect(one.owners == other.owners, "seed \(seed)")
        #expect(one.memberCounters == other.memberCounters, "seed \(seed)")
        #expect(one.counters == other.counters, "seed \(seed)")
        #expect(one.outbox.map(\.text) == other.outbox.map(\.text), "seed \(seed)")
        #expect(one.events.mapValues { $0.map(\.id) } == other.events.mapValues { $0.map(\.id) }, "seed \(seed)")
    }

    @Test(arguments: 0..<25) func `incremental evaluation equals full evaluation`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var world = try Self.world()
        let messages = try Self.history(&random, world: world)
        for message in messages { try world.send(message) }
        let before = world.profiles

        // Everything evaluated once more changes nothing and exports nothing.
        #expect(try world.evaluate(world.definition.audiences.map(\.id)).isEmpty, "seed \(seed)")
        #expect(world.profiles.mapValues(\.value) == before.mapValues(\.value), "seed \(seed)")
        let counted = world.definition.audiences.map { audience in
            world.profiles.values.filter {
                (try? ProfileValue.decode($0, paths: world.paths, datasets: world.datasets))?.membership(
                    in: audience.id
                )?.status == .realized
            }.count
        }
        #expect(counted == world.definition.audiences.map { Int(world.members[$0.id] ?? 0) }, "seed \(seed)")
    }

    @Test(arguments: 0..<10) func `a replay gives the same bytes`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var one = try Self.world()
        let messages = try Self.history(&random, world: one)
        var other = try Self.world()

        try one.decide(messages)
        try other.decide(messages)

        #expect(one.outbox.map(\.payload) == other.outbox.map(\.payload), "seed \(seed)")
        #expect(one.profiles.mapValues(\.value) == other.profiles.mapValues(\.value), "seed \(seed)")
    }

    @Test(arguments: 0..<25) func `a stored profile reads back as it was`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var world = try Self.world()
        try world.decide(Self.history(&random, world: world))

        for stored in world.profiles.values {
            let state = try ProfileValue.decode(stored, paths: world.paths, datasets: world.datasets)
            #expect(ProfileValue.encode(state) == stored.value, "seed \(seed)")
            // Any cut of the value is refused, never read wrongly.
            for length in 0..<stored.value.count {
                var cut = stored
                cut.value.removeLast(stored.value.count - length)
                #expect(throws: ProfileValueError.self) {
                    try ProfileValue.decode(cut, paths: world.paths, datasets: world.datasets)
                }
            }
        }
    }

    @Test(arguments: 0..<25) func `explicit distinct instants make records independent of their order`(
        round: Int
    ) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var world = World()
        let values = try (0..<8).map { index in
            var message = try world.record(
                """
                {"identityMap":{"Email":[{"id":"m@example.org"}]},"a":\(random.next() % 9),\
                "b":{"c":\(random.next() % 9)}}
                """,
                dataset: index % 2 == 0 ? "crm" : "web"
            )
            message.writtenAt = Timestamp(milliseconds: 1_000 + Int64(index))
            return message
        }
        var other = world

        try world.decide(values)
        try other.decide(values.shuffled(using: &random))

        func entity(_ world: World) throws -> String {
            let stored = try #require(world.profiles.values.first)
            return String(
                decoding: try ProfileSnapshot(
                    stored,
                    policy: World.policy,
                    at: Timestamp(milliseconds: 0),
                    paths: world.paths,
                    datasets: world.datasets
                ).entity,
                as: UTF8.self
            )
        }
        #expect(try entity(world) == entity(other), "seed \(seed)")
    }
}
