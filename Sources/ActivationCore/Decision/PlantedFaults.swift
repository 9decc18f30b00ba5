/// Faults that the engine can be told to commit, so that a test can show that it would find them.
package struct PlantedFaults: OptionSet, Hashable, Sendable {
    /// One bit per fault.
    package var rawValue: UInt16

    /// Wraps bits.
    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// A profile that becomes one with another only through links inside the batch is loaded without its events.
    package static let inBatchMergeEventsNotLoaded = PlantedFaults(rawValue: 1)
    /// Readers and the next batch see the dictionaries as they were one commit ago.
    package static let publishedStateOneCommitBehind = PlantedFaults(rawValue: 2)
    /// Of two profiles made at one instant it depends on digits of their ids which one is the older.
    package static let tiesByID = PlantedFaults(rawValue: 4)
    /// The paths that a refused message named stay in the dictionary.
    package static let refusedMessageLeavesPath = PlantedFaults(rawValue: 8)
    /// A message is decided before what the clock did to its profile until then.
    package static let messageBeforeTimers = PlantedFaults(rawValue: 16)
    /// What the clock did to a profile gets the instant at which that was noticed.
    package static let timersAtTheirNotice = PlantedFaults(rawValue: 32)
    /// Callers are answered when their commit is staged, before it is durable.
    package static let answersBeforeDurability = PlantedFaults(rawValue: 64)
    /// Readers are shown the state of a commit that is staged, before it is durable.
    package static let publishedBeforeDurability = PlantedFaults(rawValue: 128)
    /// What was decided upon a batch is stored beside it, and the batch stays open.
    package static let commitsWithoutBatch = PlantedFaults(rawValue: 256)
}
