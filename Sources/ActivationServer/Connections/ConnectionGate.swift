import Logging
import NIOCore
import Synchronization

/// Counts the clients that are connected and decides who may come in.
///
/// Calls may overlap. A time in which clients are refused is one line in the log when it begins and one when it ends.
final class ConnectionGate: Sendable {
    /// What becomes of a new connection.
    enum Decision: Equatable {
        /// It is served; its end is told with ``leave(_:)``.
        case served
        /// It is refused in words; its end is told with ``leaveRefused()``.
        case refused(Bound)
        /// It is cut off: there is no room even for a refusal.
        case cutOff(Bound)
    }

    /// Which bound is reached.
    enum Bound: String, CaseIterable {
        case total
        case address
    }

    /// What is true at one moment.
    private struct State {
        var served = 0
        var bySender: [SenderNetwork: Int] = [:]
        var refusals = 0
        /// The time in which clients are being refused, when this is one.
        var shortage: Shortage?
    }

    /// A time in which clients are refused.
    private struct Shortage {
        var refused = 0
        /// What ``refused`` was when somebody last looked.
        var refusedBefore = 0
    }

    /// The bounds.
    let limits: ConnectionLimits
    private let metrics: ConnectionMetrics
    private let logger: Logger
    private let state = Mutex(State())

    /// Creates a gate that nobody has passed.
    init(limits: ConnectionLimits, metrics: ConnectionMetrics, logger: Logger) {
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
    }

    /// How long nobody must have been refused for a shortage to be over.
    static let calm: TimeAmount = .seconds(5)

    /// Lets a client in or refuses it.
    ///
    /// - Parameter sender: Where the client is.
    /// - Returns: What becomes of it.
    func enter(_ sender: SenderNetwork) -> Decision {
        let decision = state.withLock { state -> Decision in
            let bound: Bound
            if state.served >= limits.total {
                bound = .total
            } else if state.bySender[sender, default: 0] >= limits.perAddress {
                bound = .address
            } else {
                state.served += 1
                state.bySender[sender, default: 0] += 1
                return .served
            }
            guard state.refusals < ConnectionLimits.refusalsMax else { return .cutOff(bound) }
            state.refusals += 1
            return .refused(bound)
        }
        switch decision {
        case .served: metrics.opened()
        case .refused(let bound), .cutOff(let bound): metrics.refused(bound)
        }
        return decision
    }

    /// Takes note that a served client has gone.
    func leave(_ sender: SenderNetwork) {
        state.withLock { state in
            state.served -= 1
            let left = state.bySender[sender, default: 1] - 1
            state.bySender[sender] = left > 0 ? left : nil
        }
        metrics.closed()
    }

    /// Takes note that a client that was refused in words has gone.
    func leaveRefused() {
        state.withLock { $0.refusals -= 1 }
    }

    /// Says that clients are being refused, unless that has been said.
    ///
    /// - Parameters:
    ///   - bound: The bound that was met.
    ///   - eventLoop: Where the end is looked for.
    func sayRefused(_ bound: Bound, on eventLoop: any EventLoop) {
        let (isNew, served) = state.withLock { state in
            let isNew = state.shortage == nil
            state.shortage = state.shortage ?? Shortage()
            state.shortage?.refused += 1
            return (isNew, state.served)
        }
        guard isNew else { return }
        logger.warning(
            "Clients are refused: too many connections",
            metadata: [
                "bound": "\(bound.rawValue)", "connections": "\(served)", "connections.max": "\(limits.total)",
                "connections.perAddress.max": "\(limits.perAddress)",
            ]
        )
        eventLoop.scheduleRepeatedTask(initialDelay: ConnectionGate.calm, delay: ConnectionGate.calm) { task in
            if self.sayCalm() { task.cancel() }
        }
    }

    /// Says that the shortage is over when nobody was refused since the last call.
    ///
    /// - Returns: Whether it is over.
    func sayCalm() -> Bool {
        let over = state.withLock { state -> (refused: Int, served: Int)? in
            guard var shortage = state.shortage else { return (0, state.served) }
            guard shortage.refused == shortage.refusedBefore else {
                shortage.refusedBefore = shortage.refused
                state.shortage = shortage
                return nil
            }
            state.shortage = nil
            return (shortage.refused, state.served)
        }
        guard let over else { return false }
        logger.notice(
            "Clients are let in again",
            metadata: ["refused": "\(over.refused)", "connections": "\(over.served)"]
        )
        return true
    }
}
