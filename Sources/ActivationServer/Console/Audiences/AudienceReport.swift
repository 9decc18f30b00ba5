import ActivationCore
import ActivationEngine
import Console

/// An audience as pages tell of it; read from memory alone.
struct AudienceReport: Sendable {
    let entry: ControlEntry
    let definition: SegmentDefinition
    /// The dataflows that export it.
    let dataflows: [ControlEntry]
    /// The audiences that ask for it.
    let askers: [SegmentDefinition]
    /// How far it has come.
    let state: StateMark
    /// How its evaluation stands.
    let mark: StateMark
    let progress: EvaluationProgress?
    /// Why it is not in use; nil when it is.
    let trouble: Quarantine.Reason?

    init?(_ entry: ControlEntry, in snapshot: ControlSnapshot, _ dependencies: ServerDependencies) {
        guard let definition = SegmentDefinition(entry) else { return nil }
        self.entry = entry
        self.definition = definition
        dataflows = snapshot.flowsMapping(audience: definition.id)
        trouble = dependencies.control.quarantine.reason(audience: definition.id)
        progress = dependencies.engine.evaluationProgress(definition.id)
        askers = snapshot.definitionsAsking(for: definition)
        state =
            switch definition.lifecycle {
            case .draft: StateMark("Draft", .warning)
            case .published: StateMark("Published", .good)
            case .inactive: StateMark("Inactive", .quiet)
            }
        mark =
            switch (trouble, progress?.state) {
            case (.some, _): StateMark("Cannot be used", .bad)
            case _ where definition.lifecycle == .inactive: StateMark("Not evaluated", .quiet)
            case _ where definition.expiresAt.map({ $0 <= dependencies.instant }) ?? false:
                StateMark("Expired", .warning)
            case (nil, .waiting): StateMark("Waiting", .warning)
            case (nil, .running): StateMark("Evaluating", .warning)
            case (nil, .done), (nil, nil): StateMark("Up to date", .good)
            }
    }

    /// What stands in the way of deactivating or deleting it; nil when nothing does.
    var useText: String? {
        let uses = [
            dataflows.isEmpty ? nil : Figure.count(dataflows.count, "dataflow"),
            askers.isEmpty ? nil : Figure.count(askers.count, "audience"),
        ].compactMap(\.self)
        return uses.isEmpty ? nil : "It is in use by \(uses.joined(separator: " and "))"
    }

    var path: String { AudienceReport.path(definition.id) }

    /// The path of an audience's page.
    static func path(_ id: Audience.ID) -> String { "/console/audiences/\(id.uuid)" }

    /// How far the evaluation over stored profiles is; nil when it is done.
    var progressText: String? {
        guard let progress, !progress.isDone else { return nil }
        var text = "\(Figure.count(progress.processed)) of \(Figure.count(progress.total, "profile"))"
        if let rate = progress.rate { text += " · \(Figure.count(rate))/s" }
        return text
    }
}

extension ConsoleDesk {
    /// The audience that a path names.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`.
    func audienceReport(_ id: String) throws(APIError) -> AudienceReport {
        let snapshot = control.snapshot
        let definition = try audiences.definition(id)
        guard let entry = snapshot.entry(.segmentDefinition, definition.idText),
            let report = AudienceReport(entry, in: snapshot, dependencies)
        else { throw APIError(.definitionUnknown, "the audience was deleted meanwhile") }
        return report
    }

    /// Who entered and who exited each audience in the last 24 hours, as lists show it; one read for all.
    func memberChanges(now: Timestamp) async -> (Audience.ID) -> String {
        let first = Timestamp(milliseconds: now.milliseconds - 23 * BookedHour.length)
        guard let changes = try? await dependencies.engine.memberChanges(since: first) else { return { _ in "–" } }
        return { audience in
            let counters = changes[audience] ?? MemberCounters()
            return "\(Figure.count(counters.entered)) / \(Figure.count(counters.exited))"
        }
    }

    var audiences: SegmentDefinitionStore { SegmentDefinitionStore(dependencies: dependencies) }
}
