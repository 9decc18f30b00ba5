#if PostgreSQL
import ActivationCore
import ActivationEngine
import Foundation
import TestSupport
import Testing

@testable import PostgresStorage

/// What nodes tell each other through a database: who is there, and who was first.
@Suite(.enabled(if: PostgresServer.url != nil, "there is no server: HEADWATER_POSTGRES_URL is not set"))
struct MembershipTests {
    private let schemas: TemporarySchemas
    private let options: PostgresOptions

    init() throws {
        schemas = try TemporarySchemas()
        options = schemas.make()
    }

    private static let free = LaneLease(lane: 0, epoch: 0)
    private static let taking = LaneOwnership.Taking(seen: free)

    @Test func `nodes have numbers of their own, and keep them under their names`() async throws {
        let first = try PostgresMembership.join(options, as: "a", running: "0.1.0")
        let second = try PostgresMembership.join(options, as: "b", running: "0.1.0")
        #expect((first.node, second.node) == (1, 2))
        _ = try await first.beat(isLeaving: false)
        let view = try await second.beat(isLeaving: true)
        #expect(view.nodes.map(\.number) == [1, 2])
        #expect(view.nodes.map(\.beat) == [2, 2])
        #expect(view.nodes.map(\.isLeaving) == [false, true])
        // The server of a test has this machine's clock; hours beside it would be another zone, years another beginning.
        let difference = try #require(view.instant).milliseconds - Int64(Date().timeIntervalSince1970 * 1_000)
        #expect((-1_800_000...1_800_000).contains(difference))
        #expect(view.lanes == [ClusterView.Lane(lease: Self.free, owner: 0)])

        let again = try PostgresMembership.join(options, as: "a", running: "0.1.0")
        #expect(again.node == 1)
        let error = await #expect(throws: StorageError.self) { try await first.beat(isLeaving: false) }
        #expect(error?.code == .fenced)
        #expect(try await first.take([Self.taking]) == [])
        #expect(try await again.beat(isLeaving: false).nodes.count == 2)
    }

    @Test func `of several who join at once each gets a number`() async throws {
        _ = try PostgresMembership.join(options, as: "first", running: "0.1.0")
        let options = options
        let numbers = try await withThrowingTaskGroup(of: Int16.self) { group in
            for name in 0..<8 {
                group.addTask { try PostgresMembership.join(options, as: "\(name)", running: "0.1.0").node }
            }
            return try await group.reduce(into: Set<Int16>()) { $0.insert($1) }
        }
        #expect(numbers.count == 8)
    }

    @Test func `a lease is taken once, and only as it was seen`() async throws {
        let first = try PostgresMembership.join(options, as: "a", running: "0.1.0")
        let second = try PostgresMembership.join(options, as: "b", running: "0.1.0")
        let taken = try await first.take([Self.taking])
        #expect(taken == [LaneLease(lane: 0, epoch: 1)])
        #expect(try await second.take([Self.taking]) == [])
        #expect(try await second.beat(isLeaving: false).lanes.map(\.owner) == [1])

        // Only whoever has it gives it back, and nobody goes with it.
        try await second.giveBack(taken)
        try await first.giveBack([Self.free])
        try await first.leave()
        #expect(try await second.beat(isLeaving: false).lanes.map(\.owner) == [1])
        #expect(try await second.beat(isLeaving: false).nodes.map(\.number) == [1, 2])

        try await first.giveBack(taken)
        try await first.leave()
        let view = try await second.beat(isLeaving: false)
        #expect(view.lanes == [ClusterView.Lane(lease: LaneLease(lane: 0, epoch: 2), owner: 0)])
        #expect(view.nodes.map(\.number) == [2])
    }

    @Test func `a connection is seen while it is there`() async throws {
        let first = try PostgresMembership.join(options, as: "a", running: "0.1.0")
        let second = try PostgresMembership.join(options, as: "b", running: "0.1.0")
        #expect(try await second.beat(isLeaving: false).nodes.map(\.isConnected) == [true, true])
        try await first.close()
        // The server takes note of it when it comes to it.
        var seen = [true, true]
        while seen[0] { seen = try await second.beat(isLeaving: false).nodes.map(\.isConnected) }
        #expect(seen == [false, true])
        // Another process in its place.
        let again = try PostgresMembership.join(options, as: "a", running: "0.1.0")
        #expect(try await again.beat(isLeaving: false).nodes.map(\.isConnected) == [true, true])
    }

    @Test func `a lease is not taken from whoever was heard since, and whoever is heard later knows`() async throws {
        let nodes = try ["a", "b"].map { name in try PostgresMembership.join(options, as: name, running: "0.1.0") }
        var (owner, other) = (nodes[0], nodes[1])
        _ = try await owner.take([Self.taking])
        var takings = 0
        for round in 0..<200 {
            let view = try await other.beat(isLeaving: false)
            let beat = try #require(view.nodes.first { $0.number == owner.node }).beat
            let seen = LaneOwnership.Taking(seen: view.lanes[0].lease, owner: owner.node, beat: beat)
            // In turn: first the one, first the other, both at once.
            if round % 3 == 1 {
                _ = try await owner.beat(isLeaving: false)
                #expect(try await other.take([seen]) == [])
                continue
            }
            let (asking, asked) = (other, owner)
            async let taken = asking.take([seen])
            if round % 3 == 2 { _ = try await taken }
            let heard = try await asked.beat(isLeaving: false)
            guard try await !taken.isEmpty else {
                #expect(heard.lanes.map(\.owner) == [owner.node])
                continue
            }
            #expect(heard.lanes.map(\.owner) == [other.node])
            takings += 1
            (owner, other) = (other, owner)
        }
        #expect(takings >= 66)
    }

    @Test func `whether a store is new is what its configuration says`() async throws {
        let node = try PostgresMembership.join(options, as: "a", running: "0.1.0")
        #expect(try await node.isNew())
        let storage = try PostgresStorage.open(options)
        let object = ControlObject(
            kind: "flow",
            id: "1",
            etag: "1",
            createdAt: .init(milliseconds: 0),
            updatedAt: .init(milliseconds: 0),
            body: Array("{}".utf8)
        )
        try await storage.apply([.insert(object)], scope: .production)
        #expect(try await !node.isNew())
        try await storage.close()
    }
}
#endif
