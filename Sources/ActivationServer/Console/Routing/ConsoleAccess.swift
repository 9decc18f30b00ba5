import HTTPTypes

/// Who may see a page or send a form.
enum ConsoleAccess: Sendable, Equatable {
    /// Anybody; pages before the sign-in.
    case everybody
    /// Who is signed in.
    case signedIn
    /// Who has all of some permissions.
    case permissions(Set<Permission>)

    /// What somebody lacks, in words; nil when they may.
    func lack(_ viewer: ConsoleViewer?) -> String? {
        guard case .permissions(let needed) = self else { return nil }
        return APIAccess.all(needed).lack(viewer?.permissions ?? [])
    }
}

extension ConsoleAccess {
    /// One line of the table.
    struct Rule: Sendable {
        /// A page is read, an action is sent, a form both; a sending is what a page's script sends.
        enum Kind: Sendable { case page, action, form, sending }

        var kind: Kind
        /// Below `/console`.
        var path: String
        var access: ConsoleAccess

        init(_ kind: Kind, _ path: String, _ access: ConsoleAccess) {
            self.kind = kind
            self.path = path
            self.access = access
        }

        init(_ kind: Kind, _ path: String, _ needed: Permission...) {
            self.init(kind, path, .permissions(Set(needed)))
        }

        /// The methods it has.
        var methods: [HTTPRequest.Method] {
            switch kind {
            case .page: [.get]
            case .action: [.post]
            case .form: [.get, .post]
            case .sending: [.put]
            }
        }
    }

    /// Every path that is no page's.
    static let anywhere = "**"

    /// The one table of who may do what: every page and every form is in it, and what is not in it is refused.
    static let rules = [
        Rule(.page, "", .signedIn),
        Rule(.form, anywhere, .signedIn),
        Rule(.form, "sign-in", .everybody),
        Rule(.page, "sign-in/provider", .everybody),
        Rule(.page, "sign-in/callback", .everybody),
        Rule(.form, "setup", .everybody),
        Rule(.form, "link/:code", .everybody),
        Rule(.action, "sign-out", .signedIn),
        Rule(.form, "search", .signedIn),
        Rule(.form, "me", .signedIn),
        Rule(.action, "me/sign-out", .signedIn),
        Rule(.page, "destinations", .viewDestinations),
        Rule(.action, "connect", .manageDestinations),
        Rule(.form, "connect/:draft/account", .manageDestinations),
        Rule(.form, "connect/:draft/details", .manageDestinations),
        Rule(.form, "connect/:draft/governance", .manageDestinations),
        Rule(.form, "connect/:draft/alerts", .manageDestinations),
        Rule(.form, "connect/:draft/cancel", .manageDestinations),
        Rule(.page, "dataflows", .viewDestinations),
        Rule(.page, "dataflows/:id", .viewDestinations),
        Rule(.form, "dataflows/:id/mapping", .viewDestinations, .activateDestinations, .viewProfiles, .viewAudiences),
        Rule(
            .page,
            "dataflows/:id/mapping/paths",
            .viewDestinations,
            .activateDestinations,
            .viewProfiles,
            .viewAudiences
        ),
        Rule(.form, "dataflows/:id/audiences", .viewDestinations, .activateWithoutMapping, .viewAudiences),
        Rule(.page, "dataflows/:id/backfills", .viewDestinations),
        Rule(.form, "dataflows/:id/backfills/new", .viewDestinations, .activateDestinations),
        Rule(.action, "dataflows/:id/backfills/:backfill", .viewDestinations, .activateDestinations),
        Rule(.form, "dataflows/:id/backfills/:backfill/cancel", .viewDestinations, .activateDestinations),
        Rule(.page, "dataflows/:id/runs", .viewDestinations),
        Rule(.page, "dataflows/:id/runs/:hour", .viewDestinations),
        Rule(.page, "dataflows/:id/messages", .viewDestinations),
        Rule(.page, "dataflows/:id/messages/schema.json", .viewDestinations),
        Rule(.page, "dataflows/:id/messages/schemas", .viewDestinations),
        Rule(.page, "dataflows/:id/messages/schemas/:number", .viewDestinations),
        Rule(.page, "dataflows/:id/messages/samples.json", .viewDestinations),
        Rule(.form, "dataflows/:id/dry-run", .viewDestinations, .viewProfiles),
        Rule(.form, "dataflows/:id/tests", .manageDestinations),
        Rule(.page, "live/dataflows/:id/figures", .viewDestinations),
        Rule(.form, "dataflows/:id/settings", .manageDestinations),
        Rule(.form, "dataflows/:id/when", .manageDestinations),
        Rule(.form, "dataflows/:id/governance", .manageDestinations, .activateDestinations),
        Rule(.form, "dataflows/:id/alerts", .manageDestinations),
        Rule(.page, "dataflows/parked", .viewDestinations),
        Rule(.page, "dataflows/:id/parked", .viewDestinations),
        Rule(.form, "dataflows/:id/parked/replay", .viewDestinations, .activateDestinations),
        Rule(.form, "dataflows/:id/parked/discard", .viewDestinations, .activateDestinations),
        Rule(.page, "dataflows/:id/tail", .viewDestinations),
        Rule(.page, "dataflows/:id/history", .viewDestinations),
        Rule(.page, "live/dataflows/:id/tail", .viewDestinations),
        Rule(.action, "dataflows/:id/enable", .manageDestinations),
        Rule(.action, "dataflows/:id/disable", .manageDestinations),
        Rule(.page, "monitoring", .viewDestinations),
        Rule(.page, "accounts", .viewDestinations),
        Rule(.page, "accounts/:id", .viewDestinations),
        Rule(.page, "accounts/:id/history", .viewDestinations),
        Rule(.form, "accounts/:id/rotate", .manageDestinations),
        Rule(.form, "accounts/:id/delete", .manageDestinations),
        Rule(.page, "audiences", .viewAudiences),
        Rule(.form, "audiences/new", .manageAudiences),
        Rule(.action, "audiences/check", .manageAudiences),
        Rule(.page, "audiences/words", .manageAudiences),
        Rule(.action, "audiences/bulk", .manageAudiences),
        Rule(.page, "audiences/upload", .viewAudiences, .importAudiences),
        Rule(.sending, "audiences/upload/begin", .viewAudiences, .importAudiences),
        Rule(.sending, "audiences/upload/:upload/content", .viewAudiences, .importAudiences),
        Rule(.page, "audiences/upload/:upload/file", .viewAudiences, .importAudiences),
        Rule(.form, "audiences/upload/:upload/columns", .viewAudiences, .importAudiences),
        Rule(.form, "audiences/upload/:upload/details", .viewAudiences, .importAudiences),
        Rule(.page, "audiences/upload/:upload/progress", .viewAudiences),
        Rule(.page, "audiences/upload/:upload/refused.csv", .viewAudiences, .importAudiences),
        Rule(.form, "audiences/upload/:upload/discard", .viewAudiences, .importAudiences),
        Rule(.page, "live/uploads/:upload/figures", .viewAudiences),
        Rule(.page, "audiences/:id", .viewAudiences),
        Rule(.page, "audiences/:id/history", .viewAudiences),
        Rule(.form, "audiences/:id/edit", .manageAudiences),
        Rule(.form, "audiences/:id/delete", .manageAudiences),
        Rule(.action, "audiences/:id/publish", .manageAudiences),
        Rule(.form, "audiences/:id/deactivate", .manageAudiences),
        Rule(.action, "audiences/:id/copy", .manageAudiences),
        Rule(.action, "audiences/:id/refresh", .manageAudiences),
        Rule(.form, "audiences/:id/empty", .viewAudiences, .importAudiences),
        Rule(.form, "profiles", .viewProfiles),
        Rule(.page, "profiles/:profile", .viewProfiles),
        Rule(.page, "profiles/:profile/attributes", .viewProfiles),
        Rule(.page, "profiles/:profile/events", .viewProfiles),
        Rule(.page, "profiles/:profile/sent", .viewProfiles, .viewDestinations),
        Rule(.page, "profiles/:profile/decisions", .viewProfiles, .viewDestinations),
        Rule(.page, "profiles/:profile/audiences/:audience", .viewProfiles, .viewAudiences),
        Rule(.form, "profiles/:profile/reveal", .revealValues),
        Rule(.action, "profiles/:profile/hide", .revealValues),
        Rule(.form, "profiles/:profile/erase", .viewProfiles, .manageProfiles),
        Rule(.page, "erasures", .viewProfiles),
        Rule(.page, "erasures/:id", .viewProfiles),
        Rule(.page, "erasures/:id/receipt.json", .viewProfiles),
        Rule(.page, "privacy", .viewPrivacyWorkflows),
        Rule(.form, "privacy/new", .managePrivacyWorkflows),
        Rule(.page, "privacy/:id", .viewPrivacyWorkflows),
        Rule(.page, "merge-policies", .viewMergePolicies),
        Rule(.form, "merge-policies/new", .manageMergePolicies),
        Rule(.form, "merge-policies/:id", .manageMergePolicies),
        Rule(.form, "merge-policies/:id/delete", .manageMergePolicies),
        Rule(.page, "namespaces", .viewNamespaces),
        Rule(.form, "namespaces/new", .manageNamespaces),
        Rule(.form, "namespaces/:id/settings", .manageNamespaces),
        Rule(.page, "datasets", .viewDatasets),
        Rule(.page, "datasets/:id", .viewDatasets),
        Rule(.form, "datasets/:id/end", .viewDatasets, .manageDatasets),
        Rule(.form, "datasets/:id/keep", .viewDatasets, .manageDatasets),
        Rule(.page, "alerts", .viewAlerts),
        Rule(.form, "alerts/now/:alert/acknowledge", .resolveAlerts),
        Rule(.form, "alerts/now/:alert/snooze", .resolveAlerts),
        Rule(.page, "alerts/history", .viewAlertsHistory),
        Rule(.page, "alerts/deliveries", .viewAlertsHistory),
        Rule(.page, "alerts/rules", .viewAlerts),
        Rule(.form, "alerts/rules/new", .manageAlerts),
        Rule(.form, "alerts/rules/:id", .manageAlerts),
        Rule(.form, "alerts/rules/:id/delete", .manageAlerts),
        Rule(.page, "alerts/channels", .viewAlerts),
        Rule(.form, "alerts/channels/new", .manageAlerts),
        Rule(.form, "alerts/channels/new/:type", .manageAlerts),
        Rule(.form, "alerts/channels/:id", .manageAlerts),
        Rule(.form, "alerts/channels/:id/test", .manageAlerts),
        Rule(.form, "alerts/channels/:id/delete", .manageAlerts),
        Rule(.page, "governance/policies", .viewPolicies),
        Rule(.form, "governance/policies/new", .managePolicies),
        Rule(.form, "governance/policies/try", .viewPolicies),
        Rule(.form, "governance/policies/:id", .managePolicies),
        Rule(.form, "governance/policies/:id/delete", .managePolicies),
        Rule(.page, "governance/labels", .viewPolicies),
        Rule(.form, "governance/labels/new", .applyLabels),
        Rule(.form, "governance/labels/:name", .applyLabels),
        Rule(.page, "governance/fields", .viewPolicies),
        Rule(.form, "governance/fields/new", .applyLabels),
        Rule(.form, "governance/fields/:path", .applyLabels),
        Rule(.form, "datasets/:id/labels", .viewDatasets, .applyLabels),
        Rule(.page, "governance/actions", .viewPolicies),
        Rule(.form, "governance/actions/new", .managePolicies),
        Rule(.form, "governance/actions/:name", .managePolicies),
        Rule(.form, "governance/actions/:name/delete", .managePolicies),
        Rule(.form, "access/labels", .administer),
        Rule(.page, "access/users", .administer),
        Rule(.form, "access/users/new", .administer),
        Rule(.form, "access/users/:id", .administer),
        Rule(.form, "access/users/:id/delete", .administer),
        Rule(.page, "access/groups", .administer),
        Rule(.form, "access/groups/new", .administer),
        Rule(.form, "access/groups/:id", .administer),
        Rule(.form, "access/groups/:id/delete", .administer),
        Rule(.page, "audit", .viewActivityLog),
        Rule(.page, "audit/audit.csv", .viewActivityLog),
        Rule(.page, "audit/audit.json", .viewActivityLog),
        Rule(.page, "access/roles", .administer),
        Rule(.form, "access/roles/new", .administer),
        Rule(.form, "access/roles/:id", .administer),
        Rule(.form, "access/roles/:id/delete", .administer),
        Rule(.page, "access/credentials", .administer),
        Rule(.form, "access/credentials/new", .administer),
        Rule(.form, "access/credentials/:id", .administer),
        Rule(.form, "access/credentials/:id/secret", .administer),
        Rule(.form, "access/credentials/:id/secrets/:secret/delete", .administer),
        Rule(.form, "access/credentials/:id/revoke", .administer),
        Rule(.page, "access/credentials/:id/tokens", .administer),
        Rule(.form, "access/credentials/:id/tokens/end", .administer),
        Rule(.form, "access/credentials/:id/tokens/:token/end", .administer),
        Rule(.page, "sandboxes", .signedIn),
        Rule(.action, "sandboxes/:name/use", .signedIn),
        Rule(.form, "sandboxes/new", .manageSandboxes),
        Rule(.page, "sandboxes/:name", .viewSandboxes),
        Rule(.action, "sandboxes/:name", .manageSandboxes),
        Rule(.form, "sandboxes/:name/reset", .resetSandboxes),
        Rule(.form, "sandboxes/:name/delete", .manageSandboxes),
        Rule(.page, "about", .administer),
    ]

    /// Who may use a route; nil = nobody.
    static func of(_ method: HTTPRequest.Method, _ path: String) -> ConsoleAccess? {
        rules.first { $0.path == path && $0.methods.contains(method) }?.access
    }
}
