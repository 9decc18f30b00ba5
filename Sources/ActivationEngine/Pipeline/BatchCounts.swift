/// What became of batches of messages and of the engine's own work since the start.
///
/// One that others were in the way of (`conflict`), that took too long (`expired`) or that an old configuration decided (`catalogChanged`)
/// is decided again, as another batch.
public struct BatchCounts: Sendable, Hashable {
    /// Those that were begun.
    public var begun = 0
    /// Those of them that were not stored, by the reason; always with those that have a batch decided again.
    public var failed: [StorageError.Code: Int] = [.conflict: 0, .expired: 0, .catalogChanged: 0]

    /// Creates counts of nothing.
    public init() {}
}
