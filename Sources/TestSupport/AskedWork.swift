import Synchronization

/// What a task asks of storages and destinations, in order: the class of time that its answer takes, without a clock.
///
/// Two requests that ask for the same work in the same order cannot be told apart by how long they take, but for noise.
public final class AskedWork: Sendable {
    /// Where the running task's work is noted; nil = nowhere.
    @TaskLocal private static var current: AskedWork?

    private let noted = Mutex<[String]>([])

    private init() {}

    /// Notes that something was asked for, if anybody wants to know.
    public static func note(_ question: String) {
        current?.noted.withLock { $0.append(question) }
    }

    /// What an operation gives, and what it asked for while it ran, in its own task and in those that it started.
    public static func of<Result>(
        _ operation: () async throws -> Result
    ) async rethrows -> (result: Result, work: [String]) {
        let work = AskedWork()
        let result = try await $current.withValue(work) { try await operation() }
        return (result, work.noted.withLock { $0 })
    }
}
