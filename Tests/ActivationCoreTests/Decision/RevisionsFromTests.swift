import Testing

@testable import ActivationCore

/// Revisions of a store that was put back to an earlier state (BEHAVIOUR 3.1).
@Suite struct RevisionsFromTests {
    private static let email = Identity(namespace: "Email", value: "m@example.org")
    private static let crm = Identity(namespace: "CRM", value: "c-1")

    private var world = World()

    private mutating func know(_ map: String, _ name: String) throws -> [OutboxRow] {
        try world.send(world.record(#"{"identityMap":{\#(map)},"person":{"name":{"firstName":"\#(name)"}}}"#))
    }

    private mutating func decide(_ cause: Input.Cause) throws -> [OutboxRow] {
        world.now.milliseconds += 1_000
        return try world.decide([Input(cause: cause, now: world.now)]).rows
    }

    private mutating func mapNames() throws {
        world.dataflow([try world.audience("named", "person.name.firstName.isNotNull()")])
        world.definition.dataflows[0].options.emitsDeletes = true
    }

    @Test mutating func `no revision that is begun is below, and none comes twice`() throws {
        try mapNames()
        let first = try know(#""Email":[{"id":"m@example.org"}]"#, "Ann")
        world.definition.revisionsFrom = 500
        let second = try know(#""Email":[{"id":"m@example.org"}]"#, "Bea")
        let third = try know(#""Email":[{"id":"m@example.org"}]"#, "Cleo")
        let other = try know(#""CRM":[{"id":"c-1"}]"#, "Dora")
        // Where a profile has got further it goes on from there.
        world.definition.revisionsFrom = 501
        let fourth = try know(#""Email":[{"id":"m@example.org"}]"#, "Eve")

        #expect([first, second, third, other, fourth].map { $0.map(\.revision) } == [[1], [500], [501], [500], [502]])
    }

    @Test mutating func `merges, parts and last records have such revisions too`() throws {
        try mapNames()
        _ = try know(#""Email":[{"id":"m@example.org"}]"#, "Ann")
        _ = try know(#""CRM":[{"id":"c-1"}]"#, "Bea")
        world.definition.revisionsFrom = 900
        let merged = try know(#""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#, "Cleo")
        world.definition.revisionsFrom = 1_200
        let parted = try decide(.unlink(Self.email, Self.crm))
        world.definition.revisionsFrom = 2_000
        let deleted = try decide(.deletion(Self.email, onReturn: nil))

        #expect(merged.map(\.revision) == [900])
        #expect(!parted.isEmpty && parted.allSatisfy { $0.revision == 1_200 })
        #expect(deleted.map(\.revision) == [2_000])
    }
}
