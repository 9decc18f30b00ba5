/// What a profile lost as a dataset ended (BEHAVIOUR 6.2).
public struct RemovedStatements: Sendable, Hashable {
    /// The dataset's id.
    public var dataset: String
    /// Facts that went.
    public var facts: Int
    /// Events that went.
    public var events: Int
}
