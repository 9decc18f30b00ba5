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
        var closedWithin: Duration?

        var isClosed: Bool { closedWithin != nil }

        /// Submitters that wait for room.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let capacity: Int
    private let continuation: AsyncStream<SinkEvent>.Continuation
    /// See ``RecordSink/events``.
    public let events: AsyncStream<SinkEvent>

    /// Creates a sink that decides per record.
    ///
    /// - Parameters:
    ///   - capacity: How many records may be held before ``submit(_:)`` waits.
    ///   - behaviour: What it does with a record.
    public init(
        capacity: Int = .max,
        _ behaviour: @escaping @Sendable (SinkRecord) -> Behaviour = { _ in .deliver }
    ) {
        self.capacity = capacity
        state = Mutex(State(behaviour: behaviour))
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// What arrived, in order.
    public var delivered: [SinkRecord] { state.withLock { $0.delivered } }

    /// How many records are held.
    public var heldCount: Int { state.withLock { $0.held.count } }

    /// Whether the relay has closed the sink.
    public var isClosed: Bool { closedWithin != nil }

    /// How long it was given then; nil = it was not closed.
    public var closedWithin: Duration? { state.withLock { $0.closedWithin } }

    /// See ``RecordSink/submit(_:)``.
    public func submit(_ records: [SinkRecord]) async -> Int {
        var taken = 0
        while true {
            let isEnd = state.withLock { state in
                while taken < records.count, !state.isClosed, state.held.count < capacity {
                    take(records[taken], &state)
                    taken += 1
                }
                return taken == records.count || state.isClosed
            }
            if isEnd { return taken }
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.isClosed || state.held.count < capacity {
                        continuation.resume()
                    } else {
                        state.waiting.append(continuation)
                    }
                }
            }
        }
    }

    /// Says how the destination is doing.
    public func tell(_ condition: SinkCondition) {
        continuation.yield(.condition(condition))
    }

    /// Delivers what is held.
    public func releaseHeld() {
        state.withLock { state in
            let held = state.held
            state.held = []
            for record in held {
                state.delivered.append(record)
                report(record, .delivered(receipt: "r"))
            }
            wake(&state)
        }
    }

    /// See ``RecordSink/close(within:)``; what is held then was never sent.
    public func close(within deadline: Duration) async {
        state.withLock { state in
            state.closedWithin = deadline
            state.held = []
            wake(&state)
        }
        continuation.finish()
    }

    private func take(_ record: SinkRecord, _ state: inout State) {
        switch state.behaviour(record) {
        case .deliver:
            state.delivered.append(record)
            report(record, .delivered(receipt: "r"))
        case .hold:
            state.held.append(record)
        case .reject:
            report(record, .recordRejected(code: "MESSAGE_TOO_LARGE", message: "too large"))
        case .fail:
            report(record, .transient(code: "SLOW", message: "try again"))
        case .failDestination:
            report(record, .destinationFailed(code: "GONE", message: "no stream"))
        }
    }

    private func report(_ record: SinkRecord, _ outcome: SinkOutcome) {
        continuation.yield(.reports([SinkReport(token: record.token, outcome: outcome)]))
    }

    private func wake(_ state: inout State) {
        for continuation in state.waiting { continuation.resume() }
        state.waiting = []
    }
}
