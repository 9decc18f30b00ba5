import ActivationCore

/// An order to export members who have not changed (BEHAVIOUR 3.8).
struct ReferenceBackfill: Equatable {
    var number: Int
    var flow: Dataflow.ID
    /// Nil = all that are mapped.
    var audiences: Set<Audience.ID>?
    var since: Int64?

    var id: Backfill.ID { Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: UInt64(number))) }

    /// As the engine is told; when it counts from is the engine's matter.
    var definition: Backfill {
        Backfill(
            id: id,
            dataflow: flow,
            audiences: audiences,
            since: since.map { Timestamp(milliseconds: $0) }
        )
    }
}

/// Members who still wait for their turn.
struct SimulatedTurns {
    var backfill: ReferenceBackfill
    var persons: [Int]
}
