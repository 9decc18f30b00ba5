import ActivationCore
import Synchronization

/// The bounded queue in front of the pipeline: many producers, one consumer.
///
/// Group commit needs no timer: what comes in while one batch is being committed makes the next.
final class IngestLane: Sendable {
    private struct State {
        var queue: [LaneWork] = []
        var messages = 0
        var bytes = 0
        var isClosed = false
        var failure: EngineError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let options: EngineOptions
    private let state = Mutex(State())

    init(options: EngineOptions) {
        self.options = options
    }

    /// Whether the lane takes messages now.
    var isOpen: Bool { state.withLock { !$0.isClosed } }

    /// Messages that are admitted and not yet taken up.
    var waitingMessages: Int { state.withLock { $0.messages } }

    /// Enters messages; answers when they are durable.
    func submit(_ messages: [Message]) async throws(EngineError) -> [DecisionResult] {
        let bytes = messages.reduce(0) { $0 + $1.document.text.count }
        let result = await withCheckedContinuation { continuation in
            enter(.messages(messages, continuation), count: messages.count, bytes: bytes) {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }

    /// Enters a step of a background evaluation; answers when what it changed is durable.
    ///
    /// - Returns: One result per profile, in their order.
    func evaluate(
        _ profiles: [Profile.ID],
        _ audiences: [Audience.ID]
    ) async throws(EngineError) -> [DecisionResult] {
        let result = await withCheckedContinuation { continuation in
            enter(.evaluation(profiles, audiences, continuation), count: profiles.count, bytes: 0) {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }

    /// Enters profiles that are due; answers when what the clock did to them is durable.
    func runClock(_ profiles: [Profile.ID]) async throws(EngineError) {
        let result = await withCheckedContinuation { continuation in
            enter(.clock(profiles, continuation), count: profiles.count, bytes: 0) {
                continuation.resume(returning: .failure($0))
            }
        }
        _ = try result.get()
    }

    /// Enters a new catalog; answers when decisions are made by it.
    ///
    /// - Returns: What was left out of it.
    @discardableResult
    func update(_ change: CatalogChange) async throws(EngineError) -> [CatalogError] {
        let result = await withCheckedContinuation { continuation in
            enter(.catalog(change, continuation), count: 0, bytes: 0) {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }

    private func enter(_ work: LaneWork, count: Int, bytes: Int, refuse: (EngineError) -> Void) {
        let (refusal, waiter): (EngineError?, CheckedContinuation<Void, Never>?) = state.withLock { state in
            guard !state.isClosed else {
                return (EngineError(.shuttingDown, "the server is stopping; send the request again"), nil)
            }
            // A single batch larger than the lane passes when the lane is empty.
            let fits =
                state.messages == 0 || count == 0
                || state.messages + count <= options.laneMessagesMax && state.bytes + bytes <= options.laneBytesMax
            guard fits else {
                return (
                    EngineError(
                        .overloaded,
                        "\(state.messages) messages wait to be stored, at most \(options.laneMessagesMax) may; "
                            + "send this one again later",
                        retryAfterSeconds: 1
                    ), nil
                )
            }
            state.queue.append(work)
            state.messages += count
            state.bytes += bytes
            defer { state.waiter = nil }
            return (nil, state.waiter)
        }
        if let refusal { refuse(refusal) }
        waiter?.resume()
    }

    /// The next work, in order of entry, at most `batchMessagesMax` messages unless one piece alone has more; nil when
    /// the lane is closed and empty.
    func next() async -> [LaneWork]? {
        while true {
            let (work, isClosed) = state.withLock { state -> ([LaneWork], Bool) in
                var taken = 0
                var messages = 0
                for work in state.queue {
                    let (count, bytes) = work.size
                    if taken > 0, messages + count > options.batchMessagesMax { break }
                    taken += 1
                    messages += count
                    state.messages -= count
                    state.bytes -= bytes
                }
                let work = Array(state.queue.prefix(taken))
                state.queue.removeFirst(taken)
                return (work, state.isClosed)
            }
            if !work.isEmpty { return work }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.queue.isEmpty, !state.isClosed {
                        state.waiter = continuation
                        return false
                    }
                    return true
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Why the lane was closed, when it was closed for a failure.
    var failure: EngineError? { state.withLock { $0.failure } }

    /// Takes nothing more; what was admitted is still worked off.
    ///
    /// - Parameter failure: Why, when nothing more can be stored; the first reason counts.
    func close(because failure: EngineError? = nil) {
        let waiter = state.withLock { state in
            state.isClosed = true
            state.failure = state.failure ?? failure
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

extension LaneWork {
    fileprivate var size: (count: Int, bytes: Int) {
        switch self {
        case .messages(let messages, _): (messages.count, messages.reduce(0) { $0 + $1.document.text.count })
        case .evaluation(let profiles, _, _), .clock(let profiles, _): (profiles.count, 0)
        case .catalog: (0, 0)
        }
    }
}
