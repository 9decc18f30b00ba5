/// Who there is of the nodes that use one store, and which of them relays which lane; only a store that several nodes use has it.
///
/// The store is told and asked in one step each, so that whoever is first wins. Calls come one at a time.
public protocol Membership: Sendable {
    /// The number of this node; above 0, and no other node has it.
    var node: Int16 { get }

    /// Says that this node is there, and learns who else is.
    ///
    /// - Parameter isLeaving: Whether it is on its way out, so that nobody counts on it.
    /// - Returns: What the store says with this beat in it.
    /// - Throws: `fenced` when another process has taken the node's name; the store's error.
    func beat(isLeaving: Bool) async throws(StorageError) -> ClusterView

    /// Takes leases, each if it still is as it was seen, and the store has heard whoever has it no more since.
    ///
    /// - Parameter takings: As they were seen.
    /// - Returns: Those that are this node's now, with their new epochs.
    /// - Throws: The store's error; some may have been taken all the same.
    func take(_ takings: [LaneOwnership.Taking]) async throws(StorageError) -> [LaneLease]

    /// Gives leases of this node back to nobody; one that somebody else has by now stays.
    ///
    /// - Throws: The store's error; some may have been given back all the same.
    func giveBack(_ leases: [LaneLease]) async throws(StorageError)

    /// Takes this node off the list, unless it still has a lease.
    ///
    /// - Throws: The store's error.
    func leave() async throws(StorageError)
}
