import ArgumentParser

/// What accounts may do with the AWS identity of the machine that the server runs on.
///
/// Whoever may make accounts could otherwise act as the machine, so the operator decides.
enum ServerIdentityUse: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// Nothing: every account has keys of its own.
    case off
    /// Assume roles that name this server's external id.
    case roles
    /// That, and sign in to streams themselves.
    case all
}
