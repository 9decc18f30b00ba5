#if PostgreSQL
import ActivationCore
import ActivationEngine
import Testing

@testable import PostgresStorage
@testable import TestSupport

/// What one node does to what another one has in hand.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct TwoNodesTests {
    private typealias Conformance = StorageConformance

    private let schemas: TemporarySchemas

    init() throws {
        schemas = try TemporarySchemas()
    }

    /// Two profiles with two records of the second, stored by a node that leads, and a node that follows.
    private func nodes() async throws -> (leader: PostgresStorage, follower: PostgresStorage, options: PostgresOptions)
    {
        var options = schemas.make()
        let leader = try PostgresStorage.open(options)
        try await Conformance.commit(to: leader) { plan in
            plan.profiles = [Conformance.new(1), Conformance.new(2)]
            for number in [1, 2] {
                let identity = Conformance.email("of \(number)")
                plan.identities.append(
                    CommitPlan.IdentityWrite(identity: identity, profile: Conformance.profileID(number))
                )
            }
            plan.admission = AdmissionMark(instant: Timestamp(milliseconds: 1_700_000_000_000), sequence: .zero)
        }
        try await Conformance.append(
            [Conformance.record("b1", of: 2), Conformance.record("b2", of: 2)],
            to: leader
        )
        options.node = 1
        options.leads = false
        return (leader, try PostgresStorage.open(options), options)
    }

    @Test func `what a follower merges is known to whoever has it in hand, whatever the follower forgets`() async throws
    {
        let (leader, follower, _) = try await nodes()
        let inHand = try await Conformance.claim(leader, perProfile: 1)
        #expect(Conformance.payloads(inHand) == ["b1"])
        try await Conformance.merge(2, into: 1, in: follower)
        _ = try await follower.keep { database throws(StorageError) in try database.forgetOld() }

        #expect(try await Conformance.claim(leader, perProfile: 1).isEmpty)
        try await Conformance.settle(inHand, in: leader)
        let next = try await Conformance.claim(leader, perProfile: 1)
        #expect(Conformance.payloads(next) == ["b2"])
        try await Conformance.settle(next, in: leader)
        #expect(Conformance.payloads(try await Conformance.claim(leader, perProfile: 1)) == ["merge"])
        // Nobody needs it any more.
        _ = try await leader.keep { database throws(StorageError) in try database.forgetOld() }
        let left = try await leader.keep { database throws(StorageError) in
            try database.connection.run(PostgresCall(PostgresStatements.lastRekeyed, .int2(0))).isNull(0, 0)
        }
        #expect(left)
        try await follower.close()
        try await leader.close()
    }

    @Test func `one process claims, and whoever did before settles nothing more`() async throws {
        let (leader, follower, options) = try await nodes()
        try await follower.close()
        let inHand = try await Conformance.claim(leader, perProfile: 1)
        var heir = options
        heir.leads = true
        let next = try PostgresStorage.open(heir)

        await #expect(throws: StorageError.self) { try await Conformance.settle(inHand, in: leader) }
        await #expect(throws: StorageError.self) { try await Conformance.claim(leader, perProfile: 1) }
        // It decides on as a node like any other.
        try await Conformance.merge(2, into: 1, in: leader)

        #expect(Conformance.payloads(try await Conformance.claim(next)) == ["b1", "b2", "merge"])
        try await next.close()
        try await leader.close()
    }
}
#endif
