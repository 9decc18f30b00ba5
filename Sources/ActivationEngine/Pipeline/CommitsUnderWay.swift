import Synchronization

/// What was decided and is not known to be durable yet, in order: the pipeline's task puts it in, a second one sees it through.
final class CommitsUnderWay: Sendable {
    /// A commit, or something that waits for those before it.
    struct Step: Sendable {
        /// Nil = there is nothing to wait for but what is before it.
        var commit: StagedCommit?
        /// Called when this and everything before it is durable, or with why it never will be.
        var finish: @Sendable (StorageError?) -> Void
    }

    private struct State {
        /// The first is being seen through.
        var steps: [Step] = []
        var commits = 0
        /// How many steps were seen through.
        var finished = 0
        var isEnded = false
        /// Why the first commit has to wait for room on the disk; nil = it does not.
        var refusal: StorageError?
        /// What was decided after a commit that was lost was decided upon it.
        var failure: StorageError?
        var finisher: CheckedContinuation<Void, Never>?
        /// The pipeline's task, and what it waits for.
        var decider: (isReady: @Sendable (borrowing State) -> Bool, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    /// Puts in what was decided last.
    func append(_ step: Step) {
        let finisher = state.withLock { state in
            state.steps.append(step)
            if step.commit != nil { state.commits += 1 }
            defer { state.finisher = nil }
            return state.finisher
        }
        finisher?.resume()
    }

    /// Why the first commit has to wait for room on the disk; nil = it does not.
    var refusal: StorageError? { state.withLock { $0.refusal } }

    /// Returns when fewer than so many commits are under way, and nobody is just being told of one; at once while the disk has no
    /// room, so that what comes next is refused instead of waiting too.
    func room(below commitsMax: Int) async {
        await wait { state in
            state.refusal != nil
                || state.commits < max(commitsMax, 1) && (state.steps.isEmpty || state.steps[0].commit != nil)
        }
    }

    /// Returns when nothing is under way.
    ///
    /// - Throws: Why the last commits are lost, if they are; `full` when they wait for room on the disk.
    func settled() async throws(StorageError) {
        await wait { $0.steps.isEmpty || $0.refusal != nil }
        if let failure = state.withLock({ $0.failure ?? $0.refusal }) { throw failure }
    }

    private func wait(until isReady: @escaping @Sendable (borrowing State) -> Bool) async {
        if state.withLock({ isReady($0) }) { return }
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                if isReady(state) { return true }
                state.decider = (isReady, continuation)
                return false
            }
            if mayGoOn { continuation.resume() }
        }
    }

    /// Lets ``run(onRefusal:onFailure:)`` return once everything that was put in is seen through.
    func end() {
        let finisher = state.withLock { state in
            state.isEnded = true
            defer { state.finisher = nil }
            return state.finisher
        }
        finisher?.resume()
    }

    /// Sees everything through, until there is nothing more.
    ///
    /// - Parameters:
    ///   - onRefusal: Told why a commit has to wait for the disk.
    ///   - onFailure: Told why everything from here on is lost.
    func run(
        onRefusal: @escaping @Sendable (StorageError) -> Void,
        onFailure: @Sendable (StorageError) -> Void
    ) async {
        while let step = await first() {
            let number = state.withLock { $0.finished }
            if state.withLock({ $0.failure }) == nil, let commit = step.commit {
                do throws(StorageError) {
                    try await commit.durable { [self] refusal in
                        // Whoever tells may be late.
                        change { state in
                            if state.finished == number { state.refusal = refusal }
                        }
                        onRefusal(refusal)
                    }
                } catch {
                    state.withLock { $0.failure = error }
                    onFailure(error)
                }
            }
            step.finish(state.withLock { $0.failure })
            removeFirst()
        }
    }

    /// The step that is to be seen through; nil = there is none and none will come.
    private func first() async -> Step? {
        while true {
            let (step, isEnded) = state.withLock { state in
                let isEnded = state.steps.isEmpty && state.isEnded
                if isEnded { state.isEnded = false }
                return (state.steps.first, isEnded)
            }
            if let step { return step }
            if isEnded { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.steps.isEmpty || state.isEnded { return true }
                    state.finisher = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private func removeFirst() {
        change { state in
            state.finished += 1
            guard state.steps.removeFirst().commit != nil else { return }
            state.commits -= 1
            state.refusal = nil
        }
    }

    /// Wakes the pipeline's task if what it waits for is so after a change.
    private func change(_ body: (inout State) -> Void) {
        let decider = state.withLock { state -> CheckedContinuation<Void, Never>? in
            body(&state)
            guard let decider = state.decider, decider.isReady(state) else { return nil }
            state.decider = nil
            return decider.continuation
        }
        decider?.resume()
    }
}
