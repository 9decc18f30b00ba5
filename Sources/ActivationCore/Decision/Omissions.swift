/// What was left out of a message that was taken.
public struct Omissions: Sendable, Hashable {
    /// The namespaces of identities, one entry each: the message's profile may have no more of them.
    public var namespaces: [String]
    /// Places of memberships in external audiences that do not exist, as JSON pointers.
    public var audiences: [String]

    /// Creates a list.
    public init(namespaces: [String] = [], audiences: [String] = []) {
        self.namespaces = namespaces
        self.audiences = audiences
    }

    /// Whether nothing was left out.
    public var isEmpty: Bool { namespaces.isEmpty && audiences.isEmpty }
}
