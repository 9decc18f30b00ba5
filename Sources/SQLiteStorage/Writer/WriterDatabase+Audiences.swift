import ActivationCore
import ActivationEngine
import StorageCommon

/// The books of dataflows by audience (docs/decisions/0046).
extension WriterDatabase {
    /// Rows of old hours that one step lets go; more than one hour can have.
    private static let forgottenMax: Int64 = 5_000

    /// Enters what a transaction entered of audiences; an hour begins for each of them, when it has come, with what its books
    /// said before.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - tally: What is known of it.
    ///   - draft: Gets to know for which audiences the hour has begun.
    /// - Throws: When it cannot be written.
    func enterAudiences(
        of dataflow: Dataflow.ID,
        _ tally: Tallies.DataflowTally,
        _ draft: inout Tallies
    ) throws(StorageError) {
        guard !tally.entered.isEmpty else { return }
        draft.dataflows[dataflow]?.entered = AudienceBooks()
        try enter(tally.entered.told, of: nil, tally.number)
        for (audience, counters) in tally.entered.audiences {
            if let hour = tally.audienceHour, !tally.audiencesInHour.contains(audience) {
                // In its place, so that the set is copied once in a transaction. What began before the last restart stays.
                draft.dataflows[dataflow]?.audiencesInHour.insert(audience)
                try openAudienceHour(hour, of: audience, tally.number)
            }
            try enter(counters, of: audience, tally.number)
        }
    }

    private func enter(
        _ counters: DataflowCounters,
        of audience: Audience.ID?,
        _ number: Int64
    ) throws(StorageError) {
        guard counters != DataflowCounters() else { return }
        let statement = statements.enterAudience
        statement.bind(1, number)
        statement.bind(2, audience: audience)
        statement.bind(3, counters)
        try statement.run()
    }

    /// Begins an hour of an audience's books, or, for nil, of those of all records that tell of any.
    func openAudienceHour(_ hour: Int64, of audience: Audience.ID?, _ number: Int64) throws(StorageError) {
        let statement = statements.openAudienceHour
        statement.bind(1, number)
        statement.bind(2, hour)
        statement.bind(3, audience: audience)
        try statement.run()
    }

    /// Lets some of the hours of a dataflow go that are no longer kept.
    ///
    /// - Returns: How many.
    func forgetAudienceHours(of number: Int64, before hour: Int64) throws(StorageError) -> Int {
        let statement = statements.forgetAudienceHours
        statement.bind(1, number)
        statement.bind(2, hour)
        statement.bind(3, Self.forgottenMax)
        try statement.run()
        return connection.changes
    }
}

extension Statement {
    /// Sets a parameter to an audience's id; nil = the empty one.
    func bind(_ index: Int32, audience: Audience.ID?) {
        if let audience { bind(index, audience.uuid) } else { bind(index, [UInt8]()) }
    }

    /// Sets a parameter to the ids of audiences one after the other; nothing when there are none.
    func bind(_ index: Int32, audiences: [Audience.ID]) {
        guard !audiences.isEmpty else { return bind(index, nil) }
        bind(index, AudienceList.bytes(of: audiences))
    }

    /// A column as the ids of audiences; nothing are none.
    func audiences(_ index: Int32) throws(StorageError) -> [Audience.ID] {
        guard let audiences = AudienceList.audiences(in: bytes(index)) else {
            throw StorageError(.corrupt, "a stored list of audiences is cut off; restore the database from a backup")
        }
        return audiences
    }
}
