import ActivationCore
import ActivationEngine

/// The hours of the books (docs/decisions/0023).
extension WriterDatabase {
    /// Begins an hour of a dataflow's books, when it has come, with what they said before, and lets old ones go.
    ///
    /// - Parameters:
    ///   - tally: The books as they are now.
    ///   - instant: When they changed.
    ///   - before: What they said before.
    /// - Returns: The number of the hour that the change belongs to.
    /// - Throws: When it cannot be written.
    func openHour(
        of tally: Tallies.DataflowTally,
        at instant: Timestamp,
        before: DataflowCounters
    ) throws(StorageError) -> Int64 {
        let hour = BookedHour.number(of: instant)
        if let last = tally.hour, hour <= last { return last }
        let openHour = statements.openHour
        openHour.bind(1, tally.number)
        openHour.bind(2, hour)
        openHour.bind(3, before.triggered)
        openHour.bind(4, before.delivered)
        openHour.bind(5, before.superseded)
        openHour.bind(6, before.suppressedDisabled)
        openHour.bind(7, before.suppressedDeleted)
        openHour.bind(8, before.parked)
        openHour.bind(9, before.replayed)
        openHour.bind(10, before.discarded)
        openHour.bind(11, before.erased)
        try openHour.run()
        try forgetHours(of: tally.number, before: hour - BookedHour.keptHours)
        return hour
    }

    /// Lets all hours of a dataflow's books go.
    func forgetHours(of dataflow: Dataflow.ID) throws(StorageError) {
        guard let tally = tallies.dataflows[dataflow], tally.hour != nil else { return }
        try write(in: tally.scope) { tallies throws(StorageError) in
            try forgetHours(of: tally.number, before: .max)
            tallies.dataflows[dataflow]?.hour = nil
        }
    }

    private func forgetHours(of number: Int64, before hour: Int64) throws(StorageError) {
        statements.forgetHours.bind(1, number)
        statements.forgetHours.bind(2, hour)
        try statements.forgetHours.run()
    }
}
