import ActivationCore
import Console

/// Labels that there are, the fields and datasets that have them, and whether they decide who sees what.
struct LabelPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Labels", "/console/governance/labels")
    static let fields = PageFrame.Crumb("Labelled data", "/console/governance/fields")

    func add(to register: inout ConsoleRegister) {
        register.page("governance/labels") { try list($0) }
        register.form("governance/labels/new", show: { try form($0, of: nil) }, submit: { try await put($0) })
        register.form("governance/labels/:name", show: { try show($0) }, submit: { try await put($0) })
        register.page("governance/fields") { try listFields($0) }
        register.form("governance/fields/new", show: { try fieldForm($0) }, submit: { try await putField($0) })
        register.form("governance/fields/:path", show: { try fieldForm($0) }, submit: { try await putField($0) })
        register.form("datasets/:id/labels", show: { try datasetForm($0) }, submit: { try await putDataset($0) })
        register.form("access/labels", show: { try switchForm($0) }, submit: { try await turn($0) })
    }

    // MARK: Labels

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let mayApply = try request.signedIn().may(.applyLabels)
        var uses: [String: Int] = [:]
        for entry in snapshot.entries(.placedLabels) { for label in entry.labels { uses[label, default: 0] += 1 } }
        let rows = snapshot.labels.map { label in
            TablePage.Row(
                name: label.name,
                path: mayApply && label.kind == .custom
                    ? "\(LabelPages.root.path)/\(label.name.percentEncoded())" : nil,
                mark: label.kind == .custom ? StateMark("Own", .quiet) : nil,
                note: label.title == label.name ? nil : label.title,
                cells: [
                    TablePage.Cell("Means", label.meaning.isEmpty ? "–" : label.meaning),
                    TablePage.Cell("Group", label.category),
                    TablePage.Cell("Fields and datasets", Figure.count(uses[label.name] ?? 0), isNumber: true),
                ]
            )
        }
        return .page(
            TablePage(
                "Labels",
                text:
                    "Words for what may not be done with data. Policies name them; fields, datasets and audiences have them.",
                action: mayApply ? TablePage.Action(label: "Make a label", path: "\(LabelPages.root.path)/new") : nil,
                what: "Label",
                rows: rows,
                emptyText: ""
            )
        )
    }

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        guard let label = desk.control.snapshot.label(request.parameter("name")), label.kind == .custom else {
            throw APIError(.resourceUnknown, "no label of your own has this name")
        }
        return try form(request, of: label)
    }

    private func form(
        _ request: ConsoleRequest,
        of label: UsageLabel?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let isSent = !request.form.items.isEmpty
        func text(_ name: String, _ stored: String?) -> String? { isSent ? request.form[name] : stored }
        let name = FormField(
            "name",
            "Name",
            value: text("name", nil),
            hint: "Letters, digits, _, . and -; it never changes.",
            error: mistakes?.text(of: "name")
        )
        let others = [
            FormField(
                "friendlyName",
                "Title",
                value: text("friendlyName", label?.title),
                hint: "What people call it.",
                error: mistakes?.text(of: "friendlyName"),
                isOptional: true
            ),
            FormField(
                "description",
                "Meaning",
                value: text("description", label?.meaning),
                hint: "What may not be done with data that has it, or who may see it.",
                isOptional: true
            ),
        ]
        return .page(
            FormPage(
                label?.name ?? "New label",
                under: [LabelPages.root],
                text: "A label does nothing by itself: policies, and roles where labels decide who sees what, name it.",
                mistakes: mistakes,
                path: "\(LabelPages.root.path)/\(label?.name.percentEncoded() ?? "new")",
                token: try request.signedIn().token,
                fields: (label == nil ? [name] : []) + others,
                button: label == nil ? "Make label" : "Save",
                cancel: LabelPages.root.path
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func put(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let isNew = request.path == "\(LabelPages.root.path)/new"
        let name = isNew ? request.form["name"] ?? "" : request.parameter("name")
        let known = desk.control.snapshot.label(name)
        do throws(APIError) {
            guard !isNew || known == nil else {
                throw APIError(.fieldInvalid, "/name: there is a label of this name already")
            }
            var body: JSONObject = ["name": .string(name), "description": .string(request.form["description"] ?? "")]
            body["category"] = (known?.category).map { .string($0) }
            let title = request.form["friendlyName"] ?? ""
            body["friendlyName"] = title.isEmpty ? nil : .string(title)
            let label = try UsageLabel(try Fields(.object(body)), named: name)
            _ = try await desk.control.put(label, by: try request.client(of: desk.control.orgID))
        } catch {
            guard [.fieldInvalid, .conflict].contains(error.code) else { throw error }
            let field = error.detail.hasPrefix("/friendlyName") ? "friendlyName" : isNew ? "name" : nil
            let items = [FormMistakes.Item(field: field, text: error.sentence)]
            return try form(request, of: isNew ? nil : known, items)
        }
        desk.note("Label kept", name, by: try request.signedIn())
        return .redirect(LabelPages.root.path, .labelsKept)
    }

    // MARK: Fields

    private func listFields(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let mayApply = try request.signedIn().may(.applyLabels)
        let (page, pager) = ListPlace.page(
            of: snapshot.entries(.placedLabels).reversed(),
            request,
            ("field or dataset", "fields and datasets"),
            entry: \.self
        )
        let rows = page.map { entry in
            var (name, path, what) = (entry.id, nil as String?, "Field")
            switch LabelPlace(entry.id) {
            case .field(let keys):
                name = keys.joined(separator: ".")
                path = "\(LabelPages.fields.path)/\(name.percentEncoded())"
            case .dataset(let id):
                name = snapshot.entry(.dataset, id)?.string("name") ?? id
                what = "Dataset"
                path = snapshot.entry(.dataset, id).map { _ in "/console/datasets/\(id.percentEncoded())/labels" }
            case nil: break
            }
            return TablePage.Row(
                name: name,
                path: mayApply ? path : nil,
                mark: nil,
                note: nil,
                cells: [
                    TablePage.Cell("What", what),
                    TablePage.Cell("Labels", entry.labels.joined(separator: ", ")),
                    TablePage.Cell("Since", Instant(entry.updatedAt, now: request.now).exact),
                    TablePage.Cell("By", desk.name(of: entry.string("updatedBy"))),
                ]
            )
        }
        return .page(
            TablePage(
                "Labelled data",
                text:
                    "A label on a field counts for all that lies below it, wherever a rule looks at it or a mapping sends it.",
                action: mayApply
                    ? TablePage.Action(label: "Label a field", path: "\(LabelPages.fields.path)/new") : nil,
                what: "Field or dataset",
                rows: rows,
                emptyText: "No field and no dataset has a label yet.",
                pager: pager
            )
        )
    }

    private func fieldForm(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let isNew = request.path == "\(LabelPages.fields.path)/new"
        let path = isNew ? request.form["path"] ?? "" : request.parameter("path")
        let place = LabelPlace.field(path.dottedKeys)
        guard isNew || desk.control.entry(.placedLabels, place.id) != nil else {
            throw APIError(.resourceUnknown, "no field of this path has labels; label it first")
        }
        let mistakes = FormMistakes(items)
        let field = FormField(
            "path",
            "Field",
            value: path,
            hint: "Field names joined by dots, such as person.birthDate.",
            error: mistakes?.text(of: "path")
        )
        return .page(
            FormPage(
                isNew ? "Label a field" : path,
                under: [LabelPages.fields],
                text: "Labels count from now on; one by which a dataflow would break a policy is refused.",
                mistakes: mistakes,
                path: "\(LabelPages.fields.path)/\(isNew ? "new" : path.percentEncoded())",
                token: try request.signedIn().token,
                fields: (isNew ? [field] : []) + [labelsField(request, place, mistakes)],
                button: "Save",
                cancel: LabelPages.fields.path
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func labelsField(_ request: ConsoleRequest, _ place: LabelPlace, _ mistakes: FormMistakes?) -> FormField {
        let stored = desk.control.entry(.placedLabels, place.id)?.labels ?? []
        return FormField(
            "labels",
            "Labels",
            value: request.form.items.isEmpty ? stored.joined(separator: ", ") : request.form["labels"],
            hint: "With commas between them; none takes them off. There are "
                + desk.control.snapshot.labels.map(\.name).prefix(40).joined(separator: ", ") + ".",
            error: mistakes?.text(of: "labels"),
            isOptional: true
        )
    }

    private func putField(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let isNew = request.path == "\(LabelPages.fields.path)/new"
        let path = isNew ? request.form["path"] ?? "" : request.parameter("path")
        do throws(APIError) {
            try await put(request, on: try LabelPlace(field: path, at: "/path"))
        } catch {
            let mistakes = try LabelPages.mistakes(error, isNew: isNew)
            await desk.noteRefusal(error, of: request)
            return try fieldForm(request, mistakes)
        }
        return .redirect(LabelPages.fields.path, .labelsKept)
    }

    private func put(_ request: ConsoleRequest, on place: LabelPlace) async throws(APIError) {
        let labels = (request.form["labels"] ?? "").commaSeparated
        _ = try await desk.control.put(labels, on: place, by: try request.client(of: desk.control.orgID))
        desk.note("Labels changed", place.id, by: try request.signedIn())
    }

    /// What is wrong with what was typed; other failures go on.
    private static func mistakes(_ error: APIError, isNew: Bool) throws(APIError) -> [FormMistakes.Item] {
        guard [.fieldInvalid, .conflict, .policyViolated].contains(error.code) else { throw error }
        let isAboutPath = isNew && error.detail.hasPrefix("/path")
        let field = isAboutPath ? "path" : error.code == .fieldInvalid ? "labels" : nil
        return [FormMistakes.Item(field: field, text: error.sentence)]
    }

    // MARK: Datasets

    private func dataset(_ request: ConsoleRequest) throws(APIError) -> ControlEntry {
        guard let entry = desk.control.entry(.dataset, request.parameter("id")) else {
            throw APIError(.consolePage, "there is no dataset at this address")
        }
        return entry
    }

    private func datasetForm(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let entry = try dataset(request)
        let mistakes = FormMistakes(items)
        return .page(
            FormPage(
                "Labels: \(entry.string("name") ?? entry.id)",
                under: [PageFrame.Crumb("Datasets", "/console/datasets")],
                text:
                    "They count for every audience whose merge policy takes the dataset in, since nobody knows beforehand which "
                    + "dataset a field will come from.",
                mistakes: mistakes,
                path: "/console/datasets/\(entry.id.percentEncoded())/labels",
                token: try request.signedIn().token,
                fields: [labelsField(request, .dataset(entry.id), mistakes)],
                button: "Save",
                cancel: LabelPages.fields.path
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func putDataset(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        do throws(APIError) {
            try await put(request, on: .dataset(try dataset(request).id))
        } catch {
            let mistakes = try LabelPages.mistakes(error, isNew: false)
            await desk.noteRefusal(error, of: request)
            return try datasetForm(request, mistakes)
        }
        return .redirect(LabelPages.fields.path, .labelsKept)
    }

    // MARK: Who sees what

    private func switchForm(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        .page(
            FormPage(
                "Who sees labelled data",
                under: [PageFrame.Crumb("Roles", "/console/access/roles")],
                text:
                    "While it is on, fields and audiences with labels are seen only by those whose roles have all of these labels, "
                    + "and by those who have the role Administrator.",
                path: "/console/access/labels",
                token: try request.signedIn().token,
                fields: [
                    FormField(
                        "active",
                        "Labels decide who sees what",
                        .toggle,
                        value: desk.control.whole.hidesByLabels ? "true" : nil,
                        hint: "Give roles their labels first: what is hidden is hidden from the next request on.",
                        isOptional: true
                    )
                ],
                button: "Save",
                cancel: "/console/access/roles"
            )
        )
    }

    private func turn(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let status: AccessPolicy.Status = request.form["active"] == "true" ? .active : .inactive
        try await desk.control.setAccessPolicy(status, by: try request.client(of: desk.control.orgID))
        desk.note("Visibility by labels \(status.rawValue)", AccessPolicy.id, by: try request.signedIn())
        return .redirect("/console/access/roles", .visibilityKept)
    }
}
