public import ActivationCore

/// A storage that several nodes write.
public protocol SharedStorage: Storage {
    /// The numbers of those who may decide at the same time in this process, at least one: among all processes over the store nobody else
    /// has them, and they stand in the numbers of messages (``ActivationCore/AdmissionSequence``). As many batches may be under way.
    var deciders: [Int16] { get }

    /// Up to which row another process may have had records in hand when this one opened the store; nil = this one does not claim.
    var formerReach: Int64? { get }

    /// The last record that waits of each of some dataflows, whichever node made it.
    ///
    /// - Parameter dataflows: Which.
    /// - Returns: Its row, without dataflows of which none waits.
    /// - Throws: When the store cannot be read.
    func lastRows(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: Int64]
}
