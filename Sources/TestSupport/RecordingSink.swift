public import ActivationCore
public import ActivationEngine
import Synchronization

/// A destination in memory that keeps what arrives and fails as told.
public final class RecordingSink: RecordSink, Sendable {
    /// What the sink does with a record.
    public enum Behaviour: Sendable {
        /// Takes it.
        case deliver
        /// Keeps it unreported until the behaviour changes.
        case hold
        /// Refuses it for good.
        case reject
        /// Says that it may be tried again.
        case fail
        /// Says that nothing will be taken until a person acts.
        case failDestination
    }

    private struct State {
        var behaviour: @Sendable (SinkRecord) -> Behaviour
        var delivered: [SinkRecord] = []
        var held: [SinkRecord] = []
        var isClosed = false
    }

    private let state: Mutex<State>
    private let continuation: AsyncStream<[SinkReport]>.Continuation
    /// See ``RecordSink/reports``.
    public let reports: AsyncStream<[SinkReport]>

    /// Creates a sink that decides per record.
    public init(_ behaviour: @escaping @Sendable (SinkRecord) -> Behaviour = { _ in .deliver }) {
        state = Mutex(State(behaviour: behaviour))
        (reports, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// What arrived, in order.
    public var delivered: [SinkRecord] { state.withLock { $0.delivered } }

    /// How many records are held.
    public var heldCount: Int { state.withLock { $0.held.count } }

    /// See ``RecordSink/submit(_:)``.
    public func submit(_ records: [SinkRecord]) async {
        var reports: [SinkReport] = []
        state.withLock { state in
            for record in records {
                switch state.behaviour(record) {
                case .deliver:
                    state.delivered.append(record)
                    reports.append(SinkReport(token: record.token, outcome: .delivered(receipt: "r")))
                case .hold:
                    state.held.append(record)
                case .reject:
                    reports.append(
                        SinkReport(
                            token: record.token,
                            outcome: .recordRejected(code: "MESSAGE_TOO_LARGE", message: "too large")
                        )
                    )
                case .fail:
                    reports.append(
                        SinkReport(token: record.token, outcome: .transient(code: "SLOW", message: "try again"))
                    )
                case .failDestination:
                    reports.append(
                        SinkReport(token: record.token, outcome: .destinationFailed(code: "GONE", message: "no stream"))
                    )
                }
            }
        }
        if !reports.isEmpty { continuation.yield(reports) }
    }

    /// Delivers what is held.
    public func releaseHeld() {
        let reports = state.withLock { state in
            defer { state.held.removeAll() }
            state.delivered += state.held
            return state.held.map { SinkReport(token: $0.token, outcome: .delivered(receipt: "r")) }
        }
        if !reports.isEmpty { continuation.yield(reports) }
    }

    /// See ``RecordSink/close(within:)``.
    public func close(within deadline: Duration) async {
        state.withLock { $0.isClosed = true }
        continuation.finish()
    }
}

/// Opens sinks by a closure.
public struct ClosureSinkFactory: SinkFactory {
    private let open: @Sendable (Dataflow.ID) throws(SinkFactoryError) -> any RecordSink

    /// Creates a factory.
    public init(_ open: @escaping @Sendable (Dataflow.ID) throws(SinkFactoryError) -> any RecordSink) {
        self.open = open
    }

    /// See ``SinkFactory/sink(for:)``.
    public func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink {
        try open(dataflow)
    }
}

/// A clock that stands still until it is told otherwise.
public final class ManualTime: TimeSource, Sendable {
    private let instant: Mutex<Timestamp>

    /// Creates a clock at an instant.
    public init(_ instant: Timestamp = Timestamp(milliseconds: 1_772_000_000_000)) {
        self.instant = Mutex(instant)
    }

    /// The instant.
    public func now() -> Timestamp {
        instant.withLock { $0 }
    }

    /// Moves the clock.
    public func advance(milliseconds: Int64) {
        instant.withLock { $0.milliseconds += milliseconds }
    }
}
