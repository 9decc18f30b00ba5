package import ActivationEngine

/// Owns a database object and does its work on a thread of its own, one call after the other.
package actor DatabaseActor<Database> {
    private nonisolated let thread: DatabaseThread
    private var database: Database?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Takes over a database object that nobody else refers to.
    package init(threadName: String, database: sending Database) {
        thread = DatabaseThread(name: threadName)
        self.database = database
    }

    deinit {
        thread.stop()
    }

    /// Does a piece of work; it never waits for anything but the disk.
    package func perform<Value: Sendable>(
        _ work: @Sendable (Database) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        guard let database else {
            throw StorageError(.closed, "the storage was closed; open it again")
        }
        return try work(database)
    }

    /// Does a last piece of work and lets the database object go; does nothing the second time.
    package func close(_ work: @Sendable (Database) throws(StorageError) -> Void) throws(StorageError) {
        guard let database else { return }
        self.database = nil
        try work(database)
    }
}
