import ActivationCore
import ActivationEngine

/// The runs of dataflows as clients see them: one for every hour in which anything happened, one for every backfill
/// (BEHAVIOUR 1.11).
struct RunDocument {
    private let control: ControlPlane
    private let engine: any ServerEngine
    private let snapshot: ControlSnapshot
    private let now: Timestamp

    init(_ dependencies: ServerDependencies) {
        self.init(control: dependencies.control, engine: dependencies.engine, at: dependencies.time.now())
    }

    init(control: ControlPlane, engine: any ServerEngine, at now: Timestamp) {
        self.control = control
        self.engine = engine
        snapshot = control.snapshot
        self.now = now
    }

    /// How a run can stand.
    enum State: String, CaseIterable {
        case inProgress, completed, failed
    }

    /// All runs of some dataflows; nil = of all.
    func documents(of flows: Set<String>?) async throws(APIError) -> [JSONObject] {
        var documents: [JSONObject] = []
        for flow in snapshot.entries(.flow)
        where flow.string("state") != FlowState.deleting && flows?.contains(flow.id) ?? true {
            for hour in try await hours(of: flow) { documents.append(document(hour, of: flow)) }
            documents += snapshot.entries(.backfill, using: ControlName(.flow, flow.id)).map { document($0, of: flow) }
        }
        return documents
    }

    /// The run with an id.
    ///
    /// - Throws: `1439-404`.
    func document(id: String) async throws(APIError) -> JSONObject {
        let id = id.lowercased()
        // The id of an hour's run begins with that of its dataflow.
        let flow = snapshot.entry(.backfill, id)?.string("dataflowId") ?? String(id.prefix(RunDocument.idCharacters))
        let found = try await documents(of: [flow]).first { $0["id"] == .string(id) }
        guard let found else {
            throw APIError(.resourceUnknown, "no run has the id in the path; those of long ago are forgotten")
        }
        return found
    }

    /// Characters of a UUID.
    private static let idCharacters = 36

    private func hours(of flow: ControlEntry) async throws(APIError) -> [BookedHour] {
        guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        do throws(EngineError) {
            return try await engine.bookedHours(Dataflow.ID(uuid: uuid))
        } catch {
            throw APIError(engine: error)
        }
    }

    // MARK: The two kinds

    private func document(_ hour: BookedHour, of flow: ControlEntry) -> JSONObject {
        let start = hour.start.milliseconds
        let end = start &+ BookedHour.length
        let isOpen = now.milliseconds < end
        let counters = hour.counters
        let isFailed = !isOpen && counters.delivered == 0 && counters.parked > 0
        var run = Run(state: isOpen ? .inProgress : isFailed ? .failed : .completed, started: start)
        run.id = "\(flow.id)-\(BookedHour.number(of: hour.start))"
        run.completed = isOpen ? nil : end
        run.updated = isOpen ? max(start, now.milliseconds) : end
        run.figures = RunFigures(counters)
        run.withoutAudience = hour.audiences.map { RunFigures(counters.since($0.told)) }
        run.audiences = audiences(of: hour, mapped(flow, before: end))
        if counters.parked > 0 {
            run.errors = [
                [
                    "code": "RECORDS_REFUSED",
                    "message": .string(
                        "the destination refused records: \(counters.parked); "
                            + "GET /v1/dataflows/\(flow.id)/dead-letters shows why"
                    ),
                ]
            ]
        }
        return run.document(as: "hour", trail: flow.body, of: flow, control)
    }

    private func document(_ backfill: ControlEntry, of flow: ControlEntry) -> JSONObject {
        let progress = UUIDBytes(backfill.id).flatMap { engine.backfillRuns[Backfill.ID(uuid: $0)] }
        let state: State =
            switch progress?.state {
            case .completed: .completed
            case .cancelled: .failed
            case .running, .waiting, .paused, nil: .inProgress
            }
        var run = Run(state: state, started: (progress?.startedAt ?? backfill.createdAt).milliseconds)
        run.id = backfill.id
        run.completed = progress?.endedAt?.milliseconds
        run.updated = run.completed ?? max(run.started, now.milliseconds)
        run.figures.input = Int64(progress?.processed ?? 0)
        run.figures.output = progress?.records ?? 0
        run.audiences = (backfill.backfilledAudiences ?? mapped(flow, before: .max)).map { ($0, nil) }
        if state == .failed {
            run.errors = [["code": "CANCELLED", "message": .string(progress?.reason ?? "the backfill was cancelled")]]
        }
        return run.document(as: "backfill", trail: backfill.body, of: flow, control)
    }

    /// The audiences of an hour: the mapped ones, then others of which its records told; with their figures, if there are any.
    private func audiences(of hour: BookedHour, _ mapped: [String]) -> [(id: String, figures: RunFigures?)] {
        guard let books = hour.audiences else { return mapped.map { ($0, nil) } }
        let told = Dictionary(uniqueKeysWithValues: books.audiences.map { ($0.uuid.description, $1) })
        let others = Set(told.keys).subtracting(mapped).sorted()
        return (mapped + others).map { ($0, RunFigures(told[$0] ?? DataflowCounters())) }
    }

    /// The audiences that are mapped and were before an instant.
    private func mapped(_ flow: ControlEntry, before end: Int64) -> [String] {
        FlowTransformation(flow).audiences.filter { $0.createdAt.milliseconds < end }.map(\.audience.uuid.description)
    }
}

/// The counts of records that a run has, of all of them or of some.
struct RunFigures: Equatable {
    var input: Int64 = 0
    var output: Int64 = 0
    var failed: Int64 = 0
    var skipped: Int64 = 0

    /// Creates zeros.
    init() {}

    /// The figures of what was entered in books.
    init(_ counters: DataflowCounters) {
        input = counters.triggered
        output = counters.delivered
        failed = counters.parked
        // A record that arrives after all takes back in a later hour that it was suppressed.
        skipped = max(counters.suppressedDisabled + counters.suppressedDeleted, 0)
    }

    var json: JSONObject {
        [
            "inputRecordCount": .integer(input), "outputRecordCount": .integer(output),
            "failedRecordCount": .integer(failed), "skippedRecordCount": .integer(skipped),
        ]
    }
}

/// What a run says.
private struct Run {
    var id = ""
    var state: RunDocument.State
    var started: Int64
    var completed: Int64?
    var updated: Int64 = 0
    var figures = RunFigures()
    /// Of the records that tell of no audience; nil when that is not known.
    var withoutAudience: RunFigures?
    var audiences: [(id: String, figures: RunFigures?)] = []
    var errors: [JSONValue] = []

    init(state: RunDocument.State, started: Int64) {
        self.state = state
        self.started = started
    }

    /// The word that `statusSummary` has for it.
    private var status: String {
        switch state {
        case .inProgress, .failed: state.rawValue
        case .completed: "success"
        }
    }

    func document(
        as kind: String,
        trail: JSONObject,
        of flow: ControlEntry,
        _ control: ControlPlane
    ) -> JSONObject {
        var duration: JSONObject = ["startedAtUTC": .integer(started)]
        duration["completedAtUTC"] = completed.map { .integer($0) }
        var object: JSONObject = [
            "id": .string(id), "flowId": .string(flow.id), "createdAt": .integer(started),
            "updatedAt": .integer(updated),
        ]
        for key in AuditTrail.keys { object[key] = trail[key] }
        object["sandboxId"] = .string(control.sandboxID)
        object["sandboxName"] = .string(control.sandbox.name)
        object["imsOrgId"] = .string(control.orgID)
        object["state"] = .string(state.rawValue)
        object["kind"] = .string(kind)
        object["metrics"] = [
            "durationSummary": .object(duration),
            "recordSummary": .object(recordSummary),
            "fileSummary": ["inputFileCount": 0, "outputFileCount": 0, "activityRefs": []],
            "statusSummary": ["status": .string(status), "errors": .array(errors), "activityRefs": []],
        ]
        object["activities"] = []
        return object
    }

    private var recordSummary: JSONObject {
        var summary = figures.json
        summary["withoutAudience"] = withoutAudience.map { .object($0.json) }
        let entities = audiences.map { audience in
            var entity = audience.figures?.json ?? [:]
            entity["id"] = .string("segment:\(audience.id)")
            return JSONValue.object(entity)
        }
        summary["targetSummaries"] = [["entitySummaries": .array(entities)]]
        return summary
    }
}
