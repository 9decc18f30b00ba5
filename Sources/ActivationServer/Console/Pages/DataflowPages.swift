import ActivationCore
import ActivationEngine
import Console

/// Dataflows: list, enable, disable.
struct DataflowPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Dataflows", "/console/dataflows")

    func add(to register: inout ConsoleRegister) {
        register.page("dataflows") { try await list($0) }
        register.page("dataflows/:id") { try await detail($0) }
        register.page("live/dataflows/:id/figures") { request in
            let report = try desk.dataflowReport(request.parameter("id"))
            return .data(await LiveFigures(desk, of: report).json(seen: request.query["seen"], at: request.now))
        }
        register.action("dataflows/:id/enable") { request in
            let id = request.parameter("id")
            let client = try request.client(of: desk.control.orgID)
            let change = try await desk.dataflows.enable(id, .reconcile, by: client)
            return .redirect("/console/dataflows/\(change.flow.id)", .dataflowEnabled)
        }
        register.action("dataflows/:id/disable") { request in
            let client = try request.client(of: desk.control.orgID)
            let change = try await desk.dataflows.disable(request.parameter("id"), by: client)
            return .redirect("/console/dataflows/\(change.flow.id)", .dataflowDisabled)
        }
    }

    private func list(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let all = desk.dataflowReports()
        let name = request.query["name"] ?? ""
        let state = request.query["state"] ?? ""
        let account = request.query["account"] ?? ""
        let onlyProblems = request.query["problems"] == "true"
        let found = all.filter { report in
            (name.isEmpty || report.name.lowercased().contains(name.lowercased()))
                && (state.isEmpty || report.mark.word == state) && (account.isEmpty || report.isReached(by: account))
                && (!onlyProblems || report.trouble != nil)
        }
        let (page, pager) = ListPlace.page(of: found, request, ("dataflow", "dataflows"), entry: \.entry)
        // Dataflows whose books cannot be read keep their lines.
        let figures = (try? await desk.figures(of: page, at: request.now)) ?? [:]
        let rows = page.map { row($0, figures[$0.id], now: request.now) }
        let states = ["Running", "Retrying", "Paused", "Disabled", "Cannot be used"]
        return .page(
            DataflowsPage(
                filters: [
                    FormField("name", "Name contains", .text(type: "search"), value: name),
                    FormField(
                        "state",
                        "State",
                        .choice([(value: "", label: "Any")] + states.map { (value: $0, label: $0) }),
                        value: state
                    ),
                    accountField(account),
                ],
                onlyProblems: FormField(
                    "problems",
                    "Problems only",
                    .toggle,
                    value: onlyProblems ? "true" : nil
                ),
                isFiltered: found.count != all.count,
                rows: rows,
                isEmpty: all.isEmpty,
                isNothingFound: found.isEmpty && !all.isEmpty,
                hasRows: !rows.isEmpty,
                pager: pager
            )
        )
    }

    /// Accounts in a choice; more of them would make every page long.
    private static let accountsMax = 50

    private func accountField(_ value: String) -> FormField {
        let accounts = desk.accountReports()
        guard accounts.count <= DataflowPages.accountsMax else {
            return FormField("account", "Account's name contains", .text(type: "search"), value: value)
        }
        let choices = accounts.map { (value: $0.id, label: $0.name) }
        return FormField("account", "Account", .choice([(value: "", label: "Any")] + choices), value: value)
    }

    private func row(_ report: DataflowReport, _ figures: DataflowFigures?, now: Timestamp) -> DataflowsPage.Row {
        DataflowsPage.Row(
            name: report.name,
            path: report.path,
            mark: report.mark,
            reason: report.trouble?.code,
            stream: report.targetName,
            account: report.accountName,
            audiences: Figure.count(report.audiences),
            delivered: figures.map { Figure.count($0.delivered(at: now).thisHour) } ?? "–",
            rate: figures?.rate(at: now) ?? "–",
            waiting: figures.map { Figure.count($0.books.pendingRows) } ?? "–",
            lag: figures?.lag(at: now),
            parked: figures.map { Figure.count($0.books.counters.deadLetters) } ?? "–",
            changed: Instant(report.entry.updatedAt, now: now),
            by: desk.name(of: report.entry.string("updatedBy"))
        )
    }
}
