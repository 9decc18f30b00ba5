import ActivationCore
import Console

/// Accounts: list, detail, rotate, delete.
struct AccountPages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Accounts", "/console/accounts")

    func add(to register: inout ConsoleRegister) {
        register.page("accounts") { list($0) }
        register.page("accounts/:id") { try detail($0) }
        register.form("accounts/:id/rotate", show: { try rotation($0) }, submit: { try await rotate($0) })
        register.form("accounts/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private func list(_ request: ConsoleRequest) -> ConsoleAnswer {
        let (reports, pager) = ListPlace.page(
            of: desk.accountReports(),
            request,
            ("account", "accounts"),
            entry: \.entry
        )
        let rows = reports.map { report in
            let params = report.entry.body["auth"]?["params"]
            return AccountsPage.Row(
                name: report.name,
                path: report.path,
                kind: report.kind.name,
                key: report.shown.first?.value ?? "–",
                region: params?["region"]?.string ?? params?["connectionUrl"]?.string ?? "–",
                dataflows: Figure.count(report.dataflows.count),
                made: Instant(report.entry.createdAt, now: request.now),
                by: desk.name(of: report.entry.string("createdBy"))
            )
        }
        return .page(AccountsPage(rows: rows, isEmpty: rows.isEmpty, pager: pager))
    }

    private func detail(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.accountReport(request.parameter("id"))
        let snapshot = desk.control.snapshot
        let (used, pager) = ListPlace.page(
            of: report.dataflows.reversed(),
            request,
            ("dataflow", "dataflows"),
            entry: \.self
        )
        let uses = used.map { entry in
            let flow = DataflowReport(entry, in: snapshot, desk.dependencies)
            return AccountPage.Use(name: flow.name, path: flow.path, stream: flow.targetName, mark: flow.mark)
        }
        let entry = report.entry
        let description = entry.string("description") ?? ""
        return .page(
            AccountPage(
                title: report.name,
                crumbs: [AccountPages.root],
                description: description.isEmpty ? nil : description,
                path: report.path,
                facts: [AccountPage.Fact(label: "Destination", value: report.kind.name)]
                    + report.shown.map { AccountPage.Fact(label: $0.label, value: $0.value) },
                made: Instant(entry.createdAt, now: request.now),
                madeBy: desk.name(of: entry.string("createdBy")),
                changed: Instant(entry.updatedAt, now: request.now),
                changedBy: desk.name(of: entry.string("updatedBy")),
                uses: uses,
                isUnused: uses.isEmpty,
                pager: pager,
                mayManage: try request.signedIn().may(.manageDestinations),
                id: report.id,
                etag: entry.etag
            )
        )
    }

    // MARK: Rotate

    private func rotation(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let report = try desk.accountReport(request.parameter("id"))
        let mistakes = FormMistakes(items)
        let present = report.entry.body["auth"]?["params"]
        let isTyped = !request.form.items.isEmpty
        let fields = AccountReport.fields(of: report.signIn).map { field in
            field.input(
                value: isTyped ? request.form[field.key] : field.isRequired ? nil : present?[field.key]?.string,
                error: mistakes?.text(of: field.key)
            )
        }
        let uses = Figure.count(report.dataflows.count, "dataflow")
        let page = FormPage(
            "Rotate credentials of \(report.name)",
            under: [AccountPages.root, PageFrame.Crumb(report.name, report.path)],
            text:
                "The new credentials are tried on every target in use before they are kept (\(uses)); until then the old "
                + "ones stay. No record is lost.",
            mistakes: mistakes,
            path: "\(report.path)/rotate",
            token: try request.signedIn().token,
            hidden: [FormPage.Hidden(name: "etag", value: request.form["etag"] ?? report.entry.etag)],
            fields: fields,
            button: "Check and keep",
            cancel: report.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func rotate(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.accountReport(request.parameter("id"))
        let params = AccountReport.params(request.form, of: report.signIn)
        let patch = try JSONPatch([["op": "replace", "path": "/auth/params", "value": .object(params)]])
        do throws(APIError) {
            _ = try await desk.connections.update(
                report.id,
                ifMatch: request.form["etag"] ?? "",
                patch,
                by: try request.client(of: desk.control.orgID),
                mayWriteOnly: true
            )
        } catch {
            guard error.code.status == 400 || error.code == .matchFailed else { throw error }
            return try rotation(request, [AccountPages.mistake(error, in: report)])
        }
        return .redirect(report.path, .accountRotated)
    }

    private static func mistake(_ error: APIError, in report: AccountReport) -> FormMistakes.Item {
        if error.code == .matchFailed {
            let text = "Somebody changed the account meanwhile. Look at it again, then rotate once more."
            return FormMistakes.Item(field: nil, text: text)
        }
        let labels = AccountReport.fields(of: report.signIn).map { ($0.key, $0.label) }
        return ConnectPages.mistake(error, "/auth/params", labels)
    }

    // MARK: Delete

    private func deletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.accountReport(request.parameter("id"))
        let isUsed = !report.dataflows.isEmpty
        return .page(
            ConfirmPage(
                title: "Delete \(report.name)",
                crumbs: [AccountPages.root, PageFrame.Crumb(report.name, report.path)],
                text: "The account and its secrets go. This cannot be undone.",
                obstacle: isUsed ? "These dataflows use it; delete them first:" : nil,
                obstacles: report.dataflows.prefix(20).map {
                    PageFrame.Crumb($0.string("name") ?? $0.id, "/console/dataflows/\($0.id)")
                },
                path: "\(report.path)/delete",
                token: try request.signedIn().token,
                etag: request.form["etag"] ?? report.entry.etag,
                button: "Delete account",
                cancel: report.path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.accountReport(request.parameter("id"))
        do throws(APIError) {
            try await desk.connections.delete(
                report.id,
                ifMatch: request.form["etag"],
                by: try request.client(of: desk.control.orgID)
            )
        } catch {
            // The page itself tells what stands in the way.
            guard error.code == .connectionInUse else { throw error }
            return try deletion(request)
        }
        return .redirect("/console/accounts", .accountDeleted)
    }
}
