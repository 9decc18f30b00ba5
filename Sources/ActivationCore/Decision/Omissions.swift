/// What was left out of a message that was taken.
public struct Omissions: Sendable, Hashable {
    /// The namespaces of identities, one entry each: the message's profile may have no more of them.
    public var namespaces: [String]
    /// Memberships in external audiences that do not exist; nil when there are none.
    public var audiences: UnknownAudiences?

    /// Creates a list.
    public init(namespaces: [String] = [], audiences: UnknownAudiences? = nil) {
        self.namespaces = namespaces
        self.audiences = audiences
    }

    /// Whether nothing was left out.
    public var isEmpty: Bool { namespaces.isEmpty && audiences == nil }
}

/// Memberships that a message states in external audiences that do not exist.
public struct UnknownAudiences: Sendable, Hashable {
    /// Where the first one stands in the message, as a JSON pointer, cut where it is long.
    public var first: String
    /// How many there are.
    public var count: Int

    /// Creates a count.
    public init(first: String, count: Int = 1) {
        self.first = first
        self.count = count
    }
}
