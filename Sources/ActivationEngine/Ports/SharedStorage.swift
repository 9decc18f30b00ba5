public import ActivationCore

/// A storage that several nodes write.
public protocol SharedStorage: Storage {
    /// The last record that waits of each of some dataflows, whichever node made it.
    ///
    /// - Parameter dataflows: Which.
    /// - Returns: Its row, without dataflows of which none waits.
    /// - Throws: When the store cannot be read.
    func lastRows(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: Int64]
}
