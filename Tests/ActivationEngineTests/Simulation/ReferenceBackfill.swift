import ActivationCore

/// An order to export members who have not changed (BEHAVIOUR 3.8), or to tell of members of audiences that were taken out
/// of a dataflow (BEHAVIOUR 3.9).
struct ReferenceBackfill: Equatable {
    var number: Int
    var flow: Dataflow.ID
    /// Nil = all that are mapped.
    var audiences: Set<Audience.ID>?
    var since: Int64?
    /// Audiences that were taken out, as they were mapped; none = members of mapped audiences are exported.
    var unmapped: [ReferenceFlow.Mapping] = []
    var wish = Backfill.Wish.running

    var id: Backfill.ID { Self.id(number) }

    static func id(_ number: Int) -> Backfill.ID { Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: UInt64(number))) }

    /// As the engine is told; when it counts from is the engine's matter.
    var definition: Backfill {
        Backfill(
            id: id,
            dataflow: flow,
            audiences: audiences,
            unmapped: unmapped.map(\.definition),
            since: since.map { Timestamp(milliseconds: $0) },
            wish: wish
        )
    }
}

extension ReferenceCatalog {
    /// An order by its number.
    func backfill(_ number: Int) -> ReferenceBackfill? { backfills.first { $0.number == number } }
}
