/// What a message states that nothing refused.
struct CheckedMessage {
    /// Its attributes; nil when it is about something else.
    var fragment: ProfileFragment?
    /// The number of its dataset; 0 = nothing of it belongs to one.
    var dataset: UInt16 = 0
    /// Memberships in external audiences.
    var statements: [ExternalStatement] = []
    /// Memberships in audiences that do not exist.
    var unknownAudiences: UnknownAudiences?
}
