import ActivationCore

/// A name for what several people and programs may do; who has more than one may do what any of them allows.
struct Role: Sendable, Equatable {
    /// A word for those that every server has, a UUID for the organisation's own; users and credentials keep it.
    var id: String
    var name: String
    /// Whom it is meant for.
    var meaning: String
    /// What it gives, with what comes with each.
    private(set) var permissions: Set<Permission>
    /// The labels of fields and audiences that it lets see, by their plain names (BEHAVIOUR 8.5).
    var labels: [String]
    /// The names of the sandboxes in which it counts; the administrator's counts in all of them.
    var sandboxes: [String]

    /// Whether every server has it, so that it cannot be changed.
    var isBuiltIn: Bool { Role.builtIn.contains { $0.id == id } }

    init(
        id: String,
        name: String,
        meaning: String,
        permissions: Set<Permission>,
        labels: [String] = [],
        sandboxes: [String] = [Sandbox.defaultName]
    ) {
        self.id = id
        self.name = name
        self.meaning = meaning
        self.permissions = permissions.completed
        self.labels = labels
        self.sandboxes = sandboxes
    }

    /// Whether it says anything in a sandbox.
    func counts(in sandbox: String) -> Bool {
        id == Role.administrator.id || sandboxes.contains { $0.hasSameBytes(as: sandbox) }
    }

    /// The same without a sandbox; nil when it does not count there anyway.
    func leaving(sandbox: String) -> Role? {
        var role = self
        role.sandboxes.removeAll { $0.hasSameBytes(as: sandbox) }
        return role == self ? nil : role
    }

    /// Reads a stored role; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .role, let name = entry.string("name") else { return nil }
        // A permission that this version does not know gives nothing.
        let permissions = (entry.body["permissions"]?.array ?? []).compactMap {
            $0.string.flatMap { Permission(apiName: $0) }
        }
        self.init(
            id: entry.id,
            name: name,
            meaning: entry.string("description") ?? "",
            permissions: Set(permissions),
            labels: entry.labels,
            // Those of before there were sandboxes count where there was something.
            sandboxes: entry.body["sandboxes"]?.array?.compactMap(\.string) ?? [Sandbox.defaultName]
        )
    }

    /// The stored form.
    var body: JSONObject {
        [
            "name": .string(name), "description": .string(meaning),
            "permissions": .array(permissions.listed.map { .string($0.apiName) }),
            "labels": .array(labels.map { .string($0) }),
            "sandboxes": .array(sandboxes.map { .string($0) }),
        ]
    }

    /// May do everything; whoever was let in before there were roles has it.
    static let administrator = Role(
        id: "administrator",
        name: "Administrator",
        meaning: "May do everything.",
        permissions: Set(Permission.allCases)
    )

    /// The roles that every server has: one of Adobe's, and those of people who work with audiences.
    static let builtIn = [
        administrator,
        Role(
            id: "productionAllAccess",
            name: "Default Production All Access",
            meaning: "May do everything in the default sandbox but administer.",
            permissions: Set(Permission.allCases).subtracting(Permission.ofOrganisation)
        ),
        Role(
            id: "sandboxAdministrators",
            name: "Sandbox Administrators",
            meaning: "Makes, empties and deletes sandboxes.",
            permissions: [.manageSandboxes, .resetSandboxes]
        ),
        Role(
            id: "marketer",
            name: "Marketer",
            meaning: "Makes audiences and activates them to dataflows that are there.",
            permissions: [
                .viewDestinations, .activateDestinations, .viewProfiles, .manageAudiences, .evaluateAudiences,
                .importAudiences, .viewMergePolicies, .viewNamespaces, .viewDatasets, .viewPolicies, .viewAlerts,
                .viewAlertsHistory,
            ]
        ),
        Role(
            id: "dataEngineer",
            name: "Data engineer",
            meaning: "Brings data in, connects destinations and keeps them running.",
            permissions: [
                .manageDestinations, .activateDestinations, .viewProfiles, .viewIdentityGraph, .viewAudiences,
                .evaluateAudiences, .manageMergePolicies, .manageNamespaces, .manageDatasets, .manageSources,
                .applyLabels, .viewPolicies, .manageAlerts, .resolveAlerts, .viewAlertsHistory, .viewActivityLog,
            ]
        ),
        Role(
            id: "operator",
            name: "Operator",
            meaning: "Watches deliveries, resolves alerts and sends again what was left over.",
            permissions: [
                .viewDestinations, .activateDestinations, .viewAudiences, .viewDatasets, .manageAlerts, .resolveAlerts,
                .viewAlertsHistory, .viewActivityLog,
            ]
        ),
        Role(
            id: "privacyOfficer",
            name: "Privacy officer",
            meaning: "Answers people's requests: shows what is known and sent of them, and erases it.",
            permissions: [
                .manageProfiles, .viewIdentityGraph, .revealValues, .managePrivacyWorkflows, .viewDestinations,
                .viewAudiences, .viewNamespaces, .viewDatasets, .applyLabels, .managePolicies, .viewActivityLog,
            ]
        ),
        Role(
            id: "dataSender",
            name: "Data sender",
            meaning: "Sends profiles and events, and reads nothing; for programs.",
            permissions: [.manageSources]
        ),
    ]
}
