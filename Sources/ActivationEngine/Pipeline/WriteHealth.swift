import Logging
import Synchronization

/// Whether commits work; after a refused one a small write of our own finds out when they do again.
final class WriteHealth: Sendable {
    private struct State {
        var failure: StorageError?
        var probedAt: ContinuousClock.Instant?
        /// When each batch began that has not ended.
        var begun: [Int: ContinuousClock.Instant] = [:]
        var counts = BatchCounts()
        /// When the last one ended.
        var endedAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Why the last write was refused; nil when it was not.
    var failure: StorageError? { state.withLock { $0.failure } }

    /// Does the work of a batch, and knows meanwhile that it is under way.
    func during<Value>(_ batch: () async throws(StorageError) -> Value) async throws(StorageError) -> Value {
        let number = state.withLock { state in
            state.counts.begun += 1
            state.begun[state.counts.begun] = ContinuousClock.now
            return state.counts.begun
        }
        defer {
            state.withLock { state in
                state.begun[number] = nil
                state.endedAt = .now
            }
        }
        do throws(StorageError) {
            return try await batch()
        } catch {
            state.withLock { $0.counts.failed[error.code, default: 0] += 1 }
            throw error
        }
    }

    /// What became of batches so far.
    var counts: BatchCounts { state.withLock { $0.counts } }

    /// For how long batches have been under way without that one ended; nil when none is.
    var stall: Duration? {
        let (oldest, ended) = state.withLock { ($0.begun.values.min(), $0.endedAt) }
        return oldest.map { ContinuousClock.now - max($0, ended ?? $0) }
    }

    func succeeded() {
        guard state.withLock({ exchange(&$0.failure, with: nil) }) != nil else { return }
        logger.notice("Writes are taken again")
    }

    func failed(_ error: StorageError) {
        // What is wrong with one plan says nothing of the others.
        guard ![.conflict, .expired, .catalogChanged].contains(error.code) else { return }
        let before = state.withLock { exchange(&$0.failure, with: error) }
        // However many are refused, it is one trouble: a full disk is not to be filled with words about it.
        guard before?.code != error.code else { return }
        logger.error(
            "Writes are refused, and reads go on",
            metadata: ["error.code": "\(error.code.rawValue)", "error.message": "\(error.message)"]
        )
    }

    /// Tries a small write if the last one was refused, at most once a second.
    ///
    /// - Returns: Why writes are refused; nil when they are not.
    func probe(_ storage: any Storage) async -> StorageError? {
        let now = ContinuousClock.now
        let mayProbe = state.withLock { state in
            guard let failure = state.failure, failure.code != .writeLost else { return false }
            if let last = state.probedAt, now - last < .seconds(1) { return false }
            state.probedAt = now
            return true
        }
        if mayProbe {
            do throws(StorageError) {
                try await storage.checkWritable()
                succeeded()
            } catch {
                failed(error)
            }
        }
        return failure
    }
}
