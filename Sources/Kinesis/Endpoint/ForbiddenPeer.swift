/// A connection led to a machine that it must not lead to.
struct ForbiddenPeer: Error {
    /// The address as text.
    var address: String
    /// Why it must not be used and what to do.
    var reason: String
}
