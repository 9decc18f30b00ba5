/// The right to relay what is numbered in a lane.
public struct LaneLease: Hashable, Sendable {
    /// The lane.
    public var lane: Int16
    /// How often it has changed hands; whoever has an older one has lost it.
    public var epoch: Int64

    /// Creates a lease.
    public init(lane: Int16, epoch: Int64) {
        self.lane = lane
        self.epoch = epoch
    }
}
