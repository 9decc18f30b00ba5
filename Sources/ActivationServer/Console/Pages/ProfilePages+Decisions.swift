import ActivationCore
import ActivationEngine
import Console

extension ProfilePages {
    /// Dataflows that the page offers.
    private static let offered = 50
    /// Audiences of the person whose dataflows come first.
    private static let audiencesAsked = 20

    /// What a dataflow made of a person's last changes.
    func decisions(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let asked = request.query["dataflow"].flatMap { $0.isEmpty ? nil : $0 }
        let flows = dataflows(of: person)
        let flow = asked.map { desk.control.snapshot.flow(named: $0) } ?? flows.first
        let explained: DataflowExplanation?
        var notes: [String] = []
        if let flow {
            explained = try await DataflowExplanation(of: person.identity, by: flow, desk.dependencies)
            notes = explained.map(ProfilePages.notes) ?? []
        } else {
            explained = nil
            notes = [
                asked == nil
                    ? "There is no dataflow, so nothing was decided."
                    : "No dataflow has this name or id. Take one of the list."
            ]
        }
        let rows = (explained?.changes ?? []).enumerated().map { row($1, $0, now: request.now) }
        return .page(
            PersonDecisionsPage(
                title: "Decisions about \(person.title)",
                crumbs: [ProfilePages.root],
                head: person.head(.decisions, for: viewer),
                path: "\(person.path)/decisions",
                field: FormField(
                    "dataflow",
                    "Dataflow",
                    .suggestion(flows.prefix(ProfilePages.offered).compactMap { $0.string("name") }),
                    value: flow?.string("name") ?? asked,
                    hint: "Its name or id."
                ),
                policyID: person.policy?.id,
                dataflow: flow?.string("name"),
                dataflowPath: flow.map { "/console/dataflows/\($0.id)" } ?? "",
                notes: notes,
                rows: rows,
                isEmpty: rows.isEmpty
            )
        )
    }

    /// The dataflows there are, those first that map an audience of the person.
    private func dataflows(of person: Person) -> [ControlEntry] {
        let snapshot = desk.control.snapshot
        let concerned = person.memberships.prefix(ProfilePages.audiencesAsked)
            .flatMap { snapshot.flowsMapping(audience: $0.audience) }
        var known: Set<String> = []
        let flows = snapshot.entries(.flow).filter { $0.string("state") != FlowState.deleting }
        return (concerned + flows).filter { known.insert($0.id).inserted }
    }

    private static func notes(_ explained: DataflowExplanation) -> [String] {
        var notes: [String] = []
        if !explained.found.leftUndone.isEmpty {
            notes.append("The dataflow was disabled meanwhile; what it left undone is made up for when it is enabled.")
        }
        if explained.changes.isEmpty {
            notes.append("No change of the person is known. Changes are noted from the next one on.")
        } else if !explained.found.isComplete {
            notes.append("Earlier changes are not known any more.")
        }
        return notes
    }

    private func row(_ change: DataflowExplanation.Change, _ index: Int, now: Timestamp) -> PersonDecisionsPage.Row {
        let replayed = change.found.replayed
        var details = replayed.paths.map { $0.joined(separator: ".") }
        if let dataset = replayed.dataset { details.append("from \(dataset)") }
        for status in replayed.change.statuses {
            let id = status.audience.uuid.description
            let name = desk.control.entry(.segmentDefinition, id)?.string("name") ?? id
            details.append("\(status.after == .realized ? "entered" : "left") \(name)")
        }
        var findings: [String] = []
        for text in change.replays.flatMap(\.findings).map(\.text) where !findings.contains(text) {
            findings.append(text)
        }
        if let changedAt = change.changedAt {
            findings.append("The dataflow was changed since, first on \(Instant(changedAt, now: now).exact).")
        }
        return PersonDecisionsPage.Row(
            at: Instant(replayed.change.at, now: now),
            revision: Figure.count(replayed.change.revision),
            title: change.title,
            details: details,
            mark: change.outcome.mark,
            findings: findings,
            records: change.found.records.enumerated().map { ProfilePages.record($1, "\(index)-\($0)", now: now) }
        )
    }

    private static func record(
        _ record: ExportExplanation.Record,
        _ id: String,
        now: Timestamp
    ) -> PersonDecisionsPage.Record {
        switch record.state {
        case .waiting: return .init(text: "Waits to be sent", receipt: nil)
        case .parked(let code, let at):
            return .init(text: "\(code) on \(Instant(at, now: now).exact)", receipt: nil)
        case .delivered(let receipt, let at):
            return .init(
                text: "on \(Instant(at, now: now).exact)",
                receipt: DeliveryReceipt(receipt, id: "receipt-\(id)")
            )
        }
    }
}

extension DataflowExplanation.Outcome {
    /// The outcome as pages mark it.
    fileprivate var mark: StateMark {
        switch self {
        case .delivered: StateMark(text, .good)
        case .waiting: StateMark(text, .warning)
        case .parked: StateMark(text, .bad)
        case .disabled, .notCalled, .beforeDataflow, .unknown: StateMark(text, .quiet)
        }
    }
}
