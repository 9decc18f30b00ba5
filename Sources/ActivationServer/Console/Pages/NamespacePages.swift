import ActivationCore
import Console

/// Namespaces of identities: list and make.
struct NamespacePages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Namespaces", "/console/namespaces")

    func add(to register: inout ConsoleRegister) {
        register.page("namespaces") { try list($0) }
        register.form("namespaces/:id/settings", show: { try settings($0) }, submit: { try await change($0) })
        register.form("namespaces/new", show: { try form($0) }, submit: { try await make($0) })
    }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let mayManage = try request.signedIn().may(.manageNamespaces)
        let rows = NamespaceStore.all(desk.control.snapshot).map { numbered in
            let namespace = numbered.namespace
            return TablePage.Row(
                name: namespace.symbol,
                path: mayManage ? "\(NamespacePages.root.path)/\(namespace.symbol.percentEncoded())/settings" : nil,
                mark: namespace.isCustom ? StateMark("Own", .quiet) : nil,
                note: namespace.name,
                cells: [
                    TablePage.Cell("Type", namespace.type.rawValue),
                    TablePage.Cell("Values that mean nobody", NamespacePages.ignored(namespace)),
                    TablePage.Cell("Pattern", namespace.rules.pattern ?? "any"),
                    TablePage.Cell(
                        "Most in a profile",
                        namespace.rules.profileMax.map { Figure.count($0) } ?? "no bound",
                        isNumber: true
                    ),
                ]
            )
        }
        return .page(
            TablePage(
                "Namespaces",
                text: "Kinds of identities, and what is demanded of their values.",
                action: mayManage
                    ? TablePage.Action(label: "Make a namespace", path: "\(NamespacePages.root.path)/new") : nil,
                what: "Symbol",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private static func ignored(_ namespace: IdentityNamespace) -> String {
        if namespace.ignoredValues == IdentityNamespace.defaultIgnoredValues { return "the usual ones, such as null" }
        return namespace.ignoredValues.isEmpty ? "blank ones" : namespace.ignoredValues.joined(separator: ", ")
    }

    // MARK: Settings

    private static let usual = "usual"

    private func settings(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let namespace = try NamespaceStore.found(request.parameter("id"), in: desk.control.snapshot).namespace
        let mistakes = FormMistakes(items)
        let stored = NamespacePages.typed(namespace)
        // What was there when the person began; only what they changed is changed.
        let base = stored.map { key, value in
            FormPage.Hidden(name: "base-\(key)", value: request.form["base-\(key)"] ?? value)
        }
        func value(_ key: String) -> String? { request.form[key] ?? stored.first { $0.key == key }?.value }
        let page = FormPage(
            "Namespace \(namespace.symbol)",
            under: [NamespacePages.root],
            text: "What is demanded of values from now on. Symbol, name and type never change.",
            mistakes: mistakes,
            path: "\(NamespacePages.root.path)/\(namespace.symbol.percentEncoded())/settings",
            token: try request.signedIn().token,
            hidden: base,
            fields: [
                FormField(
                    "pattern",
                    "Pattern",
                    value: value("pattern"),
                    hint: "A regular expression for the whole value.",
                    error: mistakes?.text(of: "pattern"),
                    isOptional: true
                ),
                FormField(
                    "onViolation",
                    "What does not match",
                    .choice([
                        (value: "refuse", label: "refuses the message"),
                        (value: "drop", label: "is left out of the message"),
                    ]),
                    value: value("onViolation"),
                    error: mistakes?.text(of: "onViolation")
                ),
                FormField(
                    "profileMax",
                    "Most in a profile",
                    value: value("profileMax"),
                    hint: "Empty: no bound but the profile's own.",
                    error: mistakes?.text(of: "profileMax"),
                    isOptional: true
                ),
                FormField(
                    "ignored",
                    "Values that mean nobody",
                    .choice([
                        (value: NamespacePages.usual, label: "The usual ones"),
                        (value: "own", label: "Those below"),
                    ]),
                    value: value("ignored")
                ),
                FormField(
                    "ignoredValues",
                    "Own list, one in a line",
                    .lines(4),
                    value: value("ignoredValues"),
                    hint: "Empty: only blank values mean nobody.",
                    error: mistakes?.text(of: "ignoredValues"),
                    isOptional: true
                ),
            ],
            button: "Save",
            cancel: NamespacePages.root.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    /// The settings as the form has them.
    private static func typed(_ namespace: IdentityNamespace) -> [(key: String, value: String)] {
        let isUsual = namespace.ignoredValues == IdentityNamespace.defaultIgnoredValues
        return [
            ("pattern", namespace.rules.pattern ?? ""), ("onViolation", namespace.rules.onViolation.rawValue),
            ("profileMax", namespace.rules.profileMax.map { String($0) } ?? ""),
            ("ignored", isUsual ? usual : "own"),
            ("ignoredValues", namespace.ignoredValues.joined(separator: "\n")),
        ]
    }

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let form = request.form
        func changed(_ key: String) -> String? {
            let (value, base) = (form[key] ?? "", form["base-\(key)"] ?? "")
            return NamespacePages.lines(value) == NamespacePages.lines(base) ? nil : value
        }
        var body = JSONObject()
        if let pattern = changed("pattern") { body["pattern"] = pattern.isEmpty ? .null : .string(pattern) }
        if let rule = changed("onViolation") { body["onViolation"] = .string(rule) }
        if let most = changed("profileMax") {
            body["profileMax"] = most.isEmpty ? .null : Int64(most).map { .integer($0) } ?? .string(most)
        }
        if changed("ignored") != nil || changed("ignoredValues") != nil {
            body["ignoredValues"] =
                form["ignored"] == NamespacePages.usual
                ? .null : .array(NamespacePages.lines(form["ignoredValues"] ?? "").map { .string($0) })
        }
        guard !body.isEmpty else { return .redirect(NamespacePages.root.path) }
        do throws(APIError) {
            let store = NamespaceStore(control: desk.control)
            _ = try await store.change(request.parameter("id"), to: .object(body), by: try request.author())
        } catch {
            guard error.code == .fieldInvalid else { throw error }
            let field = body.keys.first { error.detail.hasPrefix($0) }
            return try settings(request, [FormMistakes.Item(field: field, text: "\(error.detail).")])
        }
        desk.note("Namespace changed", request.parameter("id"), by: viewer)
        return .redirect(NamespacePages.root.path, .namespaceChanged)
    }

    /// Lines that hold something.
    private static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isEmpty }
    }

    // MARK: Make

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let page = FormPage(
            "New namespace",
            under: [NamespacePages.root],
            text: "Symbol, name and type never change, and a namespace never goes.",
            mistakes: mistakes,
            path: "\(NamespacePages.root.path)/new",
            token: try request.signedIn().token,
            fields: [
                FormField(
                    "code",
                    "Symbol",
                    value: request.form["code"],
                    hint: "As messages name it, such as Loyalty: letters, digits, _ - and .",
                    error: mistakes?.text(of: "code")
                ),
                FormField("name", "Name", value: request.form["name"], error: mistakes?.text(of: "name")),
                FormField(
                    "idType",
                    "Type",
                    .choice(IdentityType.allCases.map { (value: $0.rawValue, label: $0.rawValue) }),
                    value: request.form["idType"],
                    error: mistakes?.text(of: "idType")
                ),
                FormField("description", "Description", value: request.form["description"], isOptional: true),
            ],
            button: "Make namespace",
            cancel: NamespacePages.root.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func make(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let fields = ["code", "name", "idType", "description"]
        var body = JSONObject()
        for field in fields { body[field] = .string(request.form[field] ?? "") }
        do throws(APIError) {
            _ = try await NamespaceStore(control: desk.control).create(.object(body), by: try request.author())
        } catch {
            guard [.fieldInvalid, .namespaceTaken].contains(error.code) else { throw error }
            let field = fields.first { error.detail.hasPrefix($0) }
            let text = "\(error.detail.prefix(1).uppercased())\(error.detail.dropFirst())."
            return try form(request, [FormMistakes.Item(field: field, text: text)])
        }
        desk.note("Namespace made", request.form["code"] ?? "", by: viewer)
        return .redirect(NamespacePages.root.path, .namespaceMade)
    }
}
