import ActivationCore
import Console

/// Datasets: which there are, how long their events stay, which merge policies name them.
struct DatasetPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("datasets") { list($0) }
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
            let days = EventExpiration(of: entry.body).map { Figure.count($0.days, "day") }
            return TablePage.Row(
                name: dataset.name,
                path: nil,
                mark: nil,
                note: dataset.name == dataset.id ? nil : dataset.id,
                cells: [
                    TablePage.Cell("Events stay", days ?? "for ever"),
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
