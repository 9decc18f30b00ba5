/// What the evaluation of audiences for one stored profile gave.
public struct ProfileEvaluation: Sendable, Hashable {
    /// The changes of status, of other audiences that followed too.
    public var changes: [MembershipChange]
    /// The audiences that the profile is a member of now.
    public var memberships: [Audience.ID]
    /// The namespaces of its identities, each once.
    public var namespaces: [String]
    /// What it gave for single identities by themselves, where a merge policy links nobody.
    public var views: [ProfileEvaluation] = []
    /// What went with datasets that had ended.
    public var removed: [RemovedStatements] = []

    /// What it gave for a profile that is not there, or not to be evaluated.
    public init() {
        (changes, memberships, namespaces) = ([], [], [])
    }
}

extension ProfileEvaluation {
    /// What it gave for a profile that is now like this.
    init(_ changes: [MembershipChange], _ state: borrowing ProfileState) {
        self.init()
        self.changes = changes
        memberships = state.memberships.filter { $0.status == .realized }.map(\.audience)
        for member in state.identities where !namespaces.contains(member.identity.namespace) {
            namespaces.append(member.identity.namespace)
        }
    }
}
