/// What a node does with a store that several use (docs/decisions/0079).
public enum NodeRole: String, Sendable {
    /// Takes messages, and does everything else: sends, evaluates, keeps the configuration. One node leads at a time.
    case leader
    /// Takes messages, decides and stores them; what comes of them is sent by the leader.
    case follower
}
