public import ActivationCore

/// A record of a stored profile as it is without a change that is rehearsed, and as it would be with it.
public struct RehearsedMessage: Sendable {
    /// What a backfill would send of the profile as things are; nil when it is in no audience that the dataflow maps.
    public var before: OutboxRow?
    /// What would be sent of it; nil when it would be in no audience that the dataflow maps.
    public var after: OutboxRow?
    /// Whether the change itself sends it; else it is as it would be when something calls for it.
    public var isSent: Bool

    /// Creates a message.
    public init(before: OutboxRow?, after: OutboxRow?, isSent: Bool) {
        self.before = before
        self.after = after
        self.isSent = isSent
    }
}
