import ActivationCore

/// What one input did to a person; what the triggers are found from (BEHAVIOUR 3.2).
struct ReferenceChange {
    /// Audiences whose status changed.
    var statusChanges: Set<Audience.ID> = []
    var hasIdentityChange = false
    /// The leaves that a message named.
    var written: [ReferencePath] = []
}
