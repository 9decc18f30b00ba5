import ActivationCore
import ActivationEngine
import Console

/// Backfills of a dataflow: watch, begin, pause, resume, slow down, cancel.
struct BackfillPages: Sendable {
    let desk: ConsoleDesk

    private static let path = "dataflows/:id/backfills"

    func add(to register: inout ConsoleRegister) {
        register.page(BackfillPages.path) { try list($0) }
        register.form("\(BackfillPages.path)/new", show: { try beginning($0) }, submit: { try await begin($0) })
        register.action("\(BackfillPages.path)/:backfill") { try await change($0) }
        register.form(
            "\(BackfillPages.path)/:backfill/cancel",
            show: { try cancelling($0) },
            submit: { try await cancel($0) }
        )
    }

    /// The way to the backfills of a dataflow.
    static func path(of report: DataflowReport) -> String { "\(report.path)/backfills" }

    private static func crumbs(_ report: DataflowReport) -> [PageFrame.Crumb] {
        [DataflowPages.root, PageFrame.Crumb(report.name, report.path)]
    }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        // Before anything that the page shows, so that what changes meanwhile is noticed.
        let figures = LiveFigures(desk, of: report).path
        let all = desk.backfillReports(of: report)
        let (page, pager) = ListPlace.page(of: all, request, ("backfill", "backfills"), entry: \.entry)
        let path = BackfillPages.path(of: report)
        let mayActivate = viewer.may(.activateDestinations)
        return .page(
            BackfillsPage(
                crumbs: BackfillPages.crumbs(report),
                name: report.name,
                path: path,
                token: viewer.token,
                figures: figures,
                canBegin: mayActivate && report.audiences > 0,
                rows: page.map { row($0, path, mayChange: mayActivate, now: request.now) },
                isEmpty: all.isEmpty,
                pager: pager
            )
        )
    }

    private func row(
        _ backfill: BackfillReport,
        _ path: String,
        mayChange: Bool,
        now: Timestamp
    ) -> BackfillsPage.Row {
        let names = backfill.entry.backfilledAudiences?.map { desk.audienceName($0) }
        let isOpen = backfill.isOpen && mayChange
        return BackfillsPage.Row(
            id: backfill.entry.id,
            path: "\(path)/\(backfill.entry.id)",
            origin: backfill.origin,
            audiences: names.map { names in
                names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
            } ?? "all mapped audiences",
            mark: backfill.mark,
            reason: backfill.isOpen && backfill.isPaused ? nil : backfill.run?.reason,
            progress: backfill.progress,
            text: backfill.text,
            began: Instant(backfill.began, now: now),
            by: desk.name(of: backfill.entry.string("createdBy")),
            canPause: isOpen && !backfill.isPaused,
            canResume: isOpen && backfill.isPaused,
            isOpen: isOpen,
            rate: isOpen
                ? BackfillPages.rateField(
                    "rate-\(backfill.entry.id)",
                    backfill.entry.body["recordsPerSecond"]?.int64.map { String($0) }
                ) : nil
        )
    }

    private static func rateField(_ name: String, _ value: String?, error: String? = nil) -> FormField {
        FormField(
            name,
            "Records a second at most",
            value: value,
            hint: "Empty: as many as the server allows.",
            error: error,
            isOptional: true
        )
    }

    // MARK: Begin

    private func beginning(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let mistakes = FormMistakes(items)
        let mapped = FlowTransformation(report.entry).audiences.map { mapped in
            let id = mapped.audience.uuid.description
            return (value: id, label: desk.audienceName(id))
        }
        let path = BackfillPages.path(of: report)
        let page = FormPage(
            "Send members again",
            under: BackfillPages.crumbs(report) + [PageFrame.Crumb("Backfills", path)],
            text: "Everybody who is a member now is sent as they are. Changes that happen meanwhile go first.",
            mistakes: mistakes,
            path: "\(path)/new",
            token: try request.signedIn().token,
            fields: [
                FormField(
                    "audience",
                    "Members of",
                    .choice([(value: "", label: "All mapped audiences")] + mapped),
                    value: request.form["audience"],
                    error: mistakes?.text(of: "audience")
                ),
                BackfillPages.rateField("rate", request.form["rate"], error: mistakes?.text(of: "rate")),
            ],
            button: "Start",
            cancel: path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func begin(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let audience = request.form["audience"] ?? ""
        var wish = DataflowBackfills.Wish(audiences: audience.isEmpty ? nil : [audience])
        do throws(APIError) {
            wish.recordsPerSecond = try BackfillPages.rate(request.form["rate"])
        } catch {
            return try beginning(request, [BackfillPages.mistake("rate", error)])
        }
        do throws(APIError) {
            let client = try request.client(of: desk.control.orgID)
            _ = try await desk.backfills.begin(report.id, wish, by: client)
        } catch {
            guard error.code.status == 400 || error.code == .conflict else { throw error }
            return try beginning(request, [BackfillPages.mistake(audience.isEmpty ? nil : "audience", error)])
        }
        return .redirect(BackfillPages.path(of: report), .backfillBegun)
    }

    /// A number of records a second, digits in groups as pages write them or not; nil for an empty text.
    private static func rate(_ text: String?) throws(APIError) -> Int64? {
        let text = (text ?? "").trimmingSpaces
        let isGrouped = text.wholeMatch(of: /[0-9]{1,3}([, ][0-9]{3})+/) != nil
        return text.isEmpty ? nil : try DataflowBackfills.rate(Int64(isGrouped ? text.filter(\.isNumber) : text))
    }

    private static func mistake(_ field: String?, _ error: APIError) -> FormMistakes.Item {
        let text = error.detail.replacing("/recordsPerSecond is", with: "It is")
        return FormMistakes.Item(field: field, text: "\(text).")
    }

    // MARK: Change

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let order = try order(request, of: report)
        let client = try request.client(of: desk.control.orgID)
        switch request.form["do"] {
        case "pause":
            _ = try await desk.backfills.change(order.id, by: client) { $0["wish"] = "paused" }
        case "resume":
            _ = try await desk.backfills.change(order.id, by: client) { $0["wish"] = "running" }
        case "rate":
            let rate = try BackfillPages.rate(request.form["rate-\(order.id)"])
            _ = try await desk.backfills.change(order.id, by: client) { body in
                body["recordsPerSecond"] = rate.map { .integer($0) }
            }
        default: throw APIError(.queryInvalid, "a backfill is paused, resumed, or gets another rate")
        }
        return .redirect(BackfillPages.path(of: report), .backfillChanged)
    }

    private func cancelling(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let order = try order(request, of: report)
        let backfill = BackfillReport(order, desk.dependencies.engine.backfillRuns)
        let left = backfill.run.map { max($0.total - $0.processed, 0) } ?? 0
        let path = BackfillPages.path(of: report)
        return .page(
            ConfirmPage(
                title: "Cancel the backfill",
                crumbs: BackfillPages.crumbs(report) + [PageFrame.Crumb("Backfills", path)],
                text: "\(Figure.count(left, "profile")) had no turn yet and get none. What was sent stays sent.",
                obstacle: backfill.isOpen ? nil : "It has ended.",
                obstacles: [],
                path: "\(path)/\(order.id)/cancel",
                token: try request.signedIn().token,
                etag: order.etag,
                button: "Cancel backfill",
                cancel: path
            )
        )
    }

    private func cancel(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let order = try order(request, of: report)
        let client = try request.client(of: desk.control.orgID)
        _ = try await desk.backfills.change(order.id, by: client) { $0["wish"] = "cancelled" }
        return .redirect(BackfillPages.path(of: report), .backfillCancelled)
    }

    /// The order that a path names.
    ///
    /// - Throws: `BACKFILL_UNKNOWN`, also for one of another dataflow.
    private func order(_ request: ConsoleRequest, of report: DataflowReport) throws(APIError) -> ControlEntry {
        let order = try desk.backfills.order(request.parameter("backfill"))
        guard order.string("dataflowId") == report.id else {
            throw APIError(.backfillUnknown, "the dataflow has no backfill with this id")
        }
        return order
    }
}
