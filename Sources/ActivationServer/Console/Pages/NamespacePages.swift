import ActivationCore
import Console

/// Namespaces of identities: list and make.
struct NamespacePages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Namespaces", "/console/namespaces")

    func add(to register: inout ConsoleRegister) {
        register.page("namespaces") { try list($0) }
        register.form("namespaces/new", show: { try form($0) }, submit: { try await make($0) })
    }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let rows = NamespaceStore.all(desk.control.snapshot).map { numbered in
            let namespace = numbered.namespace
            return TablePage.Row(
                name: namespace.symbol,
                path: nil,
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
                text: "Kinds of identities. The API and headwater namespaces change what is demanded of their values.",
                action: try request.signedIn().may(.manageNamespaces)
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
            _ = try await NamespaceStore(control: desk.control).create(.object(body))
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
