public import ActivationCore

/// A plan that a storage has performed and that may not survive power loss yet, as ``Storage/stage(_:)`` tells.
public struct StagedCommit: Sendable {
    /// Rows that it took out of the outbox although they are claimed: their records are in somebody's hands.
    public var claimed: [Dataflow.ID: [Int64]]
    private let hardened: (@Sendable () async throws(StorageError) -> Void)?

    /// Whether it was durable when it was staged, so that nothing has to be waited for.
    var isDurable: Bool { hardened == nil }

    /// Creates a staged commit.
    ///
    /// - Parameters:
    ///   - claimed: Rows that it took out of the outbox although they are claimed.
    ///   - hardened: Returns when the change survives power loss, or throws why it never will; nil = it does already.
    public init(
        claimed: [Dataflow.ID: [Int64]],
        hardened: (@Sendable () async throws(StorageError) -> Void)? = nil
    ) {
        self.claimed = claimed
        self.hardened = hardened
    }

    /// Returns when the change, and everything that was staged before it, survives power loss.
    ///
    /// A cancelled task waits as any other does: the answer has to be known.
    ///
    /// - Throws: `writeLost` when that cannot be said. The storage takes nothing more then until it is opened again, and
    ///   everything that was staged afterwards fails likewise; what of it is there after that, the opening tells.
    public func durable() async throws(StorageError) { try await hardened?() }
}
