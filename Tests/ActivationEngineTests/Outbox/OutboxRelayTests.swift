import ActivationCore
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// The shell around the relay's state machine.
@Suite(.timeLimit(.minutes(2))) struct OutboxRelayTests {
    private static func profiles(_ sink: RecordingSink) -> [UInt64] { sink.delivered.map(\.orderingKey.uuid.low) }

    @Test func `a relay that waits for room in its sink ends when it is told, and gives its rows back`() async throws {
        let world = RelayWorld()
        let sink = RecordingSink(capacity: 2) { _ in .hold }
        try await world.append(Array(0..<10))
        let relay = world.relay(ClosureSinkFactory { _ in sink })
        try await world.with(relay) {
            try await EngineTests.until { sink.heldCount == 2 }
        }

        #expect(sink.isClosed)
        #expect(try await world.pendingRows == 10)
        let request = ClaimRequest(dataflow: RelayWorld.flow, limit: 100, limitPerProfile: 10)
        #expect(try await world.storage.claim(request).count == 10)
    }

    @Test func `outcomes that a full disk refuses are kept and written later by the same sink`() async throws {
        let world = RelayWorld()
        let opened = Mutex(0)
        let sink = RecordingSink { _ in .hold }
        let factory = ClosureSinkFactory { _ in
            opened.withLock { $0 += 1 }
            return sink
        }
        try await world.append(Array(0..<5))
        let relay = world.relay(factory)
        try await world.with(relay) {
            try await EngineTests.until { sink.heldCount == 5 }
            world.storage.failWrites(with: StorageError(.full, "no room"))
            sink.releaseHeld()
            try await EngineTests.until {
                guard case .retrying(let trouble) = relay.current else { return false }
                return trouble.code == "storage_full"
            }
            world.storage.failWrites(with: nil)
            try await world.passTime(in: .milliseconds(100))
            try await EngineTests.until { relay.current == .running }
        }
        #expect(sink.delivered.count == 5)
        #expect(opened.withLock { $0 } == 1)
    }

    @Test func `after an unclean start a profile with an unsettled row waits, others go on`() async throws {
        let world = RelayWorld()
        let sink = RecordingSink()
        try await world.append([1])
        let relay = world.relay(ClosureSinkFactory { _ in sink }, heir: RelayHold(through: .max, until: .seconds(12)))
        try await world.with(relay) {
            try await EngineTests.until { world.clock.sleeperCount == 1 }
            try await world.append([1, 2])
            relay.wake()
            try await EngineTests.until { Self.profiles(sink) == [2] }
            world.clock.advance(.milliseconds(11_999))
            #expect(try await world.pendingRows >= 2)

            world.clock.advance(.milliseconds(1))

            try await EngineTests.until { Self.profiles(sink) == [2, 1, 1] }
        }
    }

    @Test func `after an unclean start nobody waits whose rows nobody had in hand`() async throws {
        let world = RelayWorld()
        let sink = RecordingSink()
        try await world.append([1, 2])
        let relay = world.relay(ClosureSinkFactory { _ in sink }, heir: RelayHold(through: 1, until: .seconds(12)))
        try await world.with(relay) {
            try await EngineTests.until { Self.profiles(sink) == [2] }
            try await world.append([1, 2])
            relay.wake()
            try await EngineTests.until { Self.profiles(sink) == [2, 2] }
            world.clock.advance(.seconds(12))
            try await EngineTests.until { Self.profiles(sink) == [2, 2, 1, 1] }
        }
    }

    @Test func `what the relay before this one left on its way holds its rows`() async throws {
        let world = RelayWorld()
        let sink = RecordingSink()
        try await world.append([1, 2])
        let hold = RelayHold(through: 1, until: .seconds(2))
        let relay = world.relay(ClosureSinkFactory { _ in sink }, hold: hold)
        try await world.with(relay) {
            try await EngineTests.until { Self.profiles(sink) == [2] }
            world.clock.advance(.seconds(2))
            try await EngineTests.until { Self.profiles(sink) == [2, 1] }
        }
    }

    @Test func `a sink that says it retries shows, and so does the end of it`() async throws {
        let world = RelayWorld()
        let sink = RecordingSink { _ in .hold }
        try await world.append([1])
        let relay = world.relay(ClosureSinkFactory { _ in sink })
        try await world.with(relay) {
            try await EngineTests.until { sink.heldCount == 1 }
            sink.tell(.retrying(code: "NoAnswer", message: "silence", attempts: 3))
            try await EngineTests.until { relay.current != .running }
            #expect(
                relay.current
                    == .retrying(
                        RelayTrouble(code: "NoAnswer", message: "silence", since: ManualTime().now(), attempts: 3)
                    )
            )
            sink.tell(.flowing)
            try await EngineTests.until { relay.current == .running }
        }
    }

    @Test func `a cancelled task does not end a relay`() async throws {
        let world = RelayWorld()
        let sink = RecordingSink { _ in .hold }
        try await world.append([1])
        let relay = world.relay(ClosureSinkFactory { _ in sink })
        let running = Task { await relay.run() }
        try await EngineTests.until { sink.heldCount == 1 }
        running.cancel()
        sink.releaseHeld()
        try await EngineTests.until { try await world.pendingRows == 0 }
        relay.stop()
        await running.value
    }
}
