public import ActivationCore

/// Which profiles one batch of inputs is about.
public struct LoadRequest: Sendable {
    /// Where to look.
    public var scope: Scope
    /// Identities whose profiles are needed.
    public var identities: [Identity] = []
    /// Profiles needed by id (background evaluation, lookups).
    public var profiles: [Profile.ID] = []
    /// Bytes of profile values that may be read; nil = as many as there are.
    public var bytesMax: Int?

    /// Creates a request.
    public init(scope: Scope) {
        self.scope = scope
    }
}
