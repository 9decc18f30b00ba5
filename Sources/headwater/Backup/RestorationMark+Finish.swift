import ActivationEngine
import ActivationServer
import SQLiteStorage

extension RestorationMark {
    /// Has the store of the directory know that it was put back to an earlier state, if the mark is set.
    ///
    /// - Parameter storage: The store, from which nothing is decided yet.
    /// - Returns: What was noted in it; nil when nothing was to be.
    /// - Throws: The store's error; the mark is there still then, and the next start tries again.
    func finish(in storage: SQLiteStorage) async throws(StorageError) -> Restoration? {
        guard isSet else { return nil }
        let restoration = try await Restoration.finish(in: storage, by: .commandLine, time: SystemTime())
        try clear()
        return restoration
    }
}
