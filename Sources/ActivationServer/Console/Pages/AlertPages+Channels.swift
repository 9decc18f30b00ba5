import ActivationCore
import Console

/// Channels: list, make, change, try, delete.
extension AlertPages {
    func addChannels(to register: inout ConsoleRegister) {
        register.page("alerts/channels") { try channelList($0) }
        register.form("alerts/channels/new", show: { try typeForm($0) }, submit: { try chooseType($0) })
        register.form(
            "alerts/channels/new/:type",
            show: { try channelForm($0, of: nil) },
            submit: { try await keepChannel($0) }
        )
        register.form(
            "alerts/channels/:id",
            show: { try channelForm($0, of: try alerts.channel($0.parameter("id"), in: desk.control.snapshot)) },
            submit: { try await keepChannel($0) }
        )
        register.form("alerts/channels/:id/test", show: { try testing($0) }, submit: { try await test($0) })
        register.form(
            "alerts/channels/:id/delete",
            show: { try deletingChannel($0) },
            submit: { try await deleteChannel($0) }
        )
    }

    private func channelList(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let mayManage = try request.signedIn().may(.manageAlerts)
        let rows = desk.control.entries(.alertChannel).map { entry in
            let to = (entry.body["to"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
            return TablePage.Row(
                name: entry.string("name") ?? entry.id,
                path: mayManage ? "\(AlertPages.channels.path)/\(entry.id.percentEncoded())" : nil,
                mark: entry.body["enabled"] == false ? StateMark("Off", .quiet) : StateMark("On", .good),
                note: nil,
                cells: [
                    TablePage.Cell("Type", entry.string("type") ?? ""),
                    TablePage.Cell("Leads to", entry.string("url") ?? "\(to) by \(entry.string("host") ?? "")"),
                ]
            )
        }
        return .page(
            TablePage(
                "Alert channels",
                under: [AlertPages.root],
                text: "By which ways somebody is told.",
                action: mayManage
                    ? TablePage.Action(label: "Make a channel", path: "\(AlertPages.channels.path)/new") : nil,
                what: "Channel",
                rows: rows,
                emptyText: "There is none: alerts show on these pages alone."
            )
        )
    }

    // MARK: Make and change

    private func typeForm(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        .page(
            FormPage(
                "New alert channel",
                under: [AlertPages.root, AlertPages.channels],
                text: "A webhook gets signed JSON, Slack and what is compatible with it a line of text.",
                path: "\(AlertPages.channels.path)/new",
                token: try request.signedIn().token,
                fields: [
                    FormField(
                        "type",
                        "Type",
                        .choice(AlertChannel.Kind.allCases.map { (value: $0.rawValue, label: AlertPages.title($0)) }),
                        value: request.form["type"] ?? AlertChannel.Kind.webhook.rawValue
                    )
                ],
                button: "Next",
                cancel: AlertPages.channels.path
            )
        )
    }

    private static func title(_ kind: AlertChannel.Kind) -> String {
        switch kind {
        case .webhook: "Webhook"
        case .slack: "Slack-compatible webhook"
        case .email: "E-mail"
        }
    }

    private func chooseType(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        .redirect("\(AlertPages.channels.path)/new/\(try AlertPages.kind(request.form["type"]).rawValue)")
    }

    private static func kind(_ word: String?) throws(APIError) -> AlertChannel.Kind {
        guard let kind = word.flatMap({ AlertChannel.Kind(rawValue: $0) }) else {
            throw APIError(.consolePage, "there is no such type of channel; the form offers those there are")
        }
        return kind
    }

    private func channelForm(
        _ request: ConsoleRequest,
        of entry: ControlEntry?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let kind = try AlertPages.kind(entry?.string("type") ?? request.parameter("type"))
        let mistakes = FormMistakes(items)
        let form = ChannelForm(kind, of: entry, request.form, mistakes)
        let isNew = entry == nil
        let path = AlertPages.channels.path + "/" + (entry?.id.percentEncoded() ?? "new/\(kind.rawValue)")
        return .page(
            FormPage(
                isNew ? "New channel: \(AlertPages.title(kind))" : "Alert channel",
                under: [AlertPages.root, AlertPages.channels],
                text: kind == .webhook
                    ? "It is asked with ?challenge=VALUE first, and has to answer with VALUE."
                        + (isNew ? " The secret that signs its messages shows once, on the next page." : "")
                    : "What was typed is encrypted where it is secret, and does not show again.",
                mistakes: mistakes,
                path: path,
                token: try request.signedIn().token,
                hidden: entry.map { [FormPage.Hidden(name: "etag", value: request.form["etag"] ?? $0.etag)] } ?? [],
                fields: form.fields,
                button: "Save",
                cancel: AlertPages.channels.path,
                deletion: isNew ? nil : "\(path)/delete"
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func keepChannel(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        let entry = id.isEmpty ? nil : try alerts.channel(id, in: desk.control.snapshot)
        let kind = try AlertPages.kind(entry?.string("type") ?? request.parameter("type"))
        do throws(APIError) {
            let fields = try Fields(.object(ChannelForm.body(kind, request.form)))
            let author = try request.author()
            guard let entry else {
                let made = try await alerts.createChannel(fields, by: author)
                let path = "\(AlertPages.channels.path)/\(made.entry.id.percentEncoded())"
                guard let secret = made.secret else { return .redirect("\(path)/test", .alertChannelKept) }
                return .page(
                    SecretPage(
                        title: "New channel",
                        under: [AlertPages.root, AlertPages.channels],
                        name: made.entry.string("name") ?? "",
                        facts: [SecretPage.Fact(id: "secret", name: "Secret of its messages", value: secret)],
                        next: "\(path)/test"
                    )
                )
            }
            _ = try await alerts.replaceChannel(entry.id, fields, ifMatch: request.form["etag"] ?? "", by: author)
        } catch {
            guard [.fieldInvalid, .alertChannelRefused].contains(error.code) else { throw error }
            return try channelForm(request, of: entry, [AlertPages.mistake(error, ChannelForm.names)])
        }
        return .redirect("\(AlertPages.channels.path)/\(id.percentEncoded())/test", .alertChannelKept)
    }

    // MARK: Try

    private func testing(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let entry = try alerts.channel(request.parameter("id"), in: desk.control.snapshot)
        let path = "\(AlertPages.channels.path)/\(entry.id.percentEncoded())"
        return .page(
            FormPage(
                "Try the channel \(entry.string("name") ?? "")",
                under: [AlertPages.root, AlertPages.channels],
                text: "It is told that nothing is the matter. What came of it stands among the deliveries.",
                path: "\(path)/test",
                token: try request.signedIn().token,
                fields: [],
                button: "Send test",
                cancel: AlertPages.channels.path
            )
        )
    }

    private func test(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let attempts = try await alerts.test(request.parameter("id"))
        let isTaken = attempts.state == .delivered
        return .redirect(AlertPages.deliveries.path, isTaken ? .alertTestTaken : .alertTestRefused)
    }

    // MARK: Delete

    private func deletingChannel(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let entry = try alerts.channel(request.parameter("id"), in: desk.control.snapshot)
        let path = "\(AlertPages.channels.path)/\(entry.id.percentEncoded())"
        let users = desk.control.entries(.alertRule).compactMap(AlertRule.init).filter { rule in
            rule.channels?.contains { $0.hasSameBytes(as: entry.id) } ?? false
        }
        return .page(
            ConfirmPage(
                title: "Delete the channel \(entry.string("name") ?? "")",
                crumbs: [AlertPages.root, AlertPages.channels],
                text: "What waits for it is given up.",
                obstacle: users.isEmpty ? nil : "Rules tell by this channel; give them another one first.",
                obstacles: users.map { PageFrame.Crumb($0.name, "\(AlertPages.rules.path)/\($0.id.percentEncoded())") },
                path: "\(path)/delete",
                token: try request.signedIn().token,
                etag: entry.etag,
                button: "Delete channel",
                cancel: path
            )
        )
    }

    private func deleteChannel(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let tag = request.form["etag"] ?? ""
        try await alerts.deleteChannel(request.parameter("id"), ifMatch: tag, by: try request.author())
        return .redirect(AlertPages.channels.path, .alertChannelDeleted)
    }
}

/// The fields of a channel.
struct ChannelForm {
    private let kind: AlertChannel.Kind
    private let entry: ControlEntry?
    private let form: QueryItems
    private let mistakes: FormMistakes?

    init(_ kind: AlertChannel.Kind, of entry: ControlEntry?, _ form: QueryItems, _ mistakes: FormMistakes?) {
        self.kind = kind
        self.entry = entry
        self.form = form
        self.mistakes = mistakes
    }

    /// The names of all fields.
    static let names = ["name", "url", "host", "port", "security", "username", "password", "from", "to", "enabled"]

    /// The fields of the type.
    var fields: [FormField] {
        let first = field("name", "Name")
        let last = FormField("enabled", "It is on", .toggle, value: value("enabled") ?? "true")
        guard kind == .email else {
            let stays = entry.map { "Leads to \($0.string("url") ?? ""); empty: it stays." }
            return [
                first,
                FormField(
                    "url",
                    "URL",
                    .secret,
                    hint: stays ?? "It may hold a secret, so it does not show again.",
                    error: mistakes?.text(of: "url"),
                    isOptional: entry != nil
                ),
                last,
            ]
        }
        return [
            first, field("host", "Mail server", hint: "Its name, such as smtp.shop.example."),
            FormField(
                "security",
                "Security",
                .choice([
                    (value: "starttls", label: "STARTTLS"), (value: "tls", label: "TLS from the first byte"),
                    (value: "none", label: "None: this machine alone"),
                ]),
                value: value("security") ?? "starttls",
                error: mistakes?.text(of: "security")
            ),
            field("port", "Port", hint: "Empty: 587, or 465 for TLS.", isOptional: true),
            field("username", "User name", hint: "Empty: nobody signs in.", isOptional: true),
            FormField(
                "password",
                "Password",
                .secret,
                hint: entry == nil ? nil : "Empty: it stays.",
                error: mistakes?.text(of: "password"),
                isOptional: true,
                autocomplete: "off"
            ),
            field("from", "From", hint: "The address that mails come from."),
            FormField(
                "to",
                "To, one address in a line",
                .lines(3),
                value: value("to"),
                error: mistakes?.text(of: "to")
            ),
            last,
        ]
    }

    private func field(_ name: String, _ label: String, hint: String? = nil, isOptional: Bool = false) -> FormField {
        FormField(
            name,
            label,
            value: value(name),
            hint: hint,
            error: mistakes?.text(of: name),
            isOptional: isOptional
        )
    }

    /// What was typed, else what is stored.
    private func value(_ key: String) -> String? {
        if form["name"] != nil { return form[key] ?? "" }
        guard let stored = entry?.body[key] else { return nil }
        if let list = stored.array { return list.compactMap(\.string).joined(separator: "\n") }
        return stored.string ?? stored.text
    }

    /// What was typed as the body of a channel.
    static func body(_ kind: AlertChannel.Kind, _ form: QueryItems) -> JSONObject {
        var body: JSONObject = ["type": .string(kind.rawValue), "enabled": .bool(form["enabled"] == "true")]
        for key in ["name", "url", "host", "security", "username", "from"] {
            if let text = form[key]?.trimmingSpaces, !text.isEmpty { body[key] = .string(text) }
        }
        // Blanks may be part of it.
        if let password = form["password"], !password.isEmpty { body["password"] = .string(password) }
        if let port = form["port"]?.trimmingSpaces, !port.isEmpty {
            body["port"] = Int64(port).map { .integer($0) } ?? .string(port)
        }
        let to = (form["to"] ?? "").split(whereSeparator: \.isNewline).map { String($0).trimmingSpaces }
        if kind == .email { body["to"] = .array(to.filter { !$0.isEmpty }.map { .string($0) }) }
        return body
    }
}
