public import ActivationCore

/// Which events of stored profiles are needed.
public struct EventRequest: Sendable {
    /// What is needed of one profile's events.
    public struct Item: Sendable {
        /// The profile's row, as ``LoadedState`` gave it.
        public var row: Int64
        /// How much of every event is needed.
        public var extent: Extent
        /// Ids to look up, whatever the extent.
        public var ids: [String]
        /// Stretches that are needed with bodies when the extent is `none`.
        public var ranges: [EventRange]
        /// So many of the oldest events are needed with bodies when the extent is `none`.
        public var oldest: Int

        /// Creates an item.
        public init(row: Int64, extent: Extent, ids: [String] = [], ranges: [EventRange] = [], oldest: Int = 0) {
            self.row = row
            self.extent = extent
            self.ids = ids
            self.ranges = ranges
            self.oldest = oldest
        }
    }

    /// How much of every event of a profile is needed.
    public typealias Extent = EventExtent

    /// One per profile.
    public var items: [Item] = []
    /// Bytes of ids and bodies that may be read; nil = as many as there are.
    public var bytesMax: Int?

    /// Creates a request.
    public init() {}
}
