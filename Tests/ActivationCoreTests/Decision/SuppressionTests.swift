import Testing

@testable import ActivationCore

/// Identities of deleted profiles that may not come again (BEHAVIOUR 3.11).
@Suite struct SuppressionTests {
    private var world = World()
    private static let email = Identity(namespace: "Email", value: "m@example.org")
    private static let crm = Identity(namespace: "CRM", value: "c-1")
    private static let both = #""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#

    private func record(_ map: String, _ field: String = #""color":"red""#) throws -> Message {
        try world.record(#"{"identityMap":{\#(map)},\#(field)}"#)
    }

    private mutating func decide(_ causes: Input.Cause...) throws -> [DecisionResult] {
        world.now.milliseconds += 1_000
        return try world.decide(causes.map { Input(cause: $0, now: world.now) }).results
    }

    private func refusal(_ result: DecisionResult?) throws -> MessageError {
        guard case .refused(let error) = result else { throw Unexpected() }
        return error
    }

    private struct Unexpected: Error {}

    @Test mutating func `every identity of a deleted profile is refused when it comes again`() throws {
        try world.send(record(Self.both))
        let profile = try #require(world.owners[Self.email])
        _ = try decide(.deletion(Self.crm, onReturn: .refuse))
        let (paths, admission) = (world.paths.count, world.admission.sequence)

        let event = try world.event(
            #"{"identityMap":{"CRM":[{"id":"c-1"}]},"_id":"e","timestamp":"2026-01-01T00:00:00Z"}"#
        )
        let results = try decide(
            .message(record(#""Email":[{"id":"m@example.org"}]"#, #""size":1"#)),
            .message(event),
            .message(record(#""Phone":[{"id":"1"}],"CRM":[{"id":"c-1"}]"#, #""size":1"#)),
            .message(record(#""Phone":[{"id":"2"}]"#))
        )

        for result in results.prefix(3) {
            let error = try refusal(result)
            #expect(error.code == "IDENTITY_SUPPRESSED")
            #expect(!error.message.contains("c-1") && !error.message.contains("m@example.org"))
        }
        #expect(results[3] == .accepted)
        #expect(world.owners.keys.map(\.value) == ["2"])
        #expect(world.paths.count == paths)
        #expect(world.admission.sequence == admission.next())
        #expect(Set(world.suppressions.values.map(\.namespace)) == ["Email", "CRM"])
        #expect(world.suppressions.values.allSatisfy { $0.profile == profile })
    }

    @Test mutating func `a message in the batch of the deletion is refused behind it and taken before it`() throws {
        let results = try decide(
            .message(record(Self.both)),
            .deletion(Self.email, onReturn: .refuse),
            .message(record(#""CRM":[{"id":"c-1"}]"#)),
            .readmission(Self.crm),
            .message(record(#""CRM":[{"id":"c-1"}]"#)),
            .message(record(#""Email":[{"id":"m@example.org"}]"#))
        )

        #expect(results[0] == .accepted)
        #expect(try refusal(results[2]).code == "IDENTITY_SUPPRESSED")
        #expect(results[3] == .identities(.readmitted))
        #expect(results[4] == .accepted)
        #expect(try refusal(results[5]).code == "IDENTITY_SUPPRESSED")
        #expect(world.suppressions.keys.map(\.bytes) == [World.digest(Self.email).bytes])
    }

    @Test(arguments: DecisionOptions.ReturnRule.allCases)
    mutating func `a deletion that says nothing does what the operator has decided, and so does the last removal`(
        rule: DecisionOptions.ReturnRule
    ) throws {
        world.options.erasedReturn = rule
        try world.send(record(Self.both), record(#""CRM":[{"id":"c-2"}]"#))

        let results = try decide(
            .removal(Self.email),
            .message(record(#""Email":[{"id":"m@example.org"}]"#)),
            .removal(Self.crm),
            .deletion(Identity(namespace: "CRM", value: "c-2"), onReturn: nil)
        )

        // An identity that only leaves its profile is not erased.
        #expect(results[1] == .accepted)
        #expect(Set(world.suppressions.values.map(\.namespace)) == (rule == .refuse ? ["CRM"] : []))
        #expect(world.suppressions.count == (rule == .refuse ? 2 : 0))
    }

    @Test mutating func `what a deletion says goes before what the operator has decided`() throws {
        world.options.erasedReturn = .refuse
        try world.send(record(Self.both))

        let results = try decide(.deletion(Self.email, onReturn: .accept), .message(record(Self.both)))

        #expect(results[1] == .accepted)
        #expect(world.suppressions.isEmpty)
    }

    @Test mutating func `an identity that may come again makes a new profile, and only once is it let in`() throws {
        try world.send(record(Self.both))
        let before = try #require(world.owners[Self.email])
        _ = try decide(.deletion(Self.email, onReturn: .refuse))

        let results = try decide(.readmission(Self.email), .readmission(Self.email))
        try world.send(record(#""Email":[{"id":"m@example.org"}]"#))

        #expect(results == [.identities(.readmitted), .identities(.unknown)])
        #expect(try #require(world.owners[Self.email]) != before)
        #expect(world.suppressions.count == 1)
    }

    @Test mutating func `without a key nothing can be suppressed, and the deletion is not performed`() throws {
        try world.send(record(Self.both))
        var catalog = world.definition
        catalog.dataflows = []
        var paths = world.paths
        var batch = DecisionBatch(
            scope: .production,
            catalog: try Catalog(compiling: catalog, paths: &paths),
            paths: paths,
            datasets: world.datasets,
            admission: world.admission
        )
        let stored = Array(world.profiles.values)
        try batch.add(stored, owners: [0], of: [Self.email])

        _ = batch.decide(Input(cause: .deletion(Self.email, onReturn: .refuse), now: world.now))

        #expect(batch.gap != nil)
        #expect(batch.suppressible(among: [Self.email]) == nil)
    }
}
