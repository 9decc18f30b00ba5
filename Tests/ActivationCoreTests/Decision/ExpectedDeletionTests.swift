import Testing

@testable import ActivationCore

/// A deletion that means one profile, whoever has the identity when its turn comes (BEHAVIOUR 3.11).
@Suite struct ExpectedDeletionTests {
    private var world = World()
    private static let email = Identity(namespace: "Email", value: "m@example.org")
    private static let crm = Identity(namespace: "CRM", value: "c-1")

    private func record(_ map: String) throws -> Message {
        try world.record(#"{"identityMap":{\#(map)},"color":"red"}"#)
    }

    private mutating func decide(_ causes: Input.Cause...) throws -> [DecisionResult] {
        world.now.milliseconds += 1_000
        return try world.decide(causes.map { Input(cause: $0, now: world.now) }).results
    }

    private func isDeletion(_ result: DecisionResult, of profile: Profile.ID) -> Bool {
        if case .identities(.deleted(let part)) = result { part.profile == profile } else { false }
    }

    @Test mutating func `the profile that is meant goes, another one stays as it is`() throws {
        try world.send(record(#""Email":[{"id":"m@example.org"}]"#), record(#""CRM":[{"id":"c-1"}]"#))
        let (mira, other) = (try #require(world.owners[Self.email]), try #require(world.owners[Self.crm]))
        let before = world.profiles[other]?.revision

        #expect(
            try decide(.deletion(Self.crm, onReturn: .refuse, expecting: mira)) == [.identities(.unknown)]
        )
        #expect(world.profiles[other]?.revision == before && world.owners[Self.crm] == other)
        #expect(world.suppressions.isEmpty && world.profiles[mira] != nil)

        #expect(isDeletion(try decide(.deletion(Self.email, onReturn: nil, expecting: mira))[0], of: mira))
        #expect(world.profiles[mira] == nil && world.profiles[other] != nil)
    }

    @Test mutating func `whoever takes the identity over in the same batch stays`() throws {
        try world.send(record(#""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#))
        let mira = try #require(world.owners[Self.email])

        let results = try decide(
            .removal(Self.email),
            .message(record(#""Email":[{"id":"m@example.org"}]"#)),
            .deletion(Self.email, onReturn: nil, expecting: mira)
        )

        #expect(results[2] == .identities(.unknown))
        #expect(world.owners[Self.crm] == mira && world.owners[Self.email].map { $0 != mira } == true)
    }

    @Test mutating func `what has absorbed it in the same batch goes`() throws {
        try world.send(record(#""CRM":[{"id":"c-1"}]"#))
        try world.send(record(#""Email":[{"id":"m@example.org"}]"#))
        let (mira, elder) = (try #require(world.owners[Self.email]), try #require(world.owners[Self.crm]))

        let results = try decide(
            .message(record(#""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#)),
            .deletion(Self.email, onReturn: nil, expecting: mira)
        )

        #expect(isDeletion(results[1], of: elder))
        #expect(world.profiles.isEmpty && world.owners.isEmpty)
    }

    @Test mutating func `what has absorbed it before stays`() throws {
        try world.send(record(#""CRM":[{"id":"c-1"}]"#))
        try world.send(record(#""Email":[{"id":"m@example.org"}]"#))
        let mira = try #require(world.owners[Self.email])
        try world.send(record(#""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#))

        #expect(try decide(.deletion(Self.email, onReturn: nil, expecting: mira)) == [.identities(.unknown)])
        #expect(world.profiles.count == 1)
    }
}
