import ActivationCore
import Logging
import TestSupport
import Testing

@testable import ActivationEngine

@Suite struct RelayDirectoryTests {
    static let flow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))
    static let failure = RelayState.paused(code: "GONE", message: "no stream")

    /// A directory whose one dataflow has a relay.
    static func directory() -> RelayDirectory {
        let directory = RelayDirectory()
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

    @Test func `a relay that fails for good is not followed by another`() {
        let directory = Self.directory()
        directory.finished(Self.flow, in: Self.failure)

        #expect(directory.state(of: Self.flow) == Self.failure)
        directory.update([Self.dataflow(enabled: true)])
        #expect(directory.state(of: Self.flow) == Self.failure)
    }

    @Test func `a restart starts a relay that has failed`() async {
        let directory = Self.directory()
        directory.finished(Self.flow, in: Self.failure)
        directory.restart(Self.flow)

        #expect(await directory.nextToStart() == Self.flow)
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
