import ActivationCore
import Console

/// The second step: the dataflow's name, its target, and how messages look.
extension ConnectPages {
    private static let testField = "testRecord"

    func details(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        failed: APIError? = nil
    ) async throws -> ConsoleAnswer {
        let draft = try draft(request)
        if let answer = elsewhere(draft, than: .details) { return answer }
        let account = try desk.accountReport(draft.account ?? "")
        let kind = try kind(of: draft)
        let typed = request.form.items.isEmpty ? draft.typed[.details] : request.form
        let mistakes = FormMistakes(items)
        let offered = items.isEmpty ? await offered(by: kind, to: account.entry) : (names: [], denial: nil)
        let form = TargetForm(kind.spec)
        let target = form.fields(typed, suggestions: offered.names, mistakes)
        let params = typed.flatMap { try? form.params($0).get() } ?? [:]
        let named = [
            FormField("name", "Name", value: typed?["name"], error: mistakes?.text(of: "name")),
            FormField("description", "Description", value: typed?["description"], isOptional: true),
        ]
        let test = FormField(
            ConnectPages.testField,
            "Write a test record",
            .toggle,
            value: typed?[ConnectPages.testField],
            hint:
                "Shows that the key may write. Its only member is headwaterTest, so consumers can tell it and skip it."
        )
        let stopped = failed.flatMap {
            CheckLadder(kind.spec.targetSteps, stoppedBy: $0.code.rawValue, $0.detail)
        }
        let denied = offered.denial.flatMap {
            CheckLadder(kind.spec.accountSteps, stoppedBy: $0.code, $0.message, isWarning: true)
        }
        return page(
            .details,
            of: draft,
            kind.spec,
            try request.signedIn(),
            Content(
                mistakes: mistakes,
                ladder: stopped ?? denied,
                policy: kind.policy(
                    account: account.entry.body["auth"]?["params"]?.object ?? [:],
                    target: params,
                    resource: nil
                ),
                isPolicyMissing: failed?.isAboutPermission ?? (denied != nil),
                fields: named + target.shown + [test],
                folded: target.folded,
                examples: examples(params, now: request.now),
                buttons: [.next("Check and continue")]
            )
        )
    }

    /// Names on offer; that they cannot be had keeps nobody from typing one.
    private func offered(
        by kind: any DestinationKind,
        to account: ControlEntry
    ) async -> (names: [String], denial: DestinationProbeError?) {
        guard let secrets = ConnectionSecrets.account(of: account, box: desk.control.secrets) else { return ([], nil) }
        do throws(DestinationProbeError) {
            return (Array(try await kind.targets(account: secrets).prefix(200)), nil)
        } catch {
            return ([], error.isOnlyDenied ? error : nil)
        }
    }

    /// One message for each position of the two switches.
    private func examples(_ params: JSONObject, now: Timestamp) -> [ConnectPage.Example] {
        let options = (try? TargetOptions.read(try Fields(.object(params)))) ?? Dataflow.Options()
        let message = ExampleMessage(now: now, namespaces: desk.control.snapshot.namespaces, options: options)
        return [(false, false), (true, false), (false, true), (true, true)].compactMap { names, timestamps in
            message.text(names: names, timestamps: timestamps).map { text in
                let parts = [names ? "names" : nil, timestamps ? "timestamps" : nil].compactMap { $0 }
                return ConnectPage.Example(
                    about: parts.isEmpty
                        ? "As it is sent by default." : "With segment \(parts.joined(separator: " and segment ")).",
                    id: "example-\(parts.isEmpty ? "plain" : parts.joined(separator: "-"))",
                    text: text
                )
            }
        }
    }

    /// What the details say that a dataflow is to be.
    ///
    /// - Parameters:
    ///   - draft: Whose details.
    ///   - typed: The details.
    /// - Returns: The dataflow.
    /// - Throws: What is wrong with a field.
    func wanted(_ draft: ConnectDraft, _ typed: QueryItems) throws -> DataflowService.Connection {
        let name = typed["name"] ?? ""
        guard !name.isEmpty else {
            throw TargetFormMistake(key: "name", text: "Give the dataflow a name by which you will know it.")
        }
        return DataflowService.Connection(
            name: name,
            description: typed["description"] ?? "",
            account: .existing(draft.account ?? ""),
            params: try TargetForm(try kind(of: draft).spec).params(typed).get()
        )
    }

    func submitDetails(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        var draft = try draft(request)
        if let answer = elsewhere(draft, than: .details) { return answer }
        guard ConnectPages.isFresh(request, draft) else { return try await details(request, [ConnectPages.stale]) }
        draft.typed[.details] = request.form
        draft.check = nil
        do {
            let connection = try wanted(draft, request.form)
            let test = request.form[ConnectPages.testField] == "true"
            let record = test ? TestRecord.make(desk.dependencies.ids, now: request.now) : nil
            let client = try request.client(of: desk.control.orgID)
            let found = try await desk.dataflows.inspect(connection, writing: record, by: client)
            draft.check = ConnectDraft.Check(found)
            // A test record is written once, not again by whoever comes back.
            draft.typed[.details] = request.form.without([ConnectPages.testField])
            try await desk.control.keep(draft)
            return .redirect(draft.path(draft.next == .alerts ? .governance : draft.next))
        } catch let mistake as TargetFormMistake {
            try await desk.control.keep(draft)
            return try await details(request, [FormMistakes.Item(field: mistake.key, text: mistake.text)])
        } catch let error as APIError where error.code.status == 400 || error.code.status == 409 {
            try await desk.control.keep(draft)
            return try await refused(request, draft, error)
        }
    }

    /// The step again, with what its target is refused for.
    func refused(
        _ request: ConsoleRequest,
        _ draft: ConnectDraft,
        _ error: APIError
    ) async throws -> ConsoleAnswer {
        let labels = TargetForm(try kind(of: draft).spec).labels
        return try await details(request, [ConnectPages.mistake(error, "/params", labels)], failed: error)
    }
}
