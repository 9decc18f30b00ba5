import ActivationCore

/// A named place that messages belong to; its id is the provenance of what they state (SPEC 4.5, 6.2).
struct Dataset: Sendable, Equatable {
    /// The id, which messages name in `header.datasetId`.
    var id: String
    /// The name shown to people.
    var name: String
    /// The id of the schema given when it was made; kept, not resolved (RULINGS 25).
    var schema: String?
    /// Whether its records say themselves when they were written, in `extSourceSystemAudit` (RULINGS 5).
    var usesSourceTime: Bool

    /// A dataset from its stored document.
    init(_ entry: ControlEntry) {
        id = entry.id
        name = entry.string("name") ?? entry.id
        schema = entry.body["schemaRef"]?["id"]?.string
        usesSourceTime = entry.body["usesSourceTime"]?.bool ?? false
    }
}
