/// What is the organisation's and no sandbox's: tokens, users, groups, roles, credentials, sandboxes, and the server itself.
enum OrganisationPaths {
    private static let roots = [
        "ims", "health", "ready", "openapi.json", "v1/credentials", "v1/users", "v1/groups", "v1/keys",
        "data/foundation/access-control/administration", "data/foundation/sandbox-management",
        "console/assets", "console/sign-in", "console/sign-out", "console/setup", "console/link", "console/me",
        "console/access", "console/about", "console/sandboxes",
    ].map { $0.split(separator: "/") }

    /// Whether a path is answered by the default sandbox, whichever is named; read as the router reads it.
    static func contains(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return roots.contains { parts.starts(with: $0) }
    }
}
