import ActivationCore
import Console

/// Sandboxes: choose one, list, make, rename, empty, delete.
struct SandboxPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Sandboxes", "/console/sandboxes")

    private var service: SandboxService { SandboxService(desk.dependencies) }

    func add(to register: inout ConsoleRegister) {
        register.page("sandboxes") { try list($0) }
        register.action("sandboxes/:name/use") { try use($0) }
        register.form("sandboxes/new", show: { try making($0) }, submit: { try await make($0) })
        register.form("sandboxes/:name", show: { try settings($0) }, submit: { try await rename($0) })
        register.form(
            "sandboxes/:name/reset",
            show: { try ending($0, as: .resetting) },
            submit: { try await end($0, as: .resetting) }
        )
        register.form(
            "sandboxes/:name/delete",
            show: { try ending($0, as: .deleting) },
            submit: { try await end($0, as: .deleting) }
        )
    }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let own = service.sandboxes(ofRoles: desk.control.organisation.whole.roles(of: viewer.user))
        let shown = viewer.may(.viewSandboxes) ? service.all : own
        let rows = shown.map { sandbox in
            TablePage.Row(
                name: sandbox.title,
                path: viewer.may(.viewSandboxes) ? "\(SandboxPages.root.path)/\(sandbox.name)" : nil,
                mark: sandbox.mark,
                note: own.contains(sandbox) ? nil : "None of your roles counts in it.",
                cells: [
                    TablePage.Cell("Name", sandbox.name), TablePage.Cell("Type", sandbox.kind.rawValue),
                ]
            )
        }
        return .page(
            TablePage(
                "Sandboxes",
                text:
                    "Each has people, audiences, dataflows and a history of its own. The head of every page says which one you "
                    + "are in, and takes you to another.",
                action: viewer.may(.manageSandboxes)
                    ? TablePage.Action(label: "Make a sandbox", path: "\(SandboxPages.root.path)/new") : nil,
                what: "Sandbox",
                rows: rows,
                emptyText: "None of your roles counts in any of them; an administrator can change that."
            )
        )
    }

    private func use(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let roles = desk.control.organisation.whole.roles(of: try request.signedIn().user)
        let name = request.parameter("name")
        guard service.sandboxes(ofRoles: roles).contains(where: { $0.name.hasSameBytes(as: name) }) else {
            throw APIError.noSandbox
        }
        return .redirect("/console", .sandboxChosen).setting(ConsoleCookies(desk.origin).choosing(sandbox: name))
    }

    // MARK: Making and renaming

    private func making(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let fields = [
            FormField(
                "name",
                "Name",
                value: request.form["name"],
                hint: "Programs name it in x-sandbox-name; it cannot be changed. a to z, 0 to 9 and hyphens.",
                error: mistakes?.text(of: "name")
            ),
            FormField("title", "Title", value: request.form["title"], error: mistakes?.text(of: "title")),
            FormField(
                "production",
                "For production",
                .toggle,
                value: request.form["production"],
                hint: "Says what it is for, and changes nothing else.",
                isOptional: true
            ),
        ]
        let page = FormPage(
            "New sandbox",
            under: [SandboxPages.root],
            text: "Nobody but administrators gets in until a role counts in it.",
            mistakes: mistakes,
            path: "\(SandboxPages.root.path)/new",
            token: try request.signedIn().token,
            fields: fields,
            button: "Make sandbox",
            cancel: SandboxPages.root.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func make(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let form = request.form
        do throws(APIError) {
            let kind = form["production"] == "true" ? Sandbox.Kind.production : .development
            let draft = try SandboxDraft(
                try Fields([
                    "name": .string(form["name"] ?? ""), "title": .string(form["title"] ?? ""),
                    "type": .string(kind.rawValue),
                ])
            )
            let made = try await service.make(draft, by: try request.client(of: desk.control.orgID))
            desk.note("Sandbox made", made.id, by: try request.signedIn())
        } catch {
            return try making(request, try SandboxPages.mistakes(error))
        }
        return .redirect(SandboxPages.root.path, .sandboxMade)
    }

    private func settings(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let sandbox = try service.sandbox(named: request.parameter("name"))
        let path = "\(SandboxPages.root.path)/\(sandbox.name)"
        let mistakes = FormMistakes(items)
        let page = FormPage(
            sandbox.title,
            under: [SandboxPages.root],
            text: "\(sandbox.name), for \(sandbox.kind.rawValue): \(sandbox.mark.word.lowercased()).",
            mistakes: mistakes,
            path: path,
            token: viewer.token,
            fields: [
                FormField(
                    "title",
                    "Title",
                    value: request.form["title"] ?? sandbox.title,
                    error: mistakes?.text(of: "title")
                )
            ],
            button: "Save",
            cancel: SandboxPages.root.path,
            deletion: sandbox.isDefault || !viewer.may(.manageSandboxes) ? nil : "\(path)/delete",
            places: sandbox.isDefault || !viewer.may(.resetSandboxes)
                ? [] : [PageFrame.Crumb("Empty it", "\(path)/reset")]
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func rename(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let name = request.parameter("name")
        do throws(APIError) {
            let title = try SandboxDraft.title(try Fields(["title": .string(request.form["title"] ?? "")]))
            let client = try request.client(of: desk.control.orgID)
            _ = try await desk.control.renameSandbox(name, title: title, by: client)
        } catch {
            return try settings(request, try SandboxPages.mistakes(error))
        }
        desk.note("Sandbox renamed", name, by: try request.signedIn())
        return .redirect(SandboxPages.root.path, .sandboxKept)
    }

    /// What is wrong with what was typed; other failures go on.
    private static func mistakes(_ error: APIError) throws(APIError) -> [FormMistakes.Item] {
        guard [.fieldInvalid, .conflict].contains(error.code) else { throw error }
        return [FormMistakes.Item(field: error.detail.hasPrefix("/title") ? "title" : "name", text: error.sentence)]
    }

    // MARK: Emptying and deleting

    private func ending(_ request: ConsoleRequest, as state: Sandbox.State) throws(APIError) -> ConsoleAnswer {
        let sandbox = try service.sandbox(named: request.parameter("name"))
        let sending = service.enabledDataflows(of: sandbox.name)
        let isReset = state == .resetting
        var obstacle: String?
        do throws(APIError) {
            try service.check(toEnd: sandbox.name, isForced: true)
        } catch {
            obstacle = error.sentence
        }
        let lost =
            sending == 0
            ? ""
            : " \(Figure.count(sending, "dataflow")) of it are enabled, and what waits for them is not sent any more."
        let path = "\(SandboxPages.root.path)/\(sandbox.name)"
        return .page(
            ConfirmPage(
                title: "\(isReset ? "Empty" : "Delete") \(sandbox.title)",
                crumbs: [SandboxPages.root],
                text:
                    "All people, audiences, dataflows and the history of \(sandbox.name) go, and cannot be brought back.\(lost)"
                    + (isReset ? " Who may use it stays." : ""),
                obstacle: obstacle,
                obstacles: [],
                path: "\(path)/\(isReset ? "reset" : "delete")",
                token: try request.signedIn().token,
                etag: "",
                button: isReset ? "Empty sandbox" : "Delete sandbox",
                cancel: path
            )
        )
    }

    private func end(_ request: ConsoleRequest, as state: Sandbox.State) async throws -> ConsoleAnswer {
        let name = request.parameter("name")
        let client = try request.client(of: desk.control.orgID)
        // The page has said what is lost.
        _ = try await service.end(name, as: state, by: client, isForced: true)
        desk.note(state == .resetting ? "Sandbox emptied" : "Sandbox deleted", name, by: try request.signedIn())
        return .redirect(SandboxPages.root.path, state == .resetting ? .sandboxEmptied : .sandboxDeleted)
    }
}

extension Sandbox {
    /// What becomes of it, for people.
    var mark: StateMark {
        switch state {
        case .active: StateMark("Active", .good)
        case .creating: StateMark("Being made", .quiet)
        case .resetting: StateMark("Being emptied", .quiet)
        case .deleting: StateMark("Being deleted", .quiet)
        case .failed: StateMark("Cannot be opened", .bad)
        }
    }
}
