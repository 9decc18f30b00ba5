import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

@Suite struct RelayDirectoryTests {
    static let flow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))
    static let failure = RelayState.paused(
        RelayTrouble(code: "GONE", message: "no stream", since: Timestamp(milliseconds: 1))
    )

    /// A directory whose one dataflow has a relay.
    static func directory() -> RelayDirectory {
        let directory = RelayDirectory(time: ManualTime())
        directory.update([dataflow(enabled: true)])
        let relay = OutboxRelay(
            dataflow: flow,
            storage: InMemoryStorage(),
            sinks: ClosureSinkFactory { _ in RecordingSink() },
            time: ManualTime(),
            options: EngineOptions(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onWriteLost: { _ in }
        )
        #expect(directory.started(relay, for: flow))
        return directory
    }

    static func dataflow(enabled: Bool) -> Dataflow {
        Dataflow(id: flow, isEnabled: enabled, audiences: [], attributes: [])
    }

    @Test func `a relay that fails for good is not followed by another at once`() {
        let directory = Self.directory()
        directory.finished(Self.flow, in: Self.failure)

        guard case .paused(let trouble) = directory.state(of: Self.flow) else {
            Issue.record("the failure is forgotten")
            return
        }
        #expect(trouble.code == "GONE" && trouble.nextAttemptAt != nil)
        directory.update([Self.dataflow(enabled: true)])
        #expect(directory.state(of: Self.flow) == .paused(trouble))
    }

    @Test func `a destination that refused everything is tried again after growing pauses`() async {
        let now = Mutex(Duration.zero)
        let time = ManualTime()
        let directory = RelayDirectory(
            clock: RelayClock(now: { now.withLock { $0 } }, sleep: { slept in now.withLock { $0 += slept } }),
            time: time
        )
        directory.update([Self.dataflow(enabled: true)])
        var trouble = RelayTrouble(code: "GONE", message: "no stream", since: Timestamp(milliseconds: 1))
        for (attempt, seconds) in [15, 30, 60, 120, 240, 480, 600, 600].enumerated() {
            trouble.attempts = attempt + 1
            let from = now.withLock { $0 }
            directory.finished(Self.flow, in: .paused(trouble))
            let next = Timestamp(milliseconds: time.now().milliseconds + Int64(seconds) * 1_000)
            trouble.nextAttemptAt = next
            #expect(directory.state(of: Self.flow) == .paused(trouble))

            guard case .start(Self.flow, nil, trial: trouble)? = await directory.nextJob() else {
                Issue.record("nothing is tried")
                return
            }
            #expect(now.withLock { $0 } - from == .seconds(seconds))
            trouble.nextAttemptAt = nil
        }
        // A disabled dataflow is not tried, and one that a person has looked at begins anew.
        directory.finished(Self.flow, in: .paused(trouble))
        directory.restart(Self.flow)
        guard case .start(Self.flow, nil, trial: nil)? = await directory.nextJob() else {
            Issue.record("nothing is started")
            return
        }
    }

    @Test func `a restart starts a relay that has failed`() async {
        let directory = Self.directory()
        directory.finished(Self.flow, in: Self.failure)
        directory.restart(Self.flow)

        guard case .start(Self.flow, nil, trial: nil)? = await directory.nextJob() else {
            Issue.record("nothing is started")
            return
        }
    }

    @Test func `what a relay left on its way is told to the one that follows`() async {
        let directory = Self.directory()
        let hold = RelayHold(through: 7, until: .seconds(12))
        directory.restart(Self.flow)
        directory.finished(Self.flow, in: .running, leaving: hold)

        guard case .start(Self.flow, hold, trial: nil)? = await directory.nextJob() else {
            Issue.record("nothing is started, or without its hold")
            return
        }
    }

    @Test func `a deleted dataflow is let go when its relay has ended, and not before`() async {
        let directory = Self.directory()
        let retirement = RelayRetirement(dataflow: Self.flow) {}
        directory.retire(retirement)
        #expect(directory.state(of: Self.flow) == .disabled)
        async let job = directory.nextJob()
        directory.finished(Self.flow, in: .running)

        guard case .retire(let retired)? = await job else {
            Issue.record("nothing is let go")
            return
        }
        #expect(retired === retirement)
        directory.stop()
        #expect(retirement.stopping.isClosed, "an engine that stops does not wait for it")
    }

    @Test func `a restart counts for a relay that has failed and is still ending`() {
        let directory = Self.directory()
        directory.restart(Self.flow)
        directory.finished(Self.flow, in: Self.failure)

        #expect(directory.state(of: Self.flow) == .running)
    }

    @Test func `disabling and enabling counts for a relay that has failed and is still ending`() {
        let directory = Self.directory()
        directory.update([Self.dataflow(enabled: false)])
        directory.update([Self.dataflow(enabled: true)])
        directory.finished(Self.flow, in: Self.failure)

        #expect(directory.state(of: Self.flow) == .running)
    }
}
