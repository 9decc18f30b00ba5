/// Where somebody may watch how far a measurement is.
public protocol ProgressDisplay {
    /// Shows the state.
    ///
    /// - Parameters:
    ///   - done: How much of the whole is done.
    ///   - items: How many items that were in this run.
    mutating func update(done: Int64, items: Int64)

    /// Shows the final state.
    ///
    /// - Parameters:
    ///   - done: How much of the whole is done.
    ///   - items: How many items that were in this run.
    mutating func finish(done: Int64, items: Int64)
}

/// Opens a display: of how many items, how many of them were done before, and what they are called.
public typealias OpenDisplay = @Sendable (_ total: Int64, _ done: Int64, _ unit: String) -> any ProgressDisplay
