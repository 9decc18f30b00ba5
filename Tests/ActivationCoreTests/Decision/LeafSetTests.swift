import Testing

@testable import ActivationCore

/// What profiles keep for leaves to which their events have nothing to say (decision 12).
@Suite struct LeafSetTests {
    private var world = World()

    private mutating func send(_ id: Int, _ kind: String, _ members: String = #""amount":1"#) throws {
        try world.send(
            world.event(
                """
                {"identityMap":{"Email":[{"id":"m@example.org"}]},"_id":"\(id)","kind":"\(kind)",\
                "timestamp":"2026-01-01T00:\(10 + id % 50):00Z",\(members)}
                """
            )
        )
    }

    private var state: ProfileState {
        get throws {
            let stored = try #require(world.profiles.values.first)
            return try ProfileValue.decode(stored, paths: world.paths, datasets: world.datasets)
        }
    }

    /// The leaf of an expression as it is stored; nil when nothing is.
    private func stored(_ expression: String) throws -> StoredLeaf? {
        var paths = world.paths
        let program = try PQLProgram(
            compiling: PQLExpression(parsing: expression),
            paths: &paths,
            zone: world.definition.timeZone
        ) { _ in nil }
        return try state.leaf(try #require(program.eventLeaves.first).number)
    }

    private static func count(of kind: String) -> String { #"xEvent[kind = "\#(kind)"].count() > 2"# }

    private static let measures = [
        ".count() > 2", ".count() = 3", ".sum(amount) > 2", ".average(amount) = 1", ".min(amount) = 1",
        ".max(amount) = 1",
    ]

    /// Audiences of every measure, with and without a window, each over events of its own kind.
    private mutating func manyAudiences(_ count: Int) throws {
        for number in 0..<count {
            let window = number % 2 == 0 ? "" : " and timestamp occurs < 300 days before now"
            let measure = Self.measures[number % Self.measures.count]
            try world.audience("kind \(number)", #"xEvent[kind = "other \#(number)"\#(window)]\#(measure)"#)
        }
    }

    @Test func `audiences that no event concerns take no room in a profile`() throws {
        var sizes: [Int] = []
        for count in [1, 500] {
            var other = LeafSetTests()
            try other.world.audience("mine", Self.count(of: "mine"))
            try other.manyAudiences(count)
            for id in 0..<3 { try other.send(id, "mine") }
            for id in 3..<6 { try other.send(id, "nobody's") }
            #expect(try other.state.leaves.count == 1)
            #expect(other.world.eventsRead == 0)
            sizes.append(try #require(other.world.profiles.values.first).value.count)
        }
        #expect(sizes[0] == sizes[1])
    }

    @Test mutating func `an event that concerns one audience adds the state of that one`() throws {
        try manyAudiences(60)
        try send(60, "nobody's")
        #expect(try state.leaves.isEmpty)
        #expect(try state.leafSet == world.leafSets.last?.number)

        for number in 0..<60 {
            try send(number, "other \(number)")
            #expect(try state.leaves.count == number + 1)
        }
        #expect(world.eventsRead == 0)
    }

    @Test mutating func `the first event finds every audience as without events`() throws {
        let both = try [world.audience("a", Self.count(of: "a")), world.audience("b", Self.count(of: "b"))]
        try world.send(world.record(#"{"identityMap":{"Email":[{"id":"m@example.org"}]},"n":1}"#))
        #expect(try state.leafSet == 0)
        for id in 0..<3 { try send(id, "a") }
        for id in 3..<6 { try send(id, "b") }

        #expect(both.map { world.members[$0] } == [1, 1])
        #expect(world.eventsRead == 0)
    }

    @Test mutating func `an audience that was away while events came knows them when it comes back`() throws {
        try world.audience("a", Self.count(of: "a"))
        let away = try world.audience("b", Self.count(of: "b"))
        try send(0, "a")
        let all = world.definition.audiences
        for id in 1..<3 {
            world.definition.audiences.removeLast()
            try send(id, "b")
            #expect(try stored(Self.count(of: "b")) == nil)
            world.definition.audiences = all
        }
        try send(3, "a")
        #expect(try stored(Self.count(of: "b"))?.isUnknown == true)

        try send(4, "b")

        #expect(world.members[away] == 1)
        #expect(try stored(Self.count(of: "b"))?.isUnknown == false)
    }

    @Test mutating func `an audience that was away while nothing came is as it was`() throws {
        try world.audience("a", Self.count(of: "a"))
        try world.audience("b", Self.count(of: "b"))
        try send(0, "a")
        let all = world.definition.audiences
        world.definition.audiences.removeLast()
        _ = try world.evaluate([])
        world.definition.audiences = all

        try send(1, "b")

        #expect(world.eventsRead == 0)
    }

    @Test mutating func `a new audience reads what there was, and the others stay as they are`() throws {
        let old = try world.audience("a", Self.count(of: "a"))
        try send(0, "b")
        try send(1, "b")
        let new = try world.audience("b", Self.count(of: "b"))
        for id in 2..<5 { try send(id, "a") }
        #expect(world.eventsRead == 0)
        #expect(world.members[old] == 1)
        #expect(try stored(Self.count(of: "b"))?.isUnknown == true)

        try send(5, "b")

        #expect(world.members[new] == 1)
        #expect(world.eventsRead > 0)
    }

    @Test mutating func `what was kept by a set that is forgotten is read again`() throws {
        let old = try world.audience("a", Self.count(of: "a"))
        for id in 0..<2 { try send(id, "b") }
        for id in 2..<4 { try send(id, "a") }
        let other = try world.audience("c", Self.count(of: "c"))
        world.leafSets = []
        try send(4, "c")
        #expect(try state.leaves.count == 2)
        try send(5, "a")
        try send(6, "c")
        try send(7, "c")

        #expect(world.members[old] == 1)
        #expect(world.members[other] == 1)
    }

    @Test mutating func `as many changes of the catalog as are remembered make no event be read`() throws {
        try world.audience("a", Self.count(of: "a"))
        try send(0, "b")
        let all = world.definition.audiences
        for number in 1..<Limits.leafSetsMax {
            world.definition.audiences = all
            try world.audience("\(number)", Self.count(of: "\(number)"))
            _ = try world.evaluate([])
        }
        try send(1, "a")
        #expect(world.eventsRead == 0)

        for number in 0...Limits.leafSetsMax {
            world.definition.audiences = all
            try world.audience("\(number)", Self.count(of: "x \(number)"))
            _ = try world.evaluate([])
        }
        try send(2, "x \(Limits.leafSetsMax)")
        #expect(world.eventsRead > 0)
    }

    @Test mutating func `an extreme that is read each time is not taken for that of no events`() throws {
        // Too long to be kept.
        let name = String(repeating: "x", count: Limits.eventCandidateBytesMax + 1)
        let expression = #"xEvent[kind = "a"].max(name) = "\#(name)""#
        let audience = try world.audience("a", expression)
        try world.audience("b", Self.count(of: "b"))
        try send(0, "a", #""name":"\#(name)""#)
        #expect(world.members[audience] == 1)
        #expect(try stored(expression)?.isUnknown == true)

        try send(1, "b")
        _ = try world.evaluate([audience])

        #expect(world.members[audience] == 1)
        #expect(try stored(expression)?.isUnknown == true)
        #expect(try state.leaves.count == 2)
    }

    @Test mutating func `merged profiles keep nothing and know what both had`() throws {
        let audience = try world.audience("a", Self.count(of: "a"))
        try world.audience("b", Self.count(of: "b"))
        try send(0, "a")
        try send(1, "a")
        for (id, email) in [("x", "n@example.org"), ("y", "o@example.org")] {
            try world.send(
                world.event(
                    """
                    {"identityMap":{"Email":[{"id":"\(email)"}]},"_id":"\(id)","kind":"a",\
                    "timestamp":"2026-01-01T00:00:00Z"}
                    """
                )
            )
            try world.send(
                world.record(#"{"identityMap":{"Email":[{"id":"m@example.org"},{"id":"\#(email)"}]}}"#)
            )
            #expect(world.members[audience, default: 0] == 1)
        }
        #expect(world.profiles.count == 1)
        #expect(try state.leafSet == world.leafSets.last?.number)
        #expect(try state.leaves.count == 1)
    }

    @Test mutating func `a state that is damaged is read again`() throws {
        let audience = try world.audience("a", Self.count(of: "a"))
        try world.audience("b", Self.count(of: "b"))
        try send(0, "a")
        try send(1, "a")
        for (id, profile) in world.profiles {
            var state = try state
            state.leaves[0].state = [9, 9, 9]
            world.profiles[id]?.value = ProfileValue.encode(state)
            #expect(profile.value.count != world.profiles[id]?.value.count)
        }
        try send(2, "b")
        try send(3, "a")

        #expect(world.members[audience] == 1)
    }

    @Test mutating func `a day of another zone is another leaf, of which nothing is known`() throws {
        let text = #"xEvent[kind = "a" and timestamp occurs < 100 days before today].count() > 2"#
        let audience = try world.audience("a", text)
        try world.audience("b", Self.count(of: "b"))
        try send(0, "b")
        try send(1, "a")
        try send(2, "a")
        world.definition.timeZone = try ZoneinfoOracle.rules("Pacific/Kiritimati")
        try send(3, "b")
        #expect(try stored(text)?.isUnknown == true)

        try send(4, "a")

        #expect(world.members[audience] == 1)
    }

    @Test func `one batch stores the same bytes as many`() throws {
        var one = LeafSetTests()
        try one.manyAudiences(12)
        var many = one
        var messages: [Message] = []
        for id in 0..<40 {
            messages.append(
                try one.world.event(
                    """
                    {"identityMap":{"Email":[{"id":"\(id % 3)"}]},"_id":"\(id)","kind":"other \(id % 13)",\
                    "timestamp":"2026-01-01T00:00:00Z","amount":\(id % 5 == 0 ? #""text""# : "\(id)")}
                    """
                )
            )
        }
        let inputs = messages.enumerated().map { index, message in
            Input(cause: .message(message), now: Timestamp(milliseconds: one.world.now.milliseconds + Int64(index)))
        }
        _ = try one.world.decide(inputs)
        for input in inputs { _ = try many.world.decide([input]) }

        #expect(one.world.profiles.count == 3)
        #expect(
            one.world.profiles.values.map(\.value).sorted { $0.lexicographicallyPrecedes($1) }
                == many.world.profiles.values.map(\.value).sorted { $0.lexicographicallyPrecedes($1) }
        )
    }
}
