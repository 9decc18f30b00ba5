import ActivationCore
import Synchronization

/// The bounded queue in front of the pipelines: many producers, one consumer, and others beside it that take messages alone.
///
/// Group commit needs no timer: what comes in while the batches before it are on their way makes the next. All work is taken
/// up in the order in which it was entered, but that whoever takes messages alone passes by what is not for it. A piece goes to one of
/// them as a whole, so what one caller sends keeps its order if it waits for answers.
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
        var waiters: [(share: Share, continuation: CheckedContinuation<Void, Never>)] = []

        func hasWork(for share: Share) -> Bool {
            share == .everything ? !queue.isEmpty : queue.contains { $0.isMessages }
        }

        /// Whoever is to be woken for what there is; each is woken once.
        mutating func nextWaiter() -> CheckedContinuation<Void, Never>? {
            guard let index = waiters.firstIndex(where: { isClosed || hasWork(for: $0.share) }) else { return nil }
            return waiters.remove(at: index).continuation
        }
    }

    /// What a consumer takes.
    enum Share {
        /// All work, as one consumer must.
        case everything
        /// Messages, as others may beside it.
        case messages
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
            return (nil, state.nextWaiter())
        }
        if let refusal { refuse(refusal) }
        waiter?.resume()
    }

    /// Takes the next work, in order of entry, at most `batchMessagesMax` inputs unless one piece alone has more.
    ///
    /// - Parameters:
    ///   - share: What of it.
    ///   - room: Awaited when there is work; what comes in meanwhile is taken with it.
    /// - Returns: The work; nil when the lane is closed and there is none.
    func next(_ share: Share = .everything, after room: () async -> Void = {}) async -> [LaneWork]? {
        while await hasWork(for: share) {
            await room()
            let (work, waiter) = state.withLock { state in (take(share, from: &state), state.nextWaiter()) }
            // There may be more than one batch, and another has been waiting.
            waiter?.resume()
            // Another may have taken it meanwhile.
            if !work.isEmpty { return work }
        }
        return nil
    }

    private func take(_ share: Share, from state: inout State) -> [LaneWork] {
        var work: [LaneWork] = []
        var inputs = 0
        var (passed, index) = ([LaneWork](), 0)
        while index < state.queue.count {
            let piece = state.queue[index]
            if share == .messages, !piece.isMessages {
                passed.append(piece)
            } else {
                if !work.isEmpty, inputs + piece.inputs > options.batchMessagesMax { break }
                inputs += piece.inputs
                work.append(piece)
                if case .messages(let messages, _, _) = piece {
                    state.messages -= messages.count
                    state.bytes -= IngestLane.bytes(of: messages)
                }
            }
            index += 1
        }
        state.queue.replaceSubrange(..<index, with: passed)
        return work
    }

    /// Waits for work; false when the lane is closed and there is none.
    private func hasWork(for share: Share) async -> Bool {
        while true {
            let (hasWork, isClosed) = state.withLock { ($0.hasWork(for: share), $0.isClosed) }
            if hasWork || isClosed { return hasWork }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard !state.isClosed, !state.hasWork(for: share) else { return true }
                    state.waiters.append((share, continuation))
                    return false
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
        let waiters = state.withLock { state in
            state.isClosed = true
            state.failure = state.failure ?? failure
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume() }
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

    fileprivate var isMessages: Bool { if case .messages = self { true } else { false } }
}
