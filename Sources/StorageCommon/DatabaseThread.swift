import Foundation

/// A thread of its own for blocking calls, as the executor of an actor.
///
/// SQLite waits for the disk inside its calls; on the cooperative pool, which has a thread per core, that would stop
/// everybody else. The thread ends when ``stop()`` was called and nothing is left to do.
package final class DatabaseThread: SerialExecutor {
    /// Safe to share: every access to `jobs` and `isStopped` holds `condition`.
    private final class Queue: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs: [UnownedJob] = []
        private var isStopped = false

        func add(_ job: UnownedJob) {
            condition.withLock {
                jobs.append(job)
                condition.signal()
            }
        }

        func stop() {
            condition.withLock {
                isStopped = true
                condition.signal()
            }
        }

        /// Waits for jobs; nil when there will be no more.
        func take() -> [UnownedJob]? {
            condition.withLock {
                while jobs.isEmpty && !isStopped { condition.wait() }
                if jobs.isEmpty { return nil }
                defer { jobs = [] }
                return jobs
            }
        }
    }

    private let queue = Queue()

    /// Starts the thread; `name` is what the system shows.
    package init(name: String) {
        let thread = Thread { [self] in
            while let jobs = queue.take() {
                for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            }
        }
        thread.name = name
        thread.start()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        queue.add(UnownedJob(job))
    }

    /// Ends the thread after the jobs it already has.
    package func stop() {
        queue.stop()
    }
}
