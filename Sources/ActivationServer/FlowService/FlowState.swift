/// The words of a flow's `state` (BEHAVIOUR 1.7, appendix B).
enum FlowState {
    static let enabled = "enabled"
    static let disabled = "disabled"
    /// Deleted for clients, still known until its books are closed.
    static let deleting = "delete-finalizing"
}
