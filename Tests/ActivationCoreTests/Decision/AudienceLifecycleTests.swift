import Testing

@testable import ActivationCore

/// Drafts and inactive audiences in decisions (BEHAVIOUR 5.2).
@Suite struct AudienceLifecycleTests {
    private var world = World()

    private mutating func write(_ fields: String) throws -> [OutboxRow] {
        try world.send(world.record(#"{"identityMap":{"Email":[{"id":"m@example.org"}]},\#(fields)}"#))
    }

    private mutating func turn(_ audience: Audience.ID, _ lifecycle: AudienceLifecycle) throws {
        let index = try #require(world.definition.audiences.firstIndex { $0.id == audience })
        world.definition.audiences[index].lifecycle = lifecycle
    }

    private func standing(_ audience: Audience.ID) throws -> MembershipStatus? {
        let stored = try #require(world.profiles.values.first)
        let state = try ProfileValue.decode(stored, paths: world.paths, datasets: world.datasets)
        return state.membership(in: audience)?.status
    }

    @Test mutating func `a draft is evaluated and counted, and no record shows it until it is published`() throws {
        let sent = try world.audience("sent", "age > 1")
        let draft = try world.audience("draft", "age > 2")
        try turn(draft, .draft)
        world.dataflow([sent], attributes: ["age"])

        let first = try write(#""age":5"#)
        #expect(first.map { $0.status(of: draft) } == [nil])
        #expect(first.map { $0.status(of: sent) } == ["realized"])
        #expect(try standing(draft) == .realized)
        #expect(world.members[draft] == 1)

        try turn(draft, .published)
        #expect(try write(#""age":6"#).map { $0.status(of: draft) } == ["realized"])
    }

    @Test mutating func `an inactive audience keeps its standings, and no record shows them`() throws {
        let sent = try world.audience("sent", "age > 1")
        let resting = try world.audience("resting", "age > 2")
        world.dataflow([sent], attributes: ["age"])
        #expect(try write(#""age":5"#).map { $0.status(of: resting) } == ["realized"])

        try turn(resting, .inactive)
        #expect(try write(#""age":2"#).map { $0.status(of: resting) } == [nil])
        #expect(try standing(resting) == .realized)
        #expect(world.members[resting] == 1)

        try turn(resting, .published)
        #expect(try world.evaluate([resting]).isEmpty, "nobody maps it")
        #expect(try standing(resting) == .exited)
        #expect(world.members[resting] == 0)
    }

    @Test mutating func `nobody enters an inactive audience, a new profile neither`() throws {
        let resting = try world.audience("resting", "age > 2")
        try turn(resting, .inactive)
        _ = try write(#""age":5"#)
        #expect(try standing(resting) == nil)
        #expect(world.members[resting] == nil)
    }

    @Test mutating func `who asks for an inactive audience by id or name reads the standing that is stored`() throws {
        let resting = try world.audience("resting", "age > 2")
        _ = try write(#""age":5"#)
        try turn(resting, .inactive)
        let byID = try world.audience("by id", #"inSegment("\#(resting.uuid)") and city.isNotNull()"#)
        let byName = try world.audience("by name", #"not inSegment("resting")"#)

        _ = try write(#""age":1,"city":"Bonn""#)
        _ = try world.evaluate([byID, byName])
        #expect(try standing(byID) == .realized)
        #expect(try standing(byName) == nil)

        // What it asks for is evaluated again, and so is what asks.
        try turn(resting, .published)
        _ = try world.evaluate([resting])
        #expect(try standing(byID) == .exited)
        #expect(try standing(byName) == .realized)
    }

    @Test mutating func `the clock does nothing to an inactive audience`() throws {
        let resting = try world.audience("resting", "renewal occurs < 10 seconds after now")
        let instant = Timestamp(milliseconds: world.now.milliseconds + 5_000).rfc3339
        _ = try write(#""renewal":"\#(instant)""#)
        #expect(try standing(resting) == .realized)
        try turn(resting, .inactive)
        world.now.milliseconds += 60_000
        _ = try write(#""other":1"#)
        #expect(try standing(resting) == .realized)

        try turn(resting, .published)
        _ = try world.evaluate([resting])
        #expect(try standing(resting) == .exited)
    }

    @Test(arguments: [AudienceLifecycle.draft, .inactive])
    mutating func `a dataflow whose audience is not published cannot be used`(lifecycle: AudienceLifecycle) throws {
        let audience = try world.audience("audience", "age > 2")
        world.dataflow([audience])
        try turn(audience, lifecycle)
        var paths = world.paths
        let error = #expect(throws: CatalogError.self) {
            _ = try Catalog(compiling: world.definition, paths: &paths)
        }
        #expect(error?.dataflow == World.flow)
    }

    @Test mutating func `who asks for an inactive audience has a policy that links the same identities`() throws {
        world.definition.mergePolicies[1].identityGraph = .none
        let resting = try world.audience("resting", "age > 2")
        try turn(resting, .inactive)
        let asker = try world.audience("asker", #"inSegment("resting")"#, policy: World.otherPolicy)
        var paths = world.paths
        let error = #expect(throws: CatalogError.self) {
            _ = try Catalog(compiling: world.definition, paths: &paths)
        }
        #expect(error?.audience == asker)
    }

    @Test mutating func `standings of an inactive audience follow its policy, so that who asks finds them`() throws {
        let resting = try world.audience("resting", "age > 2")
        _ = try write(#""age":5"#)
        try turn(resting, .inactive)
        world.definition.mergePolicies[0].identityGraph = .none
        let asker = try world.audience("asker", #"inSegment("resting")"#)
        _ = try world.evaluate([asker])
        #expect(world.members[resting] == 1)
        #expect(world.members[asker] == 1)
    }

    @Test mutating func `an audience is evaluated anew for what changes its outcome alone`() throws {
        let audience = try world.audience("audience", "age > 2")
        func version(_ world: World) throws -> AudienceVersion? {
            var paths = world.paths
            return try Catalog(compiling: world.definition, paths: &paths).audienceVersions[audience]
        }
        let made = try version(world)
        world.definition.audiences[0].ruleChangedAt = world.definition.audiences[0].updatedAt
        world.definition.audiences[0].updatedAt.milliseconds += 1
        #expect(try version(world) == made)
        world.definition.audiences[0].ruleChangedAt = nil
        #expect(try version(world) != made)
        try turn(audience, .inactive)
        #expect(try version(world) == nil)
    }
}
