import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// Who leads, who stands by, and who may send: nodes over one store in memory, beat by beat, on a clock that the test moves.
struct ClusterNodeTests {
    /// The store's side: what beats, takes and gifts leave.
    private final class Table: Sendable {
        struct State {
            var nodes: [Int16: (beat: Int64, isLeaving: Bool)] = [:]
            var lane = ClusterView.Lane(lease: LaneLease(lane: 0, epoch: 0), owner: 0)
            var isAway = false
            /// Whether takings are done and not answered.
            var losesTakings = false
            /// Whether the one that leads is heard just before its lease is taken.
            var isHeardMeanwhile = false
            var replaced: Set<Int16> = []
            /// Nodes whose connection is seen.
            var connected: Set<Int16> = []
            /// What the store's clock says.
            var instant: Timestamp?
        }

        let state = Mutex(State())

        func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

        func isAway(_ isAway: Bool) { change { $0.isAway = isAway } }
    }

    private struct Member: Membership {
        let table: Table
        let node: Int16

        private func at<Value>(_ body: (inout Table.State) throws(StorageError) -> Value) throws(StorageError) -> Value
        {
            try table.state.withLock { state throws(StorageError) in
                if state.isAway { throw StorageError(.unavailable, "away") }
                if state.replaced.contains(node) { throw StorageError(.fenced, "replaced") }
                return try body(&state)
            }
        }

        func beat(isLeaving: Bool) throws(StorageError) -> ClusterView {
            try at { state throws(StorageError) in
                state.nodes[node] = ((state.nodes[node]?.beat ?? 0) + 1, isLeaving)
                var view = ClusterView(
                    nodes: state.nodes.sorted { $0.key < $1.key }.map {
                        ClusterView.Node(
                            number: $0.key,
                            beat: $0.value.beat,
                            isLeaving: $0.value.isLeaving,
                            isConnected: state.connected.contains($0.key)
                        )
                    },
                    lanes: [state.lane]
                )
                view.instant = state.instant
                return view
            }
        }

        func take(_ takings: [LaneOwnership.Taking]) throws(StorageError) -> [LaneLease] {
            try at { state throws(StorageError) in
                guard let taking = takings.first(where: { $0.seen == state.lane.lease }) else { return [] }
                if state.isHeardMeanwhile { state.nodes[taking.owner]?.beat += 1 }
                guard taking.owner == 0 || state.nodes[taking.owner]?.beat == taking.beat else { return [] }
                state.lane.lease.epoch += 1
                state.lane.owner = node
                if state.losesTakings { throw StorageError(.unavailable, "no answer") }
                return [state.lane.lease]
            }
        }

        func giveBack(_ leases: [LaneLease]) throws(StorageError) {
            try at { state throws(StorageError) in
                guard leases.contains(state.lane.lease), state.lane.owner == node else { return }
                state.lane.lease.epoch += 1
                state.lane.owner = 0
            }
        }

        func leave() throws(StorageError) {
            try at { state throws(StorageError) in if state.lane.owner != node { state.nodes[node] = nil } }
        }
    }

    /// What a process leaves the next one.
    private struct Sign: LifeSign {
        var silence: Duration? = .seconds(3)
        var interval: Duration { .zero }

        func beat() {}
        func rest() {}
    }

    private let table = Table()
    private let start = ContinuousClock.now

    private func node(_ number: Int16) -> ClusterNode {
        ClusterNode(membership: Member(table: table, node: number), logger: Logger(label: "test"))
    }

    private func beat(_ nodes: [ClusterNode], from first: Int, through last: Int) async {
        for second in first...last {
            let instant = start + .seconds(second)
            for node in nodes { await node.beat { instant } }
        }
    }

    @Test(arguments: [(0, false), (900, false), (-900, false), (1_100, true), (-1_100, true), (.max, true)])
    func `a clock that is not the database's is noticed, until it is again`(_ ahead: Int64, _ isOff: Bool) async {
        let time = ManualTime()
        let node = ClusterNode(
            membership: Member(table: table, node: 1),
            time: time,
            logger: Logger(label: "test")
        )
        let (start, here) = (start, time.now())
        await node.beat { start }
        #expect(!node.isClockOff)
        table.change { $0.instant = Timestamp(milliseconds: here.milliseconds &- ahead) }
        await node.beat { start }
        #expect(node.isClockOff == isOff)
        table.change { $0.instant = here }
        await node.beat { start }
        #expect(!node.isClockOff)
    }

    @Test func `who comes first leads, and keeps that`() async throws {
        let (first, second) = (node(2), node(1))
        await beat([first], from: 0, through: 0)
        #expect(first.leads)
        // Also beside one with a lower number.
        await beat([first, second], from: 1, through: 60)
        #expect(first.leads && !second.leads)
        try await first.lead()
    }

    @Test func `whoever is silent is followed after a while and not before, and finds itself replaced`() async throws {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 5)
        await beat([second], from: 6, through: 9)
        #expect(!second.leads)
        await beat([second], from: 10, through: 10)
        #expect(second.leads)

        await beat([first], from: 11, through: 11)
        #expect(!first.leads)
        await #expect(throws: StorageError.self) { try await first.untilReplaced() }
        await #expect(throws: StorageError.self) { try await first.lead() }
    }

    @Test func `whoever's connection is gone is followed sooner, where it was seen before`() async {
        let (first, second) = (node(1), node(2))
        table.change { $0.connected = [1, 2] }
        await beat([first, second], from: 0, through: 3)
        // One that beats is there.
        table.change { $0.connected = [2] }
        await beat([first, second], from: 4, through: 9)
        #expect(first.leads && !second.leads)
        table.change { $0.connected = [1, 2] }
        await beat([first, second], from: 10, through: 10)
        table.change { $0.connected = [2] }
        await beat([second], from: 11, through: 12)
        #expect(!second.leads)
        await beat([second], from: 13, through: 13)
        #expect(second.leads)

        // Who has not seen it does not know what that means.
        let third = node(3)
        table.change { $0.connected = [3] }
        await beat([third], from: 14, through: 18)
        #expect(!third.leads)
        await beat([third], from: 19, through: 19)
        #expect(third.leads)
    }

    @Test func `whoever beats without a connection that is seen is waited for as long as others`() async {
        let (first, second) = (node(1), node(2))
        table.change { $0.connected = [1, 2] }
        await beat([first, second], from: 0, through: 3)
        table.change { $0.connected = [2] }
        await beat([first, second], from: 4, through: 9)
        await beat([second], from: 10, through: 13)
        #expect(!second.leads)
        await beat([second], from: 14, through: 14)
        #expect(second.leads)
    }

    @Test func `a database that answers late keeps nobody from being followed`() async throws {
        let (first, second) = (node(1), node(2))
        for step in 0..<4 {
            let instant = start + .seconds(4 * step)
            await first.beat { instant }
            await second.beat { instant }
        }
        #expect(!second.leads)
        for step in 4..<7 {
            let instant = start + .seconds(4 * step)
            await second.beat { instant }
        }
        #expect(second.leads)
    }

    @Test func `a lease is not taken from whoever was heard since it was seen`() async {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 3)
        table.change { $0.isHeardMeanwhile = true }
        await beat([second], from: 4, through: 8)
        #expect(!second.leads && table.state.withLock { $0.lane.owner } == 1)
        table.change { $0.isHeardMeanwhile = false }
        await beat([second], from: 9, through: 13)
        #expect(!second.leads)
        await beat([second], from: 14, through: 14)
        #expect(second.leads)
    }

    @Test func `a leader that leaves is followed at once`() async {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 1)
        await first.leave()
        await beat([second], from: 2, through: 2)
        #expect(second.leads && second.followsAtRest && !first.followsAtRest)
        #expect(table.state.withLock { Array($0.nodes.keys) } == [2])
        // Nothing of the first one is on its way.
        #expect(second.lifeSign(of: "a", over: Sign(silence: nil)).silence == nil)
        // What an earlier process of its own sent counts all the same.
        #expect(second.lifeSign(of: "a", over: Sign()).silence == .seconds(3))
    }

    @Test func `a leader that leaves while something is on its way is waited for`() async throws {
        let (first, second) = (node(1), node(2))
        // On the real clock, since that is what requests begin by.
        for _ in 0..<2 { for node in [first, second] { await node.beat() } }
        let sign = first.lifeSign(of: "a", over: Sign())
        try sign.beat()
        await first.leave()
        #expect(table.state.withLock { $0.lane.owner } == 1)
        // It says itself that it has ended, so nobody waits for its silence; but for what may be on its way.
        await second.beat()
        #expect(second.leads && !second.followsAtRest)
        #expect(try #require(second.silence(own: nil)) < .zero)
    }

    @Test func `whoever cannot serve what it took lets another one`() async {
        let (first, second, third) = (node(1), node(2), node(3))
        await beat([first, second, third], from: 0, through: 3)
        await beat([second, third], from: 4, through: 12)
        #expect(second.leads)
        // Within the time in which the first one's requests may arrive.
        await second.leave()
        await beat([third], from: 13, through: 13)
        #expect(third.leads)
    }

    @Test func `a lease whose taking was not answered is that of whoever had it before`() async throws {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 3)
        table.change { $0.losesTakings = true }
        await beat([second], from: 4, through: 12)
        #expect(!second.leads && table.state.withLock { $0.lane.owner } == 2)
        table.change { $0.losesTakings = false }
        await beat([second], from: 13, through: 13)
        #expect(second.leads)
        #expect(try #require(second.silence(own: nil, at: start + .seconds(13))) == .seconds(-7))
    }

    @Test func `a node that was replaced takes nothing any more`() async {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 3)
        await beat([second], from: 4, through: 12)
        await beat([first], from: 13, through: 13)
        await second.leave()
        await beat([first], from: 14, through: 30)
        #expect(!first.leads)
    }

    @Test func `a lone node waits for no other one's name`() async {
        table.change { $0.nodes[1] = (7, false) }
        let second = node(2)
        await beat([second], from: 0, through: 0)
        #expect(second.leads)
    }

    @Test func `what rests holds nobody up`() async throws {
        let (first, second) = (node(1), node(2))
        for _ in 0..<2 { for node in [first, second] { await node.beat() } }
        let signs = ["a", "b"].map { first.lifeSign(of: $0, over: Sign()) }
        for sign in signs { try sign.beat() }
        for sign in signs { try sign.rest() }
        await first.leave()
        await second.beat()
        #expect(second.leads)
    }

    @Test func `nothing is sent before a node leads, nor when it was not heard for a while`() async throws {
        let (first, second) = (node(1), node(2))
        let sign = first.lifeSign(of: "a", over: Sign())
        #expect(throws: StorageError.self) { try sign.beat() }
        await beat([first, second], from: 0, through: 1)
        try first.send(from: "a", at: start + .seconds(5))
        #expect(throws: StorageError.self) { try first.send(from: "a", at: start + .seconds(6)) }
        #expect(throws: StorageError.self) { try second.send(from: "a", at: start + .seconds(2)) }
    }

    @Test func `how long copies may still land depends on who led before`() async throws {
        let first = node(1)
        await beat([first], from: 0, through: 0)
        #expect(first.silence(own: nil, at: start) == nil)
        #expect(first.silence(own: .seconds(3), at: start) == .seconds(3))

        // The same node in another life, which may have taken the lease from yet another a moment before.
        let again = node(1)
        await beat([again], from: 1, through: 1)
        #expect(again.leads)
        #expect(again.silence(own: nil, at: start + .seconds(1)) == .seconds(-7))
        #expect(again.silence(own: .zero, at: start + .seconds(60)) == .zero)

        let second = node(2)
        await beat([second], from: 2, through: 10)
        #expect(second.leads)
        // It may have begun a beat until this one saw the last of them, and begin for 5 seconds then, on a clock that differs by 2.
        #expect(second.silence(own: .seconds(3), at: start + .seconds(8)) == .seconds(-1))
        #expect(second.silence(own: nil, at: start + .seconds(20)) == .seconds(11))
    }

    @Test func `a store that was away makes nobody a follower of one that was away with it`() async {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 3)
        table.isAway(true)
        await beat([first, second], from: 4, through: 20)
        #expect(first.leads)
        #expect(throws: StorageError.self) { try first.send(from: "a", at: start + .seconds(20)) }
        table.isAway(false)
        // The other one is back first.
        await beat([second], from: 21, through: 23)
        await beat([second, first], from: 24, through: 40)
        #expect(first.leads && !second.leads)
        #expect(throws: Never.self) { try first.send(from: "a", at: start + .seconds(40)) }
    }

    @Test func `a process whose name another one has taken ends`() async {
        let first = node(1)
        await beat([first], from: 0, through: 1)
        table.change { $0.replaced.insert(1) }
        await beat([first], from: 2, through: 2)
        #expect(!first.leads)
        await #expect(throws: StorageError.self) { try await first.untilReplaced() }
    }

    @Test func `who waits to lead can be told to stop`() async throws {
        let (first, second) = (node(1), node(2))
        await beat([first, second], from: 0, through: 1)
        let waiting = Task { try await second.lead() }
        waiting.cancel()
        try await waiting.value
        #expect(!second.leads)
    }
}
