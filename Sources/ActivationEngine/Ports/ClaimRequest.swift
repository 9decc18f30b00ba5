public import ActivationCore

/// How many rows of which profiles a relay takes in hand.
public struct ClaimRequest: Sendable {
    /// Whose rows.
    public var dataflow: Dataflow.ID
    /// At most this many rows.
    public var limit: Int
    /// At most this many claimed rows of one profile at a time, so that one busy profile never fills the window; its
    /// next rows wait until earlier ones are settled.
    public var limitPerProfile: Int
    /// Bytes of payload after which no further row is claimed; the first row always is.
    public var bytesMax: Int
    /// Profiles that have a waiting row at or before this one get nothing, others go on.
    ///
    /// Copies of those rows may still be on their way to the destination. Nil = nobody is held, for good.
    public var holdingThrough: Int64?
    /// Rows after this one are left alone, as if they did not wait; nil = there is no such row.
    ///
    /// A storage may be asked for rows further on only after the claims of the dataflow were released.
    public var through: Int64?

    /// Creates a request.
    public init(
        dataflow: Dataflow.ID,
        limit: Int,
        limitPerProfile: Int,
        bytesMax: Int = .max,
        holdingThrough: Int64? = nil,
        through: Int64? = nil
    ) {
        self.dataflow = dataflow
        self.limit = limit
        self.limitPerProfile = limitPerProfile
        self.bytesMax = bytesMax
        self.holdingThrough = holdingThrough
        self.through = through
    }
}
