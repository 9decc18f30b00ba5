import ActivationCore
import Logging
import Synchronization

/// Compares the books of all dataflows with what is stored, again and again, and says when they are off (I5).
///
/// The rows are counted one by one at a single point of the store's history, beside everything else; a hundredth of the time is spent
/// on it at most.
final class BooksAuditor: Sendable {
    /// The pause between two audits, at least.
    static let pauseMin = Duration.seconds(60)

    private struct State {
        var last: BooksAudit?
        var lastAt: ContinuousClock.Instant?
        var running: Task<Result<BooksAudit, StorageError>, Never>?
        /// Dataflows whose books were off the last time.
        var off: Set<Dataflow.ID> = []
    }

    private let scope: Scope
    private let storage: any Storage
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    init(scope: Scope, storage: any Storage, time: any TimeSource, logger: Logger) {
        self.scope = scope
        self.storage = storage
        self.time = time
        self.logger = logger
    }

    /// The last audit; nil before the first.
    var last: BooksAudit? { state.withLock { $0.last } }

    /// How long to wait after an audit.
    static func pause(after duration: Duration) -> Duration { max(pauseMin, duration * 100) }

    /// How old an audit may be for whoever asks, after one that took so long: a fifth of the time is spent on them at most.
    static func ageMax(after duration: Duration) -> Duration { max(.seconds(1), duration * 4) }

    /// Audits until the task is cancelled, first at once.
    func run() async {
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                var duration = Duration.zero
                do throws(StorageError) {
                    duration = try await audit().duration
                } catch  where !Task.isCancelled {
                    logger.warning("Books not audited", metadata: ["error.message": "\(error)"])
                } catch {
                    return
                }
                try? await Task.sleep(for: Self.pause(after: duration))
            }
        } onCancel: {
            state.withLock { $0.running }?.cancel()
        }
    }

    /// The state of the books now, or as of an audit a little while ago (``ageMax(after:)``).
    func current() async throws(StorageError) -> BooksAudit {
        let kept = state.withLock { state -> BooksAudit? in
            guard let last = state.last, let lastAt = state.lastAt else { return nil }
            return lastAt.duration(to: .now) < Self.ageMax(after: last.duration) ? last : nil
        }
        if let kept { return kept }
        return try await audit()
    }

    /// Makes an audit; whoever asks while one is made gets that one.
    func audit() async throws(StorageError) -> BooksAudit {
        let task = state.withLock { state in
            if let running = state.running { return running }
            let task = Task { await self.count() }
            state.running = task
            return task
        }
        return try await task.value.get()
    }

    private func count() async -> Result<BooksAudit, StorageError> {
        let begun = ContinuousClock.now
        let result: Result<BooksAudit, StorageError>
        do throws(StorageError) {
            let at = time.now()
            let books = try await storage.countBooks(scope: scope)
            result = .success(BooksAudit(at: at, duration: begun.duration(to: .now), books: books))
        } catch {
            result = .failure(error)
        }
        let before = state.withLock { state in
            let before = state.off
            state.running = nil
            if case .success(let audit) = result {
                state.last = audit
                state.lastAt = .now
                state.off = audit.off
            }
            return before
        }
        if case .success(let audit) = result { tell(audit, before: before) }
        return result
    }

    /// One line when the books of a dataflow go off, one when they balance again.
    private func tell(_ audit: BooksAudit, before: Set<Dataflow.ID>) {
        for dataflow in audit.off.subtracting(before) {
            guard let books = audit.books[dataflow] else { continue }
            logger.error(
                "Books are off: records are missing or too many; keep a backup and run headwater doctor",
                metadata: [
                    "dataflow.id": "\(dataflow.uuid)",
                    "waiting.surplus": "\(books.waitingSurplus)",
                    "dead_letters.surplus": "\(books.deadLettersSurplus)",
                ]
            )
        }
        for dataflow in before.subtracting(audit.off) {
            logger.notice("Books balance again", metadata: ["dataflow.id": "\(dataflow.uuid)"])
        }
    }
}
