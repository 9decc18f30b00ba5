import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// A relay over a storage and a sink in memory, by a clock that stands still until it is told otherwise.
struct RelayWorld {
    static let flow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))

    let storage = InMemoryStorage()
    let clock = ManualRelayClock()

    /// Rows of one profile each, or of one and the same.
    func append(_ profiles: [Int]) async throws {
        var plan = CommitPlan(scope: .production)
        plan.outbox = profiles.map { profile in
            OutboxRow(
                dataflow: Self.flow,
                profile: Profile.ID(uuid: UUIDBytes(high: 7, low: UInt64(profile))),
                mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
                revision: 1,
                reasons: .attribute,
                partitionKey: "p\(profile)",
                payload: Array("x".utf8),
                admittedAt: Timestamp(milliseconds: 1)
            )
        }
        plan.counters[Self.flow] = DataflowCounters(triggered: Int64(profiles.count))
        try await storage.commit(plan)
    }

    func relay(
        _ sinks: any SinkFactory,
        hold: RelayHold? = nil,
        heir: RelayHold? = nil
    ) -> OutboxRelay {
        OutboxRelay(
            dataflow: Self.flow,
            storage: storage,
            sinks: sinks,
            time: ManualTime(),
            clock: clock.clock,
            hold: hold,
            heir: heir,
            options: EngineOptions(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onWriteLost: { _ in }
        )
    }

    /// Runs a relay while the body does, then ends it.
    func with(_ relay: OutboxRelay, _ body: () async throws -> Void) async throws {
        async let running: Void = relay.run()
        do {
            try await body()
        } catch {
            relay.stop(within: .zero)
            throw error
        }
        relay.stop(within: .zero)
        await running
    }

    var pendingRows: Int64 {
        get async throws { try await storage.books(dataflow: Self.flow).pendingRows }
    }

    /// Lets pauses pass until nothing is pending; each has to be waited for before it can pass.
    func passTime(in steps: Duration) async throws {
        while try await pendingRows > 0 {
            try Task.checkCancellation()
            clock.advance(steps)
            await Task.yield()
        }
    }
}

/// A clock for relays that a test moves.
final class ManualRelayClock: Sendable {
    private struct State {
        var now = Duration.zero
        var sleepers: [Int: (until: Duration, continuation: CheckedContinuation<Void, Never>)] = [:]
        var numbers = 0
    }

    private let state = Mutex(State())

    var clock: RelayClock {
        RelayClock(now: { self.state.withLock { $0.now } }, sleep: { await self.sleep($0) })
    }

    /// How many wait.
    var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    func advance(_ duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    private func sleep(_ duration: Duration) async {
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !Task.isCancelled, duration > .zero else { return true }
                    state.sleepers[number] = (state.now + duration, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume()
        }
    }
}
