import ActivationCore
import Synchronization

/// The bounded queue in front of the pipeline: many producers, one consumer.
///
/// Group commit needs no timer: what comes in while the batches before it are on their way makes the next. All work is taken
/// up in the order in which it was entered.
///
/// Messages over the bound are refused. Work of the engine's own never is: each service has one small piece of it in the
/// lane at a time, which waits behind the messages that were there before and keeps those after it waiting for no more
/// than itself, so that neither holds up the other for long.
final class IngestLane: Sendable {
    private struct State {
        var queue: [LaneWork] = []
        /// Those of callers, and their bytes.
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

    /// What is admitted and not yet taken up, in order.
    var waiting: [LaneWork] { state.withLock { $0.queue } }

    /// Enters messages; answers when they are durable.
    func submit(_ messages: [Message]) async throws(EngineError) -> [DecisionResult] {
        let bytes = IngestLane.bytes(of: messages)
        let result = await withCheckedContinuation { continuation in
            let work = LaneWork.messages(messages, continuation, trace: TraceContext.current)
            enter(work, messages: messages.count, bytes: bytes) {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }

    /// Enters a step of the engine's own work on stored profiles; answers when what it changed is durable.
    ///
    /// - Returns: One result per input, in their order.
    @discardableResult
    func decide(_ causes: [Input.Cause]) async throws(EngineError) -> [DecisionResult] {
        let result = await withCheckedContinuation { continuation in
            enter(.inputs(causes, continuation, trace: TraceContext.current)) {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }

    /// Enters a new catalog; answers when decisions are made by it.
    ///
    /// - Returns: What was left out of it.
    @discardableResult
    func update(_ change: CatalogChange) async throws(EngineError) -> [CatalogError] {
        let result = await withCheckedContinuation { continuation in
            enter(.catalog(change, continuation)) {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }

    private static func bytes(of messages: [Message]) -> Int {
        messages.reduce(0) { $0 + $1.document.text.count }
    }

    private func enter(_ work: LaneWork, messages: Int = 0, bytes: Int = 0, refuse: (EngineError) -> Void) {
        let (refusal, waiter): (EngineError?, CheckedContinuation<Void, Never>?) = state.withLock { state in
            guard !state.isClosed else {
                return (EngineError(.shuttingDown, "the server is stopping; send the request again"), nil)
            }
            // A single batch larger than the lane passes when the lane is empty.
            let fits =
                state.messages == 0 || messages == 0
                || state.messages + messages <= options.laneMessagesMax && state.bytes + bytes <= options.laneBytesMax
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
            state.messages += messages
            state.bytes += bytes
            defer { state.waiter = nil }
            return (nil, state.waiter)
        }
        if let refusal { refuse(refusal) }
        waiter?.resume()
    }

    /// Takes the next work, in order of entry, at most `batchMessagesMax` inputs unless one piece alone has more.
    ///
    /// - Parameter room: Awaited when there is work; what comes in meanwhile is taken with it.
    /// - Returns: The work; nil when the lane is closed and empty.
    func next(after room: () async -> Void = {}) async -> [LaneWork]? {
        guard await hasWork() else { return nil }
        await room()
        return state.withLock { state in
            var taken = 0
            var inputs = 0
            for work in state.queue {
                if taken > 0, inputs + work.inputs > options.batchMessagesMax { break }
                taken += 1
                inputs += work.inputs
                guard case .messages(let messages, _, _) = work else { continue }
                state.messages -= messages.count
                state.bytes -= IngestLane.bytes(of: messages)
            }
            let work = Array(state.queue.prefix(taken))
            state.queue.removeFirst(taken)
            return work
        }
    }

    /// Waits for work; false when the lane is closed and empty.
    private func hasWork() async -> Bool {
        while true {
            let (hasWork, isClosed) = state.withLock { (!$0.queue.isEmpty, $0.isClosed) }
            if hasWork || isClosed { return hasWork }
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
    fileprivate var inputs: Int {
        switch self {
        case .messages(let messages, _, _): messages.count
        case .inputs(let causes, _, _): causes.count
        case .catalog: 0
        }
    }
}
