import ActivationCore
import ActivationEngine
import Console

/// Alerts: what is the matter, what happened, what was told; rules and channels are in files of their own.
struct AlertPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Alerts", "/console/alerts")
    static let rules = PageFrame.Crumb("Rules", "/console/alerts/rules")
    static let channels = PageFrame.Crumb("Channels", "/console/alerts/channels")
    static let history = PageFrame.Crumb("History", "/console/alerts/history")
    static let deliveries = PageFrame.Crumb("Deliveries", "/console/alerts/deliveries")

    var alerts: AlertDesk { desk.dependencies.alerts }

    func add(to register: inout ConsoleRegister) {
        register.page("alerts") { try now($0) }
        register.form(
            "alerts/now/:alert/acknowledge",
            show: { try acknowledging($0) },
            submit: { try await acknowledge($0) }
        )
        register.form("alerts/now/:alert/snooze", show: { try snoozing($0) }, submit: { try await snooze($0) })
        register.page("alerts/history") { try await history($0) }
        register.page("alerts/deliveries") { try await deliveries($0) }
        addRules(to: &register)
        addChannels(to: &register)
    }

    // MARK: Now

    private func now(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let mayResolve = viewer.may(.resolveAlerts)
        let rows = alerts.alerts().map { alert in
            let path = "\(AlertPages.root.path)/now/\(alert.watch.id.percentEncoded())"
            return AlertsPage.Row(
                name: alert.watch.rule.name,
                mark: AlertPages.mark(alert.watch.rule.severity),
                flow: alert.watch.flow.map {
                    PageFrame.Crumb($0.string("name") ?? $0.id, "/console/dataflows/\($0.id.percentEncoded())")
                },
                text: alert.firing.finding.text,
                since: Instant(alert.firing.since, now: request.now),
                known: AlertPages.known(alert, at: request.now),
                acknowledge: mayResolve ? "\(path)/acknowledge" : nil,
                snooze: mayResolve ? "\(path)/snooze" : nil
            )
        }
        let hasRules = !AlertDesk.watches(desk.control.snapshot).isEmpty
        return .page(
            AlertsPage(
                places: [AlertPages.rules, AlertPages.channels]
                    + (viewer.may(.viewAlertsHistory) ? [AlertPages.history, AlertPages.deliveries] : []),
                rows: rows,
                isEmpty: rows.isEmpty,
                emptyText: hasRules
                    ? "Nothing is the matter." : "Nothing is watched yet. Make a rule, and a channel that tells it."
            )
        )
    }

    static func mark(_ severity: AlertSeverity) -> StateMark {
        switch severity {
        case .info: StateMark("Info", .quiet)
        case .warning: StateMark("Warning", .warning)
        case .critical: StateMark("Critical", .bad)
        }
    }

    private static func known(_ alert: AlertDesk.Alert, at now: Timestamp) -> String? {
        var words: [String] = []
        if let known = alert.firing.acknowledgement {
            words.append("\(known.author) knows" + (known.note.isEmpty ? "" : ": \(known.note)"))
        }
        if let end = alert.state.snoozedUntil, alert.state.isSnoozed(at: now) {
            words.append("silent until \(Instant(end, now: now).exact)")
        }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    /// The alert that a path names.
    private func alert(_ request: ConsoleRequest) throws(APIError) -> AlertDesk.Alert {
        let id = request.parameter("alert")
        guard let alert = alerts.alerts().first(where: { $0.watch.id.hasSameBytes(as: id) }) else {
            throw APIError(.consolePage, "this alert is over; the list of alerts shows those that are not")
        }
        return alert
    }

    private func acknowledging(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let alert = try alert(request)
        return .page(
            FormPage(
                "Acknowledge: \(alert.watch.rule.name)",
                under: [AlertPages.root],
                text: "It is not told again until it is over, or until more records are parked than now.",
                path: "\(AlertPages.root.path)/now/\(alert.watch.id.percentEncoded())/acknowledge",
                token: try request.signedIn().token,
                fields: [
                    FormField(
                        "note",
                        "Note",
                        .lines(3),
                        value: request.form["note"],
                        hint: "Who works on it, and how; everybody who sees alerts sees it.",
                        isOptional: true
                    )
                ],
                button: "Acknowledge",
                cancel: AlertPages.root.path
            )
        )
    }

    private func acknowledge(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let note = String((request.form["note"] ?? "").prefix(1_000))
        let author = try request.author().name
        _ = try await alerts.acknowledge(request.parameter("alert"), note: note, by: author)
        return .redirect(AlertPages.root.path, .alertAcknowledged)
    }

    private static let hours = [
        ("1", "1 hour"), ("8", "8 hours"), ("24", "1 day"), ("168", "7 days"), ("0", "No longer"),
    ]

    private func snoozing(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let alert = try alert(request)
        return .page(
            FormPage(
                "Snooze: \(alert.watch.rule.name)",
                under: [AlertPages.root],
                text: "No channel tells of it for a while. If it is still so then, they tell it once more.",
                path: "\(AlertPages.root.path)/now/\(alert.watch.id.percentEncoded())/snooze",
                token: try request.signedIn().token,
                fields: [
                    FormField(
                        "hours",
                        "For how long",
                        .choice(AlertPages.hours.map { (value: $0.0, label: $0.1) }),
                        value: request.form["hours"] ?? "1"
                    )
                ],
                button: "Snooze",
                cancel: AlertPages.root.path
            )
        )
    }

    private func snooze(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let typed = request.form["hours"] ?? ""
        guard AlertPages.hours.contains(where: { $0.0 == typed }), let hours = Int64(typed) else {
            throw APIError(.consolePage, "the form offers for how long; choose one of those")
        }
        let end = Timestamp(milliseconds: request.now.milliseconds &+ hours &* 3_600_000)
        _ = try await alerts.snooze(request.parameter("alert"), until: end, by: try request.author().name)
        return .redirect(AlertPages.root.path, .alertSnoozed)
    }

    // MARK: History and deliveries

    private func history(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let flow = request.query["flow"]
        let before = request.query["before"].flatMap { Int64($0) }
        let entries = try await alerts.history(about: flow, before: before, ListPlace.rows + 1)
        let page = entries.prefix(ListPlace.rows)
        let rows = page.map { entry in
            let json = entry.json
            let event = json["event"]?.string ?? ""
            let by = [json["by"]?.string, json["note"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
            return TablePage.Row(
                name: json["name"]?.string ?? "",
                path: nil,
                mark: AlertPages.eventMark(event),
                note: by.isEmpty ? nil : by.joined(separator: ": "),
                cells: [
                    TablePage.Cell("When", Instant(entry.at, now: request.now).exact),
                    TablePage.Cell("Dataflow", json["flowName"]?.string ?? "the server"),
                    TablePage.Cell("What was found", json["text"]?.string ?? ""),
                ]
            )
        }
        let filter = flow.map { "flow=\($0.percentEncoded())" }
        return .page(
            TablePage(
                "History of alerts",
                under: [AlertPages.root],
                text: "What happened, the newest first. It is kept for 365 days.",
                action: flow == nil ? nil : TablePage.Action(label: "Show all", path: AlertPages.history.path),
                what: "Alert",
                rows: Array(rows),
                emptyText: "Nothing has happened.",
                pager: AlertPages.pager(AlertPages.history.path, filter, before, entries.map(\.sequence))
            )
        )
    }

    private static func eventMark(_ event: String) -> StateMark {
        switch event {
        case "fired", "repeated": StateMark(event == "fired" ? "Began" : "Still", .bad)
        case "resolved": StateMark("Over", .good)
        case "happened": StateMark("Happened", .quiet)
        case "acknowledged": StateMark("Acknowledged", .quiet)
        case "snoozed": StateMark("Snoozed", .quiet)
        default: StateMark(event, .quiet)
        }
    }

    private func deliveries(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let channel = request.query["channel"]
        let before = request.query["before"].flatMap { Int64($0) }
        let found = try await alerts.deliveries(by: channel, before: before, ListPlace.rows + 1)
        let page = found.prefix(ListPlace.rows)
        let rows = page.map { delivery in
            let attempts = AlertAttempts(delivery.body)
            let next = delivery.due.map { "next at \(Instant($0, now: request.now).exact)" }
            return TablePage.Row(
                name: attempts?.notice.title ?? "",
                path: nil,
                mark: attempts.map { AlertPages.mark($0.state) },
                note: next,
                cells: [
                    TablePage.Cell("When", Instant(delivery.at, now: request.now).exact),
                    TablePage.Cell(
                        "Channel",
                        desk.control.entry(.alertChannel, delivery.channel)?.string("name") ?? "gone"
                    ),
                    TablePage.Cell("Last answer", attempts?.lastAnswer ?? "none yet"),
                    TablePage.Cell("Attempts", Figure.count(attempts?.count ?? 0), isNumber: true),
                ]
            )
        }
        let filter = channel.map { "channel=\($0.percentEncoded())" }
        return .page(
            TablePage(
                "Deliveries",
                under: [AlertPages.root],
                text: "What was told or is still to be told, the newest first. It is tried for a day and kept for 30.",
                action: channel == nil ? nil : TablePage.Action(label: "Show all", path: AlertPages.deliveries.path),
                what: "What was told",
                rows: Array(rows),
                emptyText: "Nothing was told.",
                pager: AlertPages.pager(AlertPages.deliveries.path, filter, before, found.map(\.sequence))
            )
        )
    }

    private static func mark(_ state: AlertAttempts.State) -> StateMark {
        switch state {
        case .waiting: StateMark("Waiting", .warning)
        case .delivered: StateMark("Delivered", .good)
        case .givenUp: StateMark("Given up", .bad)
        }
    }

    private static func pager(_ path: String, _ filter: String?, _ before: Int64?, _ sequences: [Int64]) -> Pager? {
        let hasMore = sequences.count > ListPlace.rows
        guard before != nil || hasMore else { return nil }
        return Pager(
            text: "",
            first: before == nil ? nil : path + (filter.map { "?\($0)" } ?? ""),
            next: hasMore
                ? "\(path)?before=\(sequences[ListPlace.rows - 1])" + (filter.map { "&\($0)" } ?? "") : nil
        )
    }

    /// A mistake that a service found, below the field that it names.
    static func mistake(_ error: APIError, _ fields: [String]) -> FormMistakes.Item {
        let pointer = error.detail.hasPrefix("/") ? error.detail.dropFirst().prefix { $0 != " " && $0 != ":" } : ""
        let key = pointer.split(separator: "/").first.map(String.init)
        let rest = error.detail.dropFirst(pointer.isEmpty ? 0 : pointer.utf8.count + 1)
        let text = rest.drop { $0 == ":" || $0 == " " }
        return FormMistakes.Item(
            field: key.flatMap { fields.contains($0) ? $0 : nil },
            text: "\(text.prefix(1).uppercased())\(text.dropFirst())."
        )
    }
}
