import AsyncHTTPClient
import NIOCore
import Synchronization

/// Bounds the connections of all destinations together, so that they never take the descriptors of everything else.
///
/// Shared by clients whose `HTTPClient` has it in its configuration. A quarter of the connections is for requests to
/// endpoints that answer, a quarter for those to others, and half may be kept open without a request: a request that
/// would leave more behind asks for the end of its connection. See ``ConnectionShares`` for who is first.
///
/// Calls may overlap.
public final class ConnectionBudget: Sendable {
    private struct State {
        var shares: ConnectionShares
        var waiting: [ConnectionShares.Ticket: CheckedContinuation<ConnectionShares.Share?, Never>] = [:]
        /// Connections that stand, with and without a request.
        var standing = 0
    }

    /// Connections that one endpoint may have at a time.
    public let perEndpointMax: Int
    private let keptMax: Int
    private let lastTicket = Atomic<UInt64>(0)
    private let state: Mutex<State>

    /// Creates a budget.
    ///
    /// - Parameters:
    ///   - connectionsMax: Connections in all, 4 or more.
    ///   - perEndpointMax: Connections to one endpoint.
    public init(connectionsMax: Int, perEndpointMax: Int = 16) {
        self.perEndpointMax = perEndpointMax
        keptMax = connectionsMax / 2
        state = Mutex(
            State(shares: ConnectionShares(connectionsMax: connectionsMax / 2, perEndpointMax: perEndpointMax))
        )
    }

    /// Sends a request once there is a connection for it.
    ///
    /// - Parameters:
    ///   - endpoint: Where it goes, by its URL.
    ///   - deadline: When its fate is given up; half of the time until then may pass in waiting.
    ///   - send: Sends it and reads the answer until a deadline that may be an earlier one; `isLast` = the connection is to
    ///     end with it.
    /// - Returns: The answer.
    /// - Throws: `notSent` when no connection became free in time; else what `send` throws.
    func send(
        to endpoint: KinesisEndpoint,
        until deadline: NIODeadline,
        _ send: (_ deadline: NIODeadline, _ isLast: Bool) async throws -> HTTPAnswer
    ) async throws -> HTTPAnswer {
        guard let share = await share(of: endpoint.url, until: deadline) else {
            throw KinesisError(
                .notSent,
                "all connections to destinations are in use, most of them by endpoints that do not answer; "
                    + "raise the limit of open files, or disable what is dead"
            )
        }
        let deadline = share.patience.map { min(deadline, .now() + TimeAmount($0)) } ?? deadline
        let isLast = state.withLock { $0.standing + $0.shares.inUse > keptMax }
        do {
            let answer = try await send(deadline, isLast)
            end(share, isAnswered: true)
            return answer
        } catch {
            end(share, isAnswered: Task.isCancelled ? nil : false)
            throw error
        }
    }

    /// Counts a connection from now until it is closed.
    func count(_ channel: any Channel) {
        state.withLock { $0.standing += 1 }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.standing -= 1 } }
    }

    // MARK: Waiting

    private func share(of endpoint: String, until deadline: NIODeadline) async -> ConnectionShares.Share? {
        let number = lastTicket.wrappingAdd(1, ordering: .relaxed).newValue
        let ticket = ConnectionShares.Ticket(number: number)
        let patience = TimeAmount.nanoseconds(max(0, (deadline - .now()).nanoseconds / 2))
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.shares.ask(for: endpoint, ticket)
                    state.waiting[ticket] = continuation
                }
                serve()
                // The handler may have run before there was anybody to wake.
                if Task.isCancelled { leave(ticket) }
                guard state.withLock({ $0.waiting[ticket] != nil }) else { return }
                HTTPClient.defaultEventLoopGroup.any().scheduleTask(in: patience) { self.leave(ticket) }
            }
        } onCancel: {
            leave(ticket)
        }
    }

    private func leave(_ ticket: ConnectionShares.Ticket) {
        let continuation = state.withLock { state in
            state.waiting.removeValue(forKey: ticket).map { continuation in
                state.shares.leave(ticket)
                return continuation
            }
        }
        continuation?.resume(returning: nil)
    }

    private func end(_ share: ConnectionShares.Share, isAnswered: Bool?) {
        state.withLock { $0.shares.end(share, isAnswered: isAnswered) }
        serve()
    }

    /// Gives out what is free.
    private func serve() {
        while true {
            let served = state.withLock { state in
                state.shares.next().map { next in (state.waiting.removeValue(forKey: next.ticket), next.share) }
            }
            guard let (continuation, share) = served else { return }
            continuation?.resume(returning: share)
        }
    }
}
