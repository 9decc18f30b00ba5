/// A turn in a backfill that a profile cannot have any more: it became one with another whose turn is over, so that it is
/// told of with the merge (BEHAVIOUR 3.8).
struct OverdueTurn: Sendable {
    /// The backfill.
    var order: Backfill
    /// The index of its dataflow.
    var flow: Int
    /// The identities of the profiles that were absorbed.
    var identities: Set<Identity>
}
