import ActivationCore
import TestSupport

@testable import ActivationEngine

extension EngineSimulation {
    /// What a profile's trail says of its last change is what the model made of it (BEHAVIOUR 5.11).
    func checkTrail(of stored: StoredProfile, _ person: ReferencePerson, _ published: Pipeline.Published) throws {
        let before = tracedRevisions.updateValue(person.revision, forKey: person.number) ?? 0
        let flows = published.definition.dataflows
        guard !flows.isEmpty else { return }
        let flow = flows[person.revision % flows.count]
        let changes: [ReplayedChange]
        do {
            changes = try stored.changes(
                seenBy: flow,
                in: published.definition,
                paths: published.paths,
                datasets: published.datasets
            )
        } catch {
            throw fail("the trail of person \(person.number) cannot be read: \(error)")
        }
        let revisions = changes.map(\.change.revision)
        try expect(
            revisions.last == stored.revision && zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 },
            "the trail of person \(person.number), at revision \(stored.revision), has revisions \(revisions)"
        )
        // Records of earlier batches may have left, and a catalog that is another may call for others.
        let isOtherCatalog = lastRequests.contains { if case .catalog = $0 { true } else { false } }
        guard flow.isEnabled, !isOtherCatalog, person.revision > before, let last = changes.last else { return }
        let rows = (model.rows[flow.id] ?? []).filter { $0.maker == person.number && $0.revision == person.revision }
        guard !rows.contains(where: { $0.lane != .live }) else { return }
        for replay in last.replays {
            let reasons = rows.filter { $0.policy == replay.mergePolicy }.reduce(into: TriggerReasons()) {
                $0.formUnion($1.reasons)
            }
            count("explained changes")
            try expect(
                reasons.isSuperset(of: replay.reasons)
                    && reasons.isSubset(of: replay.reasons.union(replay.possibleReasons)),
                "a record of person \(person.number) at revision \(person.revision) is for \(reasons.names), and is "
                    + "explained by \(replay) of \(last.change)"
            )
        }
    }
}
