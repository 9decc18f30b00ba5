import ActivationCore
import Console

/// Merge policies: list, make, change, delete.
struct MergePolicyPages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Merge policies", "/console/merge-policies")

    private var store: MergePolicyStore { MergePolicyStore(control: desk.control) }

    func add(to register: inout ConsoleRegister) {
        register.page("merge-policies") { try list($0) }
        register.form("merge-policies/new", show: { try form($0) }, submit: { try await save($0) })
        register.form("merge-policies/:id", show: { try form($0) }, submit: { try await save($0) })
        register.form("merge-policies/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let definitions = desk.control.entries(.segmentDefinition)
        let uses = Dictionary(grouping: definitions) { $0.string("mergePolicyId") ?? "" }.mapValues(\.count)
        let entries = desk.control.entries(.mergePolicy)
        let mayMake = try request.signedIn().may(.manageMergePolicies) && entries.count < ServerLimits.mergePoliciesMax
        let rows = entries.map { entry in
            TablePage.Row(
                name: entry.string("name") ?? entry.id,
                path: "\(MergePolicyPages.root.path)/\(entry.id)",
                mark: entry.isDefaultPolicy ? StateMark("Default", .good) : nil,
                note: nil,
                cells: [
                    TablePage.Cell("Attributes", method(of: entry)),
                    TablePage.Cell("Identities", MergePolicyPages.graph(of: entry)),
                    TablePage.Cell("Audiences", Figure.count(uses[entry.id] ?? 0), isNumber: true),
                    TablePage.Cell("Version", Figure.count(entry.policyVersion), isNumber: true),
                ]
            )
        }
        return .page(
            TablePage(
                "Merge policies",
                text: "Who wins when several datasets state the same attribute, and which identities make one profile. "
                    + "There may be \(ServerLimits.mergePoliciesMax).",
                action: mayMake
                    ? TablePage.Action(label: "Make a merge policy", path: "\(MergePolicyPages.root.path)/new") : nil,
                what: "Name",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private func method(of entry: ControlEntry) -> String {
        guard entry.body["attributeMerge"]?["type"] == "dataSetPrecedence" else { return "the latest write wins" }
        return "first of: \(order(of: entry))"
    }

    private func order(of entry: ControlEntry) -> String {
        (entry.body["attributeMerge"]?["order"]?.array ?? []).compactMap(\.string)
            .map { desk.control.entry(.dataset, $0)?.string("name") ?? $0 }.joined(separator: ", ")
    }

    private static func graph(of entry: ControlEntry) -> String {
        entry.body["identityGraph"]?["type"] == "none" ? "each by itself" : "linked by the private graph"
    }

    // MARK: Make and change

    private func stored(_ request: ConsoleRequest) throws(APIError) -> ControlEntry? {
        let id = request.parameter("id")
        return id.isEmpty ? nil : try MergePolicyStore.entry(id, in: desk.control.snapshot)
    }

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let entry = try stored(request)
        let isTyped = !request.form.items.isEmpty
        let mistakes = FormMistakes(items)
        func typed(_ field: String, _ present: String?) -> String? { isTyped ? request.form[field] : present }
        let name = entry?.string("name") ?? ""
        let path = "\(MergePolicyPages.root.path)/\(entry?.id ?? "new")"
        let fields = [
            FormField("name", "Name", value: typed("name", name), error: mistakes?.text(of: "name")),
            FormField(
                "method",
                "Attributes",
                .choice([
                    (value: "timestampOrdered", label: "The latest write wins"),
                    (value: "dataSetPrecedence", label: "Datasets have an order"),
                ]),
                value: typed("method", entry?.body["attributeMerge"]?["type"]?.string)
            ),
            FormField(
                "order",
                "Order of datasets",
                value: typed("order", entry.map(order)),
                hint: "Names or ids with commas, the first one wins. What other datasets state is not merged.",
                error: mistakes?.text(of: "order"),
                isOptional: true
            ),
            FormField(
                "graph",
                "Identities",
                .choice([
                    (value: "pdg", label: "Linked by the private graph"), (value: "none", label: "Each by itself"),
                ]),
                value: typed("graph", entry?.body["identityGraph"]?["type"]?.string)
            ),
        ]
        let standard = FormField(
            "default",
            "The default",
            .toggle,
            value: typed("default", nil),
            hint: "The audiences of the present default move to it and are evaluated anew."
        )
        let page = FormPage(
            entry == nil ? "New merge policy" : "Merge policy \(name)",
            under: [MergePolicyPages.root],
            text: "When it changes, its audiences are evaluated anew.",
            mistakes: mistakes,
            path: path,
            token: viewer.token,
            hidden: [
                FormPage.Hidden(name: "version", value: typed("version", entry.map { String($0.policyVersion) }) ?? "")
            ],
            fields: fields + (entry?.isDefaultPolicy == true ? [] : [standard]),
            button: entry == nil ? "Make merge policy" : "Save",
            cancel: MergePolicyPages.root.path,
            deletion: entry?.isDefaultPolicy == false ? "\(path)/delete" : nil
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func save(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let entry = try stored(request)
        var merge: JSONObject = ["type": .string(request.form["method"] ?? "timestampOrdered")]
        let order = (request.form["order"] ?? "").split(separator: ",").map {
            JSONValue.string(String($0).trimmingSpaces)
        }
        if merge["type"] == "dataSetPrecedence" { merge["order"] = .array(order) }
        var body: JSONObject = [
            "name": .string(request.form["name"] ?? ""), "attributeMerge": .object(merge),
            "identityGraph": ["type": .string(request.form["graph"] ?? "pdg")],
        ]
        if request.form["default"] == "true" { body["default"] = true }
        let (wanted, version) = (JSONValue.object(body), request.form["version"].flatMap { Int64($0) })
        let kept: ControlEntry
        do throws(APIError) {
            if let entry {
                kept = try await store.change(entry.id, by: try request.author()) { current throws(APIError) in
                    guard version == nil || version == current.policyVersion else {
                        throw APIError(.matchFailed, "somebody changed the merge policy meanwhile; look at it again")
                    }
                    return wanted
                }
            } else {
                kept = try await store.create(wanted, by: try request.author())
            }
        } catch {
            guard [.fieldInvalid, .mergePoliciesTooMany, .matchFailed, .policyViolated].contains(error.code) else {
                throw error
            }
            await desk.noteRefusal(error, of: request)
            let field =
                error.detail.hasPrefix("name") ? "name" : error.detail.hasPrefix("attributeMerge") ? "order" : nil
            let text = "\(error.detail.prefix(1).uppercased())\(error.detail.dropFirst())."
            return try form(request, [FormMistakes.Item(field: field, text: text)])
        }
        desk.note("Merge policy kept", kept.id, by: viewer)
        return .redirect(MergePolicyPages.root.path, .mergePolicyKept)
    }

    // MARK: Delete

    private func deletion(_ request: ConsoleRequest, _ obstacle: String? = nil) throws(APIError) -> ConsoleAnswer {
        let entry = try MergePolicyStore.entry(request.parameter("id"), in: desk.control.snapshot)
        let name = entry.string("name") ?? entry.id
        let users = desk.control.entries(.segmentDefinition).filter { $0.string("mergePolicyId") == entry.id }
        return .page(
            ConfirmPage(
                title: "Delete \(name)",
                crumbs: [MergePolicyPages.root],
                text: "The merge policy goes. What datasets stated stays.",
                obstacle: users.isEmpty ? obstacle : "These audiences use it; give them another one first:",
                obstacles: users.prefix(20).map {
                    PageFrame.Crumb($0.string("name") ?? $0.id, "/console/audiences/\($0.id)")
                },
                path: "\(MergePolicyPages.root.path)/\(entry.id)/delete",
                token: try request.signedIn().token,
                etag: entry.etag,
                button: "Delete merge policy",
                cancel: MergePolicyPages.root.path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        do throws(APIError) {
            try await store.delete(id, by: try request.author())
        } catch {
            guard error.code == .mergePolicyInUse else { throw error }
            return try deletion(request, "\(error.detail.prefix(1).uppercased())\(error.detail.dropFirst()).")
        }
        desk.note("Merge policy deleted", id, by: try request.signedIn())
        return .redirect(MergePolicyPages.root.path, .mergePolicyDeleted)
    }
}
