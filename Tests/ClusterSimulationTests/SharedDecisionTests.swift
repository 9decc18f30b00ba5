import ActivationCore
import Testing

/// What decisions do so that several may decide for one profile.
@Suite struct SharedDecisionTests {
    private static func message() throws -> Message {
        let entity = #"{"identityMap":{"CRM":[{"id":"p1"}]},"size":3}"#
        return try Message(record: JSONDocument(parsing: entity), dataset: "crm", namespaces: SharedTraffic.namespaces)
    }

    /// Decides one message of one person.
    private static func decide(at now: Int64, by node: Int64, upon stored: StoredProfile? = nil) throws -> CommitPlan {
        var traffic = SharedTraffic()
        var paths = SharedTraffic.paths
        var options = DecisionOptions()
        options.node = node
        var batch = DecisionBatch(
            scope: .production,
            catalog: try Catalog(compiling: traffic.definition(), paths: &paths),
            paths: paths,
            datasets: DatasetDictionary(names: ["crm"]),
            admission: .zero,
            options: options
        )
        let message = try message()
        try batch.add(stored.map { [$0] } ?? [], owners: [stored.map { _ in 0 }], of: message.identities)
        _ = batch.decide(Input(cause: .message(message), now: Timestamp(milliseconds: now)))
        return batch.commitPlan()
    }

    @Test func `two who make profiles at one instant give them different ids`() throws {
        let ids = try [1, 2].map { try Self.decide(at: 1_772_000_000_000, by: $0).profiles.first?.profile.id }
        #expect(ids[0] != nil && ids[0] != ids[1])
    }

    @Test func `time does not fall for a profile when the next one's clock is behind`() throws {
        let first = try Self.decide(at: 1_772_000_000_000, by: 1)
        var stored = try #require(first.profiles.first).profile
        stored.row = 1
        let second = try Self.decide(at: 1_772_000_000_000 - 5_000, by: 2, upon: stored)
        #expect(second.admission?.instant == Timestamp(milliseconds: 1_772_000_000_000))
        #expect(second.admission?.sequence ?? .zero > first.admission?.sequence ?? .zero)
    }
}
