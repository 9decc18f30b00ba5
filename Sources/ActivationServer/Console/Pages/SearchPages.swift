import ActivationCore
import ActivationEngine
import Console

/// Finds anything by its id or the beginning of its name, and a person by an identity.
///
/// What is looked for is posted, so that no identity is in an address, a log or a browser's history.
struct SearchPages: Sendable {
    let desk: ConsoleDesk

    /// Objects of one kind that are listed.
    private static let listedMax = 20

    func add(to register: inout ConsoleRegister) {
        register.form("search", show: { try show($0) }, submit: { try await search($0) })
    }

    private func show(_ request: ConsoleRequest, _ groups: [SearchPage.Group] = []) throws(APIError) -> ConsoleAnswer {
        let wanted = request.form["q"] ?? ""
        return .page(
            SearchPage(
                token: try request.signedIn().token,
                field: FormField(
                    "q",
                    "Id of anything, beginning of a name, or namespace:value",
                    .text(type: "search"),
                    value: wanted
                ),
                groups: groups,
                isNothingFound: !wanted.isEmpty && groups.isEmpty
            )
        )
    }

    private func search(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let text = (request.form["q"] ?? "").trimmingSpaces
        guard !text.isEmpty else { return try show(request) }
        if viewer.may(.viewProfiles), let (identity, id) = try await person(text) {
            try await desk.noteLookup(of: id)
            return .redirect("/console/profiles/\(try ProfileHandle.text(of: identity, desk.control.pageSecrets))")
        }
        let kinds = kinds.filter { viewer.may($0.permission) }
        for kind in kinds {
            if let entry = desk.control.entry(kind.kind, text.lowercased()) ?? desk.control.entry(kind.kind, text),
                let path = kind.path(entry)
            {
                return .redirect(path)
            }
        }
        let groups = kinds.compactMap { kind in group(of: kind, text.lowercased()) }
        if let only = groups.first, groups.count == 1, only.found.count == 1 { return .redirect(only.found[0].path) }
        return try show(request, groups)
    }

    /// The person that a text names by an identity or by the id of the profile; nil when it names nobody.
    private func person(_ text: String) async throws(APIError) -> (identity: Identity, id: Profile.ID)? {
        if let identity = identity(text), let record = try await desk.record(of: identity, nil) {
            return (identity, record.id)
        }
        guard let id = UUIDBytes(text).map({ Profile.ID(uuid: $0) }) else { return nil }
        let engine = desk.dependencies.engine
        let identities = try await APIError.mapping { () throws(EngineError) in try await engine.identities(of: id) }
        return identities?.first.map { ($0, id) }
    }

    /// What a text names of the form `namespace:value`; nil when it names no namespace.
    private func identity(_ text: String) -> Identity? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty,
            let namespace = desk.control.snapshot.namespaces.namespace(symbol: String(parts[0]))
        else { return nil }
        return Identity(namespace: namespace.symbol, value: String(parts[1]))
    }

    // MARK: Objects

    private struct Kind: Sendable {
        var kind: ControlKind
        var name: String
        var permission: Permission
        /// The page of an object; nil when there is none for it.
        var path: @Sendable (ControlEntry) -> String?
    }

    private var kinds: [Kind] {
        let (snapshot, destinations) = (desk.control.snapshot, desk.dependencies.destinations)
        return [
            Kind(kind: .flow, name: "Dataflows", permission: .viewDestinations) { entry in
                entry.string("state") == FlowState.deleting ? nil : "/console/dataflows/\(entry.id)"
            },
            Kind(kind: .segmentDefinition, name: "Audiences", permission: .viewAudiences) { entry in
                "/console/audiences/\(entry.id)"
            },
            Kind(kind: .connection, name: "Accounts", permission: .viewDestinations) { entry in
                AccountReport(entry, in: snapshot, destinations)?.path
            },
            Kind(kind: .dataset, name: "Datasets", permission: .viewDatasets) { entry in
                "/console/datasets/\(entry.id.percentEncoded())"
            },
            Kind(kind: .mergePolicy, name: "Merge policies", permission: .manageMergePolicies) { entry in
                "/console/merge-policies/\(entry.id)"
            },
            Kind(kind: .backfill, name: "Backfills", permission: .viewDestinations) { entry in
                entry.string("dataflowId").map { "/console/dataflows/\($0)/backfills" }
            },
        ]
    }

    /// Objects whose names begin with a text; when there are none those that contain it.
    private func group(of kind: Kind, _ wanted: String) -> SearchPage.Group? {
        let named = desk.control.entries(kind.kind).reversed().compactMap { entry in
            entry.string("name").map { (name: $0, entry: entry, letters: $0.lowercased()) }
        }
        func matches(_ isFound: (String) -> Bool) -> [(name: String, path: String)] {
            named.filter { isFound($0.letters) }.compactMap { one in kind.path(one.entry).map { (one.name, $0) } }
        }
        let beginning = matches { $0.hasPrefix(wanted) }
        let found = beginning.isEmpty ? matches { $0.contains(wanted) } : beginning
        guard !found.isEmpty else { return nil }
        return SearchPage.Group(
            name: kind.name,
            found: found.prefix(SearchPages.listedMax).map { PageFrame.Crumb($0.name, $0.path) },
            more: found.count > SearchPages.listedMax
                ? "\(Figure.count(found.count - SearchPages.listedMax)) more; type more of the name." : nil
        )
    }
}
