import Console

/// The places of the navigation, each with the permission that its page needs.
enum ConsoleNavigation {
    private struct Entry {
        var name: String
        var path: String
        var icon: String
        var permission: Permission?
    }

    private static let groups: [(name: String?, entries: [Entry])] = [
        (
            nil,
            [
                Entry(name: "Home", path: "/console", icon: "home", permission: nil),
                Entry(name: "Alerts", path: "/console/alerts", icon: "bell", permission: .viewAlerts),
            ]
        ),
        (
            "Destinations",
            [
                Entry(name: "Catalog", path: "/console/destinations", icon: "catalog", permission: .viewDestinations),
                Entry(name: "Dataflows", path: "/console/dataflows", icon: "flow", permission: .viewDestinations),
                Entry(name: "Accounts", path: "/console/accounts", icon: "key", permission: .viewDestinations),
                Entry(name: "Monitoring", path: "/console/monitoring", icon: "chart", permission: .viewDestinations),
            ]
        ),
        (
            "People",
            [
                Entry(name: "Audiences", path: "/console/audiences", icon: "people", permission: .viewAudiences),
                Entry(name: "Profiles", path: "/console/profiles", icon: "user", permission: .viewProfiles),
                Entry(
                    name: "Privacy requests",
                    path: "/console/privacy",
                    icon: "check",
                    permission: .viewPrivacyWorkflows
                ),
                Entry(
                    name: "Merge policies",
                    path: "/console/merge-policies",
                    icon: "merge",
                    permission: .viewMergePolicies
                ),
                Entry(name: "Namespaces", path: "/console/namespaces", icon: "tag", permission: .viewNamespaces),
            ]
        ),
        ("Data", [Entry(name: "Datasets", path: "/console/datasets", icon: "stream", permission: .viewDatasets)]),
        (
            "Governance",
            [
                Entry(name: "Policies", path: "/console/governance/policies", icon: "check", permission: .viewPolicies),
                Entry(name: "Labels", path: "/console/governance/labels", icon: "tag", permission: .viewPolicies),
                Entry(
                    name: "Labelled data",
                    path: "/console/governance/fields",
                    icon: "stream",
                    permission: .viewPolicies
                ),
                Entry(
                    name: "Marketing actions",
                    path: "/console/governance/actions",
                    icon: "flow",
                    permission: .viewPolicies
                ),
            ]
        ),
        (
            "Administration",
            [
                Entry(name: "Users", path: "/console/access/users", icon: "user", permission: .administer),
                Entry(name: "Groups", path: "/console/access/groups", icon: "people", permission: .administer),
                Entry(name: "Roles", path: "/console/access/roles", icon: "tag", permission: .administer),
                Entry(name: "Credentials", path: "/console/access/credentials", icon: "key", permission: .administer),
                Entry(name: "Audit log", path: "/console/audit", icon: "clock", permission: .viewActivityLog),
                Entry(name: "Sandboxes", path: "/console/sandboxes", icon: "catalog", permission: .viewSandboxes),
                Entry(name: "About", path: "/console/about", icon: "check", permission: .administer),
            ]
        ),
    ]

    /// What a person sees of it on a page.
    ///
    /// - Parameters:
    ///   - viewer: The person.
    ///   - path: The page's path.
    /// - Returns: The groups that have a place.
    static func groups(for viewer: ConsoleViewer, at path: String) -> [PageFrame.Group] {
        // A page that is of no sandbox leads back to the one that was looked at.
        let permissions = viewer.place?.permissions ?? viewer.permissions
        return groups.compactMap { group in
            let places = group.entries.filter { $0.permission.map(permissions.contains) ?? true }.map { entry in
                PageFrame.Place(
                    name: entry.name,
                    path: entry.path,
                    icon: entry.icon,
                    isCurrent: path == entry.path || entry.path != "/console" && path.hasPrefix(entry.path + "/")
                )
            }
            return places.isEmpty ? nil : PageFrame.Group(name: group.name, places: places)
        }
    }
}
