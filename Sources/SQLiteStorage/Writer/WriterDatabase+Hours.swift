import ActivationCore
import ActivationEngine

/// The hours of the books (docs/decisions/0023).
extension WriterDatabase {
    /// Begins an hour of a dataflow's books, when it has come, with what they said before, and lets old ones go.
    ///
    /// - Parameters:
    ///   - tally: The books as they are now; gets the hour that the change belongs to.
    ///   - instant: When they changed.
    ///   - before: What they said before.
    /// - Throws: When it cannot be written.
    func openHour(
        of tally: inout Tallies.DataflowTally,
        at instant: Timestamp,
        before: DataflowCounters
    ) throws(StorageError) {
        let hour = BookedHour.number(of: instant)
        if let last = tally.hour, hour <= last { return }
        let openHour = statements.openHour
        openHour.bind(1, tally.number)
        openHour.bind(2, hour)
        openHour.bind(3, before)
        try openHour.run()
        try openAudienceHour(hour, of: nil, tally.number)
        (tally.hour, tally.audienceHour, tally.audiencesInHour) = (hour, hour, [])
        let first = hour - BookedHour.keptHours
        try forgetHours(of: tally.number, before: first)
        _ = try forgetAudienceHours(of: tally.number, before: first)
    }

    /// Lets all hours of a dataflow's books go, those of audiences in steps before.
    ///
    /// - Returns: How many of audiences went; 0 when none are left.
    func forgetHours(of dataflow: Dataflow.ID) throws(StorageError) -> Int {
        guard let tally = tallies.dataflows[dataflow], tally.hour != nil else { return 0 }
        return try write(in: tally.scope) { tallies throws(StorageError) in
            let forgotten = try forgetAudienceHours(of: tally.number, before: .max)
            if forgotten == 0 {
                try forgetHours(of: tally.number, before: .max)
                tallies.dataflows[dataflow]?.hour = nil
            }
            tallies.dataflows[dataflow]?.audienceHour = nil
            return forgotten
        }
    }

    private func forgetHours(of number: Int64, before hour: Int64) throws(StorageError) {
        statements.forgetHours.bind(1, number)
        statements.forgetHours.bind(2, hour)
        try statements.forgetHours.run()
    }
}
