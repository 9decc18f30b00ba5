import ActivationCore
import ActivationEngine
import Console

/// A dataflow as pages tell of it: the configuration, and what its relay does; read from memory alone.
struct DataflowReport: Sendable {
    let entry: ControlEntry
    let name: String
    let target: ControlEntry?
    let account: ControlEntry?
    /// What is in its way; nil when nothing is.
    let trouble: Trouble?
    let mark: StateMark
    let isEnabled: Bool
    /// Whether its destination stopped it, so that a person can resume it.
    let isStopped: Bool

    /// What is in the way of a dataflow.
    struct Trouble: Sendable {
        var code: String
        var message: String
        var since: Timestamp
        /// Whether it passes by itself.
        var isPassing: Bool
        /// When the next attempt is made by itself; nil when that is not known.
        var nextAttemptAt: Timestamp?
    }

    init(_ entry: ControlEntry, in snapshot: ControlSnapshot, _ dependencies: ServerDependencies) {
        self.entry = entry
        name = entry.string("name") ?? entry.id
        target = entry.body["targetConnectionIds"]?[0]?.string.flatMap { snapshot.entry(.targetConnection, $0) }
        account = target?.string("baseConnectionId").flatMap { snapshot.entry(.connection, $0) }
        isEnabled = entry.string("state") == FlowState.enabled
        let relay = UUIDBytes(entry.id).map { dependencies.engine.relayState(Dataflow.ID(uuid: $0)) } ?? .disabled
        if let reason = dependencies.control.quarantine.reason(entry) {
            trouble = Trouble(
                code: Quarantine.Reason.code,
                message: reason.message,
                since: reason.since,
                isPassing: false
            )
            (mark, isStopped) = (StateMark("Cannot be used", .bad), false)
            return
        }
        switch relay {
        case .paused(let found):
            trouble = Trouble(
                code: found.code,
                message: found.message,
                since: found.since,
                isPassing: false,
                nextAttemptAt: found.nextAttemptAt
            )
            (mark, isStopped) = (StateMark("Paused", .bad), isEnabled)
        case .retrying(let found):
            trouble = Trouble(code: found.code, message: found.message, since: found.since, isPassing: true)
            (mark, isStopped) = (StateMark("Retrying", .warning), false)
        case .running where isEnabled:
            (trouble, mark, isStopped) = (nil, StateMark("Running", .good), false)
        case .running, .disabled:
            (trouble, mark, isStopped) = (nil, StateMark("Disabled", .quiet), false)
        }
    }

    var id: String { entry.id }
    var path: String { "/console/dataflows/\(entry.id)" }

    /// What its target is called: for a stream its name.
    var targetName: String {
        target?.body["params"]?["stream"]?.string ?? target?.string("name") ?? "–"
    }

    var accountName: String { account?.string("name") ?? "–" }

    /// Whether an account with this id, or with a name that contains this, is how it is reached.
    func isReached(by text: String) -> Bool {
        account.map { $0.id == text || accountName.lowercased().contains(text.lowercased()) } ?? false
    }

    var audiences: Int { FlowTransformation(entry).audiences.count }
}

extension ConsoleDesk {
    /// All dataflows, the newest first.
    func dataflowReports() -> [DataflowReport] {
        let snapshot = control.snapshot
        return snapshot.entries(.flow).reversed().filter { $0.string("state") != FlowState.deleting }
            .map { DataflowReport($0, in: snapshot, dependencies) }
    }

    /// The dataflow that a path names.
    ///
    /// - Throws: `1430-404`.
    func dataflowReport(_ id: String) throws(APIError) -> DataflowReport {
        let snapshot = control.snapshot
        return DataflowReport(try snapshot.flowServiceEntry(.flow, id), in: snapshot, dependencies)
    }

    /// What a dataflow's books say, with the hours of a day.
    ///
    /// - Throws: ``APIError`` when the store cannot be read.
    func figures(of report: DataflowReport, at now: Timestamp) async throws(APIError) -> DataflowFigures {
        let day = Timestamp(milliseconds: now.milliseconds - 24 * BookedHour.length)
        guard let figures = try await figures(of: [report], since: day)[report.id] else {
            throw APIError(.internalError, "a stored flow id is no UUID")
        }
        return figures
    }

    /// What the books of some dataflows say, with the hour that runs and the one before it.
    ///
    /// - Returns: By the dataflow's id.
    /// - Throws: ``APIError`` when the store cannot be read.
    func figures(
        of reports: [DataflowReport],
        at now: Timestamp
    ) async throws(APIError) -> [String: DataflowFigures] {
        try await figures(of: reports, since: Timestamp(milliseconds: now.milliseconds - BookedHour.length))
    }

    private func figures(
        of reports: [DataflowReport],
        since instant: Timestamp
    ) async throws(APIError) -> [String: DataflowFigures] {
        let ids = reports.compactMap { UUIDBytes($0.id).map { Dataflow.ID(uuid: $0) } }
        guard !ids.isEmpty else { return [:] }
        let engine = dependencies.engine
        let (books, hours) = try await APIError.mapping { () throws(EngineError) in
            (try await engine.books(of: ids), try await engine.bookedHours(of: ids, since: instant))
        }
        let figures = books.map { id, books in
            (id.uuid.description, DataflowFigures(books: books, hours: hours[id] ?? []))
        }
        return Dictionary(figures) { first, _ in first }
    }
}
