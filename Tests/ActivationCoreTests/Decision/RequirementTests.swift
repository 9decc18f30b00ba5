import Testing

@testable import ActivationCore

/// What a batch asks of the store: enough, whatever its messages link.
@Suite struct RequirementTests {
    private var world = World()

    private func purchase(_ id: String, _ amount: Int, _ identities: String) throws -> Message {
        try world.event(
            """
            {"identityMap":{\(identities)},"_id":"\(id)","timestamp":"2026-01-01T00:00:00Z","amount":\(amount)}
            """
        )
    }

    private static let email = #""Email":[{"id":"mira@example.org"}]"#
    private static let phone = #""Phone":[{"id":"+1555"}]"#

    @Test mutating func `a profile that a batch makes and a stored one absorbs brings no events to be missed`() throws {
        let big = try world.audience("big", "xEvent.sum(amount) > 100")
        world.dataflow([big])
        try world.send(purchase("1", 101, Self.email))

        let (results, _) = try world.decide([
            world.record(#"{"identityMap":{\#(Self.phone)}}"#),
            world.record(#"{"identityMap":{\#(Self.phone),\#(Self.email)}}"#),
        ])

        #expect(results == [.accepted, .accepted])
        #expect(world.profiles.count == 1)
        #expect(world.members[big] == 1)
    }

    @Test mutating func `an event of a profile that a batch makes is known to the one that absorbs it`() throws {
        try world.audience("two", "xEvent.count() = 2")
        try world.send(purchase("1", 1, Self.email))

        let (results, _) = try world.decide([
            purchase("1", 1, Self.phone),
            purchase("2", 1, "\(Self.phone),\(Self.email)"),
            purchase("1", 1, Self.phone),
        ])

        #expect(results == [.accepted, .accepted, .duplicate])
        #expect(world.events.values.map { $0.map(\.id) } == [["1", "2"]])
        #expect(world.members.values.reduce(0, +) == 1)
    }

    @Test mutating func `profiles that a chain of links makes one need the events of all of them`() throws {
        try world.audience("all", "xEvent.count() = 4")
        for person in 0..<4 { try world.send(purchase("e\(person)", 1, #""Phone":[{"id":"\#(person)"}]"#)) }
        // Also one event that two of them have.
        try world.send(purchase("e0", 1, #""Phone":[{"id":"3"}]"#))

        let links = try (0..<3).map { person in
            try world.record(#"{"identityMap":{"Phone":[{"id":"\#(person)"},{"id":"\#(person + 1)"}]}}"#)
        }
        try world.decide(links.reversed())

        #expect(world.profiles.count == 1)
        #expect(world.events.values.map { $0.map(\.id) } == [["e0", "e1", "e2", "e3"]])
        #expect(world.members.values.reduce(0, +) == 1)
    }

    @Test mutating func `an identity evicted and named again in one batch still finds every event`() throws {
        try world.audience("one", "xEvent.count() = 1")
        try world.send(purchase("1", 1, #""ECID":[{"id":"\#(String(repeating: "1", count: 38))"}],\#(Self.email)"#))
        let more = try (0..<60).map { number in
            let ecid = String(repeating: "2", count: 36) + (number < 10 ? "0\(number)" : "\(number)")
            return try world.record(#"{"identityMap":{\#(Self.email),"ECID":[{"id":"\#(ecid)"}]}}"#)
        }
        let again = #""ECID":[{"id":"\#(String(repeating: "1", count: 38))"}]"#

        let (results, _) = try world.decide(
            more + [
                world.record(#"{"identityMap":{\#(again)}}"#),
                world.record(#"{"identityMap":{\#(again),\#(Self.email)}}"#),
            ]
        )

        #expect(results.allSatisfy { $0 == .accepted })
        #expect(world.profiles.count == 1)
        #expect(world.members.values.reduce(0, +) == 1)
    }

    @Test mutating func `an event that moved twice within a batch is dropped where it is stored`() throws {
        for (person, event) in [("u", nil), ("t", nil), ("s", "e1")] {
            let identity = #""Phone":[{"id":"\#(person)"}]"#
            if let event {
                try world.send(purchase(event, 1, identity))
            } else {
                try world.send(world.record(#"{"identityMap":{\#(identity)}}"#))
            }
        }

        let (results, _) = try world.decide([
            purchase("e2", 1, #""Phone":[{"id":"t"},{"id":"s"}]"#),
            purchase("e1", 1, #""Phone":[{"id":"u"}]"#),
            purchase("e3", 1, #""Phone":[{"id":"u"},{"id":"t"}]"#),
        ])

        #expect(results == [.accepted, .accepted, .accepted])
        #expect(world.events.values.map { $0.map(\.id) } == [["e1", "e2", "e3"]])
    }

    @Test(arguments: [false, true]) mutating func `a long chain of links is one profile with every event once`(
        reversed: Bool
    ) throws {
        let people = 400
        try world.decide((0..<people).map { try purchase("e\($0)", 1, #""Phone":[{"id":"\#($0)"}]"#) })
        var links = try (0..<people - 1).map { person in
            try purchase("l\(person)", 1, #""Phone":[{"id":"\#(person)"},{"id":"\#(person + 1)"}]"#)
        }
        if reversed { links.reverse() }

        try world.decide(links)

        #expect(world.profiles.count == 1)
        #expect(world.events.values.first.map { Set($0.map(\.id)).count } == 2 * people - 1)
        #expect(world.events.values.first?.count == 2 * people - 1)
    }

    @Test mutating func `a record of a profile whose events nobody reads asks for none`() throws {
        try world.audience("red", #"color = "red""#)
        try world.send(purchase("1", 1, Self.email))
        let stored = try #require(world.profiles.values.first)
        let inputs = [
            Input(cause: .message(try world.record(#"{"identityMap":{\#(Self.email)},"color":"red"}"#)), now: world.now)
        ]
        var batch = DecisionBatch(
            scope: .production,
            catalog: try Catalog(compiling: world.definition, paths: &world.paths),
            paths: world.paths,
            datasets: world.datasets,
            admission: world.admission
        )
        try batch.add([stored], owners: [0], of: DecisionBatch.requirements(of: inputs).identities)

        #expect(batch.eventRequirements(of: inputs).isEmpty)
    }

    /// Audiences that read events and something else, and something else alone.
    private mutating func mixedAudiences() throws {
        try world.audience("attribute", #"person.tier = "gold" and xEvent[amount > ^limit.of].count() > 0"#)
        try world.audience("identity", #"identityMap.Phone.count() > 1 and xEvent[amount > ^limit.of].count() > 0"#)
        try world.audience("near", "home.near")
        try world.audience("follower", #"inSegment("near") and xEvent[amount > ^limit.of].count() > 0"#)
        try world.send(purchase("1", 1, "\(Self.email),\(Self.phone)"))
        try world.send(purchase("2", 2, Self.email))
        // Every path is known from now on.
        try world.send(
            world.record(
                #"{"identityMap":{\#(Self.email)},"person":{"tier":"gold","name":"M"},"home":{"near":false,"far":1},"limit":{"of":1}}"#
            )
        )
    }

    @Test(arguments: [
        (#""person":{"name":"N"}"#, 0),
        (#""home":{"far":2}"#, 0),
        (#""person":{}"#, 2),
        (#""person":{"tier":"lead"}"#, 2),
        (#""limit":{"of":7}"#, 2),
        (#""limit":null"#, 2),
        // Who asks for an audience that may flip may be asked too.
        (#""home":{"near":true}"#, 2),
    ])
    mutating func `a record reads events only where what it states can change who reads them`(
        fields: String,
        events: Int
    ) throws {
        try mixedAudiences()
        let before = world.eventsRead

        try world.send(world.record(#"{"identityMap":{\#(Self.email)},\#(fields)}"#))

        #expect(world.eventsRead - before == events)
        #expect(world.batchesRepeated == 0)
    }

    @Test mutating func `a record that links identities reads events for who reads identities`() throws {
        try mixedAudiences()
        let before = world.eventsRead

        try world.send(
            world.record(#"{"identityMap":{\#(Self.email),"Phone":[{"id":"+1777"}]},"person":{"name":"N"}}"#)
        )

        #expect(world.eventsRead - before == 2)
        #expect(world.batchesRepeated == 0)
    }

    @Test mutating func `a standing that ends by age reads events for who reads standings`() throws {
        try world.audience("near", "home.near")
        try world.audience(
            "reader",
            #"segmentMembership.isNotNull() and xEvent[amount > ^limit.of].count() > 0"#
        )
        for near in ["true", "false"] {
            try world.send(
                world.record(#"{"identityMap":{\#(Self.email)},"home":{"near":\#(near)},"other":1,"limit":{"of":1}}"#)
            )
        }
        try world.send(purchase("1", 1, Self.email))
        world.now.milliseconds += Limits.exitedEntryMilliseconds
        let before = world.eventsRead

        try world.send(world.record(#"{"identityMap":{\#(Self.email)},"other":2}"#))

        #expect(world.eventsRead - before == 1)
        #expect(world.batchesRepeated == 0)
    }

    @Test mutating func `an answer that is not what was asked for is refused before anything is decided`() throws {
        try world.audience("big", "xEvent[amount > ^limit].count() > 0")
        try world.send(purchase("1", 101, Self.email), purchase("2", 1, Self.email))
        let stored = try #require(world.profiles.values.first)
        let events = try #require(world.events.values.first)
        let inputs = [Input(cause: .message(try purchase("3", 1, Self.email)), now: world.now)]
        let identities = DecisionBatch.requirements(of: inputs).identities
        let empty = DecisionBatch(
            scope: .production,
            catalog: try Catalog(compiling: world.definition, paths: &world.paths),
            paths: world.paths,
            datasets: world.datasets,
            admission: world.admission
        )

        // An index that is older than the profile looks like that; a profile that comes twice does not.
        #expect {
            var batch = empty
            try batch.add([stored], owners: [nil], of: identities)
        } throws: { ($0 as? ProfileValueError)?.isStaleIndex == true }
        #expect {
            var batch = empty
            try batch.add([stored, stored], owners: [0], of: identities)
        } throws: { ($0 as? ProfileValueError)?.isStaleIndex == false }
        var batch = empty
        try batch.add([stored], owners: [0], of: identities)
        let requirement = try #require(batch.eventRequirements(of: inputs).first)
        #expect(requirement.extent == .whole)
        #expect(throws: ProfileValueError.self) { try batch.add(nil, known: [], for: requirement) }
        #expect(throws: ProfileValueError.self) { try batch.add(events.reversed(), known: [], for: requirement) }
        #expect(throws: ProfileValueError.self) { try batch.add(events, known: [true], for: requirement) }
        // Decided all the same, it says so and makes no one believe the plan.
        _ = batch.decide(inputs[0])
        #expect(batch.missingEvents == [stored.id])
    }
}
