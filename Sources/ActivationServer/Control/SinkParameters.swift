public import ActivationCore

/// All that opening a dataflow's destination needs, secrets decrypted; never logged.
public struct SinkParameters: Sendable {
    /// The id of the destination's connection spec.
    public var spec: String
    /// How to reach and sign in to the destination: `auth.params` of the base connection.
    public var account: JSONObject
    /// Where to write: `params` of the target connection.
    public var target: JSONObject
    /// The last outbox row that belongs there; nil = all that wait and are to come.
    public var through: Int64?
}
