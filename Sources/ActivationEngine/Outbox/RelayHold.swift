/// Rows of which copies may still be on their way to the destination, sent by a sink or a process that is gone.
///
/// Their profiles wait, or an old copy could follow a newer record (I4).
struct RelayHold: Sendable, Hashable {
    /// The last such row.
    var through: Int64
    /// When no copy can land any more, by the clock that measures.
    var until: Duration

    /// Both holds at once.
    static func longest(_ left: RelayHold?, _ right: RelayHold?) -> RelayHold? {
        guard let left, let right else { return left ?? right }
        return RelayHold(through: max(left.through, right.through), until: max(left.until, right.until))
    }
}
