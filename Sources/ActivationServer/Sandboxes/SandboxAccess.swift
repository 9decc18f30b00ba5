/// What the roles of a user or credential let them do in one sandbox.
struct SandboxAccess: Sendable, Hashable {
    /// Whether any of them counts there; to others the sandbox does not exist, nor what is in it.
    var isAdmitted: Bool
    var permissions: Set<Permission>
    /// What they may see of what has labels.
    var clearance: Clearance
}
