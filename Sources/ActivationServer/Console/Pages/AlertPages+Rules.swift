import ActivationCore
import Console

/// Rules: list, make, change, delete.
extension AlertPages {
    func addRules(to register: inout ConsoleRegister) {
        register.page("alerts/rules") { try ruleList($0) }
        register.form("alerts/rules/new", show: { try ruleForm($0, of: nil) }, submit: { try await keepRule($0) })
        register.form(
            "alerts/rules/:id",
            show: { try ruleForm($0, of: try alerts.rule($0.parameter("id"), in: desk.control.snapshot)) },
            submit: { try await keepRule($0) }
        )
        register.form("alerts/rules/:id/delete", show: { try deletingRule($0) }, submit: { try await deleteRule($0) })
    }

    private static let fields = [
        "kind", "name", "threshold", "windowSeconds", "repeatSeconds", "flowId", "severity", "enabled", "channels",
    ]

    private func ruleList(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let mayManage = try request.signedIn().may(.manageAlerts)
        let rows = desk.control.entries(.alertRule).compactMap { entry -> TablePage.Row? in
            guard let rule = AlertRule(entry) else { return nil }
            return TablePage.Row(
                name: rule.name,
                path: mayManage ? "\(AlertPages.rules.path)/\(rule.id.percentEncoded())" : nil,
                mark: rule.isEnabled ? AlertPages.mark(rule.severity) : StateMark("Off", .quiet),
                note: rule.kind.meaning,
                cells: [
                    TablePage.Cell("Threshold", AlertPages.words(rule)),
                    TablePage.Cell("About", AlertPages.subject(rule, desk.control.snapshot)),
                    TablePage.Cell("Told by", AlertPages.told(rule, desk.control.snapshot)),
                ]
            )
        }
        return .page(
            TablePage(
                "Alert rules",
                under: [AlertPages.root],
                text: "When somebody is told. What was chosen with a dataflow, under its Alerts, is told too.",
                action: mayManage
                    ? TablePage.Action(label: "Make a rule", path: "\(AlertPages.rules.path)/new") : nil,
                what: "Rule",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private static func words(_ rule: AlertRule) -> String {
        guard let threshold = rule.kind.threshold, let value = rule.threshold else { return "any" }
        return "\(AlertThreshold.number(value).text) \(threshold.unit)"
    }

    private static func subject(_ rule: AlertRule, _ snapshot: ControlSnapshot) -> String {
        guard rule.kind.isOfDataflow else { return "the server" }
        guard let id = rule.dataflow else { return "every dataflow" }
        return snapshot.entry(.flow, id)?.string("name") ?? "a dataflow that is gone"
    }

    private static func told(_ rule: AlertRule, _ snapshot: ControlSnapshot) -> String {
        guard let channels = rule.channels else { return "all channels" }
        let names = channels.map { snapshot.entry(.alertChannel, $0)?.string("name") ?? "a channel that is gone" }
        return names.isEmpty ? "nobody" : names.joined(separator: ", ")
    }

    // MARK: Make and change

    private static func channelField(_ id: String) -> String { "channel-\(id)" }

    /// A rule as the form has it.
    private static func typed(_ rule: AlertRule, _ snapshot: ControlSnapshot) -> [String: String] {
        var typed = [
            "kind": rule.kind.rawValue, "name": rule.name, "windowSeconds": String(rule.windowSeconds),
            "repeatSeconds": String(rule.repeatSeconds), "flowId": rule.dataflow ?? "",
            "severity": rule.severity.rawValue, "enabled": rule.isEnabled ? "true" : "",
        ]
        typed["threshold"] = rule.threshold.map { AlertThreshold.number($0).text }
        for channel in rule.channels ?? [] { typed[channelField(channel)] = "true" }
        return typed
    }

    private func ruleForm(
        _ request: ConsoleRequest,
        of entry: ControlEntry?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let snapshot = desk.control.snapshot
        let stored = entry.flatMap(AlertRule.init).map { AlertPages.typed($0, snapshot) } ?? ["enabled": "true"]
        let isTyped = request.form["kind"] != nil
        func value(_ key: String) -> String? { isTyped ? request.form[key] : stored[key] }
        func text(_ key: String, _ label: String, _ hint: String) -> FormField {
            FormField(
                key,
                label,
                value: value(key),
                hint: hint,
                error: mistakes?.text(of: key),
                isOptional: true
            )
        }
        let channels = snapshot.entries(.alertChannel).prefix(AlertRule.channelsMax).map { channel in
            FormField(
                AlertPages.channelField(channel.id),
                "Tell by \(channel.string("name") ?? channel.id)",
                .toggle,
                value: value(AlertPages.channelField(channel.id)),
                hint: "With none switched on all channels tell it."
            )
        }
        let names = snapshot.entries(.flow).prefix(100).compactMap { $0.string("name") }
        let path = "\(AlertPages.rules.path)/\(entry?.id.percentEncoded() ?? "new")"
        return .page(
            FormPage(
                entry == nil ? "New alert rule" : "Alert rule",
                under: [AlertPages.root, AlertPages.rules],
                text: "What is left empty is the kind's own.",
                mistakes: mistakes,
                path: path,
                token: try request.signedIn().token,
                hidden: entry.map { [FormPage.Hidden(name: "etag", value: request.form["etag"] ?? $0.etag)] } ?? [],
                fields: [
                    FormField(
                        "kind",
                        "What it is about",
                        .choice(AlertKind.allCases.map { (value: $0.rawValue, label: AlertPages.label($0)) }),
                        value: value("kind"),
                        error: mistakes?.text(of: "kind")
                    ),
                    text("threshold", "Threshold", "From which figure on, for the disk below which."),
                    FormField(
                        "flowId",
                        "Dataflow",
                        .suggestion(names),
                        value: value("flowId"),
                        hint: "Its id or its name; empty: every dataflow.",
                        error: mistakes?.text(of: "flowId"),
                        isOptional: true
                    ),
                    FormField(
                        "severity",
                        "How bad it is",
                        .choice(
                            [(value: "", label: "As usual for the kind")]
                                + AlertSeverity.allCases.map { (value: $0.rawValue, label: $0.rawValue) }
                        ),
                        value: value("severity") ?? "",
                        error: mistakes?.text(of: "severity")
                    ),
                    text("name", "Name", "What the alert is called."),
                    text(
                        "windowSeconds",
                        "Window, in seconds",
                        "For so long it has to be so before it is told, and not be so before it is over."
                    ),
                    text("repeatSeconds", "Tell again after, in seconds", "0: never. Empty: 36000, ten hours."),
                    FormField("enabled", "It is on", .toggle, value: value("enabled")),
                ] + channels,
                button: "Save",
                cancel: AlertPages.rules.path,
                deletion: entry == nil ? nil : "\(path)/delete"
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private static func label(_ kind: AlertKind) -> String {
        kind.threshold.map { "\(kind.title) (\($0.unit))" } ?? kind.title
    }

    private func keepRule(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let form = request.form
        let id = request.parameter("id")
        let snapshot = desk.control.snapshot
        let entry = id.isEmpty ? nil : try alerts.rule(id, in: snapshot)
        do throws(APIError) {
            let fields = try Fields(.object(try AlertPages.body(form, snapshot)))
            let author = try request.author()
            if let entry {
                _ = try await alerts.replaceRule(entry.id, fields, ifMatch: form["etag"] ?? "", by: author)
            } else {
                _ = try await alerts.createRule(fields, by: author)
            }
        } catch {
            guard error.code == .fieldInvalid else { throw error }
            return try ruleForm(request, of: entry, [AlertPages.mistake(error, AlertPages.fields)])
        }
        return .redirect(AlertPages.rules.path, .alertRuleKept)
    }

    /// What was typed as the body of a rule.
    private static func body(_ form: QueryItems, _ snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        var body: JSONObject = ["enabled": .bool(form["enabled"] == "true")]
        for key in ["kind", "name", "severity"] {
            if let text = form[key]?.trimmingSpaces, !text.isEmpty { body[key] = .string(text) }
        }
        for key in ["threshold", "windowSeconds", "repeatSeconds"] {
            guard let text = form[key]?.trimmingSpaces, !text.isEmpty else { continue }
            // A number as JSON has it, so that the API and this form take the same ones.
            body[key] = (try? JSONValue(parsing: text)).flatMap { $0.double == nil ? nil : $0 } ?? .string(text)
        }
        if let flow = form["flowId"]?.trimmingSpaces, !flow.isEmpty {
            let named = snapshot.entries(.flow).filter { $0.string("name")?.hasSameBytes(as: flow) ?? false }
            guard named.count < 2 else {
                throw APIError(.fieldInvalid, "/flowId: several dataflows are called so; give the id")
            }
            body["flowId"] = .string(named.first?.id ?? flow)
        }
        let channels = snapshot.entries(.alertChannel).map(\.id).filter { form[channelField($0)] == "true" }
        if !channels.isEmpty { body["channels"] = .array(channels.map { .string($0) }) }
        return body
    }

    // MARK: Delete

    private func deletingRule(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let entry = try alerts.rule(request.parameter("id"), in: desk.control.snapshot)
        let path = "\(AlertPages.rules.path)/\(entry.id.percentEncoded())"
        return .page(
            ConfirmPage(
                title: "Delete the rule \(entry.string("name") ?? "")",
                crumbs: [AlertPages.root, AlertPages.rules],
                text: "Its alerts are over without a word. What is on its way is still told.",
                obstacle: nil,
                obstacles: [],
                path: "\(path)/delete",
                token: try request.signedIn().token,
                etag: entry.etag,
                button: "Delete rule",
                cancel: path
            )
        )
    }

    private func deleteRule(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let tag = request.form["etag"] ?? ""
        try await alerts.deleteRule(request.parameter("id"), ifMatch: tag, by: try request.author())
        return .redirect(AlertPages.rules.path, .alertRuleDeleted)
    }
}
