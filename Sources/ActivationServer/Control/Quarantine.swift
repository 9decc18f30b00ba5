import ActivationCore

/// Stored audiences and dataflows that the engine cannot use, each with its reason; the others go on without them.
struct Quarantine: Sendable {
    /// Why an object is left out.
    struct Reason: Sendable, Hashable {
        /// The object's version that cannot be used.
        var etag: String
        /// What was found and what to do.
        var message: String
        /// Since when.
        var since: Timestamp

        /// The word for it in answers and logs.
        static let code = "CONFIGURATION_INVALID"
    }

    private var audiences: [Audience.ID: Reason] = [:]
    private var dataflows: [Dataflow.ID: Reason] = [:]

    /// Nothing is left out.
    init() {}

    /// What was left out of a configuration; an object that was left out before keeps its instant.
    init(_ errors: [CatalogError], of snapshot: ControlSnapshot, now: Timestamp, before: Quarantine) {
        for error in errors {
            if let id = error.audience, let entry = snapshot.entry(.segmentDefinition, id.uuid.description) {
                let since = before.audiences[id]?.since ?? now
                audiences[id] = Reason(etag: entry.etag, message: error.message, since: since)
            } else if let id = error.dataflow, let entry = snapshot.entry(.flow, id.uuid.description) {
                let since = before.dataflows[id]?.since ?? now
                dataflows[id] = Reason(
                    etag: Quarantine.version(of: entry, in: snapshot),
                    message: error.message,
                    since: since
                )
            }
        }
    }

    /// The version of an object; what is asked of people for it is a part of a dataflow.
    private static func version(of entry: ControlEntry, in snapshot: ControlSnapshot) -> String {
        guard entry.kind == .flow, let consent = snapshot.entry(.flowConsent, entry.id) else { return entry.etag }
        return entry.etag + consent.etag
    }

    /// Whether everything is in use.
    var isEmpty: Bool { audiences.isEmpty && dataflows.isEmpty }

    /// Why an audience is left out; nil when it is in use.
    func reason(audience: Audience.ID) -> Reason? {
        audiences[audience]
    }

    /// Why a stored object is left out; nil when it is in use.
    func reason(_ entry: ControlEntry) -> Reason? {
        guard let id = UUIDBytes(entry.id) else { return nil }
        return switch entry.kind {
        case .segmentDefinition: audiences[Audience.ID(uuid: id)]
        case .flow: dataflows[Dataflow.ID(uuid: id)]
        default: nil
        }
    }

    /// The definition without what is left out, as far as that has not changed since.
    func excluded(from definition: CatalogDefinition, of snapshot: ControlSnapshot) -> CatalogDefinition {
        func isUnchanged(_ reason: Reason?, _ kind: ControlKind, _ id: UUIDBytes) -> Bool {
            guard let reason, let entry = snapshot.entry(kind, id.description) else { return false }
            return Quarantine.version(of: entry, in: snapshot).hasSameBytes(as: reason.etag)
        }
        var usable = definition
        usable.audiences.removeAll { isUnchanged(audiences[$0.id], .segmentDefinition, $0.id.uuid) }
        usable.dataflows.removeAll { isUnchanged(dataflows[$0.id], .flow, $0.id.uuid) }
        let kept = Set(usable.audiences.map(\.id))
        usable.unusableAudiences.formUnion(definition.audiences.map(\.id).filter { !kept.contains($0) })
        return usable
    }
}
