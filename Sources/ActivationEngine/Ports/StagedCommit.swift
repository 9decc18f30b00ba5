public import ActivationCore

/// A plan that a storage has performed and that may not survive power loss yet, as ``Storage/stage(_:)`` tells.
public struct StagedCommit: Sendable {
    /// Rows that it took out of the outbox although they are claimed: their records are in somebody's hands.
    public var claimed: [Dataflow.ID: [Int64]]
    private let hardened: Hardening?

    /// Returns when a change survives power loss, or throws why it never will; tells meanwhile what it was given why it does not yet.
    public typealias Hardening =
        @Sendable (_ onRefusal: @escaping @Sendable (StorageError) -> Void) async throws(StorageError) -> Void

    /// Whether it was durable when it was staged, so that nothing has to be waited for.
    var isDurable: Bool { hardened == nil }

    /// Creates a staged commit.
    ///
    /// - Parameters:
    ///   - claimed: Rows that it took out of the outbox although they are claimed.
    ///   - hardened: Waits until the change survives power loss; nil = it does already.
    public init(claimed: [Dataflow.ID: [Int64]], hardened: Hardening? = nil) {
        self.claimed = claimed
        self.hardened = hardened
    }

    /// Returns when the change, and everything that was staged before it, survives power loss.
    ///
    /// A cancelled task waits as any other does, for the answer has to be known; but not for room on the disk.
    ///
    /// - Parameter onRefusal: Told, perhaps more than once, that the disk refuses it for want of room: it is tried again until there
    ///   is some.
    /// - Throws: `writeLost` when that cannot be said; in a cancelled task for this one alone while there is no room. Else the
    ///   storage takes nothing more then until it is opened again, and everything that was staged afterwards fails likewise; what
    ///   of it is there after that, the opening tells.
    public func durable(onRefusal: @escaping @Sendable (StorageError) -> Void = { _ in }) async throws(StorageError) {
        try await hardened?(onRefusal)
    }
}
