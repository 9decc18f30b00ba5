import ActivationCore
import Console

/// Datasets: which there are, how long their events stay, when they end, which merge policies name them.
struct DatasetPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("datasets") { list($0) }
        register.page("datasets/:id") { try hours($0) }
        register.form("datasets/:id/end", show: { try endForm($0) }, submit: { try await putEnd($0) })
        register.form("datasets/:id/keep", show: { try keepForm($0) }, submit: { try await keep($0) })
    }

    static let root = PageFrame.Crumb("Datasets", "/console/datasets")

    /// What came into one dataset by the hour.
    private func hours(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        guard let entry = desk.control.entry(.dataset, request.parameter("id")) else {
            throw APIError(.consolePage, "there is no dataset at this address")
        }
        let dataset = Dataset(entry)
        let hours = desk.dependencies.metrics.ingestion.hours(of: dataset.id, at: request.now)
        let rows = hours.reversed().map { hour in
            TablePage.Row(
                name: Instant(hour.start, now: request.now).exact,
                path: nil,
                mark: nil,
                note: nil,
                cells: [
                    TablePage.Cell("Taken", Figure.count(hour.outcome.accepted), isNumber: true),
                    TablePage.Cell("Refused", Figure.count(hour.outcome.refusals), isNumber: true),
                    TablePage.Cell("Reasons", DatasetPages.reasons(hour.outcome)),
                ]
            )
        }
        return .page(
            TablePage(
                dataset.name,
                under: [DatasetPages.root],
                text:
                    "\(endText(of: dataset.id, at: request.now))Messages by the hour, the last day since the server started. "
                    + "Id: \(dataset.id)",
                action: try request.signedIn().may(.applyLabels)
                    ? TablePage.Action(
                        label: "Labels",
                        path: "\(DatasetPages.root.path)/\(dataset.id.percentEncoded())/labels"
                    )
                    : nil,
                others: try endActions(on: dataset.id, request),
                what: "Hour that began",
                rows: rows,
                emptyText: "No message came in the last day since the server started."
            )
        )
    }

    private static func reasons(_ outcome: IngestionCounts.Outcome) -> String {
        let reasons = outcome.refused.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
        return reasons.isEmpty ? "–" : reasons.map { "\($0.key) \(Figure.count($0.value))" }.joined(separator: ", ")
    }

    private func list(_ request: ConsoleRequest) -> ConsoleAnswer {
        let (page, pager) = ListPlace.page(
            of: desk.control.entries(.dataset).reversed(),
            request,
            ("dataset", "datasets"),
            entry: \.self
        )
        let policies = desk.control.entries(.mergePolicy)
        let rows = page.map { entry in
            let dataset = Dataset(entry)
            let users = policies.filter { policy in
                policy.body["attributeMerge"]?["order"]?.array?.contains(.string(entry.id)) ?? false
            }
            let ingestion = desk.dependencies.metrics.ingestion
            let hour = ingestion.hours(of: dataset.id, at: request.now).last { hour in
                hour.start == IngestionCounts.hour(of: request.now)
            }
            let expiration = desk.control.snapshot.expiration(ofDataset: entry.id).map(desk.dependencies.shown)
            let days = EventExpiration(of: entry.body).map { Figure.count($0.days, "day") }
            return TablePage.Row(
                name: dataset.name,
                path: "\(DatasetPages.root.path)/\(dataset.id.percentEncoded())",
                mark: expiration?.status == .executing || expiration?.status == .completed
                    ? StateMark("Ended", .quiet) : nil,
                note: dataset.name == dataset.id ? nil : dataset.id,
                cells: [
                    TablePage.Cell(
                        "Taken this hour",
                        Figure.count(hour?.outcome.accepted ?? 0),
                        isNumber: true
                    ),
                    TablePage.Cell("Refused", Figure.count(hour?.outcome.refusals ?? 0), isNumber: true),
                    TablePage.Cell("Events stay", days ?? "for ever"),
                    TablePage.Cell(
                        "Ends",
                        expiration.flatMap {
                            $0.status == .cancelled ? nil : Instant($0.expiration.expiry, now: request.now).exact
                        } ?? "never"
                    ),
                    TablePage.Cell("Written when", dataset.usesSourceTime ? "the record says so" : "it came in"),
                    TablePage.Cell(
                        "Ordered by",
                        users.isEmpty ? "–" : users.compactMap { $0.string("name") }.joined(separator: ", ")
                    ),
                    TablePage.Cell("Made", Instant(entry.createdAt, now: request.now).exact),
                ]
            )
        }
        return .page(
            TablePage(
                "Datasets",
                text:
                    "Where data comes from. Requests that name a new dataset make it; the API sets how long events stay.",
                action: nil,
                what: "Name",
                rows: rows,
                emptyText: "No dataset yet. The first request that brings data makes one.",
                pager: pager
            )
        )
    }
}
