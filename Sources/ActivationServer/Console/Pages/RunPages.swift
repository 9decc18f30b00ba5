import ActivationCore
import ActivationEngine
import Console

/// What became of a dataflow's records hour by hour, and in an hour audience by audience (BEHAVIOUR 1.11).
struct RunPages: Sendable {
    let desk: ConsoleDesk

    private static let path = "dataflows/:id/runs"

    func add(to register: inout ConsoleRegister) {
        register.page(RunPages.path) { try await list($0) }
        register.page("\(RunPages.path)/:hour") { try await show($0) }
    }

    private func list(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let hours = try await hours(of: report, withAudiences: false).reversed()
        let before = request.query["before"].flatMap { Int64($0) } ?? .max
        let rest = hours.drop { BookedHour.number(of: $0.start) >= before }
        let page = rest.prefix(ListPlace.rows)
        let path = "\(report.path)/runs"
        let last = page.last.map { BookedHour.number(of: $0.start) }
        return .page(
            TablePage(
                "Runs",
                under: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                text:
                    "Each hour in which anything happened, for 30 days. What is triggered in one may be delivered in the next.",
                action: nil,
                what: "Hour that began",
                rows: page.map { hour in
                    TablePage.Row(
                        name: Instant(hour.start, now: request.now).exact,
                        path: "\(path)/\(BookedHour.number(of: hour.start))",
                        mark: nil,
                        note: nil,
                        cells: RunPages.cells(RunFigures(hour.counters))
                    )
                },
                emptyText: "No record was triggered yet.",
                pager: Pager(
                    text: Figure.count(hours.count, "hour"),
                    first: before == .max ? nil : path,
                    next: rest.count > page.count ? last.map { "\(path)?before=\($0)" } : nil
                )
            )
        )
    }

    private func show(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let number = Int64(request.parameter("hour"))
        guard let hour = try await hours(of: report).first(where: { BookedHour.number(of: $0.start) == number }) else {
            throw APIError(.consolePage, "there is no run at this address; those of long ago are forgotten")
        }
        return .page(
            TablePage(
                Instant(hour.start, now: request.now).exact,
                under: [
                    DataflowPages.root, PageFrame.Crumb(report.name, report.path),
                    PageFrame.Crumb("Runs", "\(report.path)/runs"),
                ],
                text:
                    "Records count for the audiences of which they tell: those that were entered or left, or that a backfill "
                    + "was about. One that tells of several counts for each.",
                action: nil,
                what: "Audience",
                rows: rows(of: hour, report),
                emptyText: "This hour began before records were counted by audience."
            )
        )
    }

    /// The mapped audiences, others of which records told, and what tells of none.
    private func rows(of hour: BookedHour, _ report: DataflowReport) -> [TablePage.Row] {
        guard let books = hour.audiences else { return [] }
        let end = Timestamp(milliseconds: hour.start.milliseconds &+ BookedHour.length)
        let mapped = FlowTransformation(report.entry).audiences.filter { $0.createdAt < end }.map(\.audience)
        let others = books.audiences.keys.filter { !mapped.contains($0) }.sorted { $0.uuid < $1.uuid }
        let audiences = (mapped + others).map { audience in
            let id = audience.uuid.description
            return TablePage.Row(
                name: desk.audienceName(id),
                path: desk.control.entry(.segmentDefinition, id).map { _ in "/console/audiences/\(id)" },
                mark: nil,
                note: nil,
                cells: RunPages.cells(RunFigures(books.audiences[audience] ?? DataflowCounters()))
            )
        }
        let rest = [
            ("No audience", "attributes or identities alone", hour.counters.since(books.told)),
            ("All records", "each once", hour.counters),
        ]
        return audiences
            + rest.map { name, note, counters in
                TablePage.Row(
                    name: name,
                    path: nil,
                    mark: nil,
                    note: note,
                    cells: RunPages.cells(RunFigures(counters))
                )
            }
    }

    private func hours(of report: DataflowReport, withAudiences: Bool = true) async throws(APIError) -> [BookedHour] {
        guard let uuid = UUIDBytes(report.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        let (engine, id) = (desk.dependencies.engine, Dataflow.ID(uuid: uuid))
        return try await APIError.mapping { () throws(EngineError) in
            guard !withAudiences else { return try await engine.bookedHours(id) }
            return try await engine.bookedHours(of: [id], since: Timestamp(milliseconds: 0))[id] ?? []
        }
    }

    private static func cells(_ figures: RunFigures) -> [TablePage.Cell] {
        [
            TablePage.Cell("Triggered", Figure.count(figures.input), isNumber: true),
            TablePage.Cell("Delivered", Figure.count(figures.output), isNumber: true),
            TablePage.Cell("Refused", Figure.count(figures.failed), isNumber: true),
            TablePage.Cell("Suppressed", Figure.count(figures.skipped), isNumber: true),
        ]
    }
}
