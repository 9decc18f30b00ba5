/// Why somebody is not let in by single sign-on.
struct SignOnError: Error, Sendable, Equatable {
    enum Reason: Sendable, Equatable {
        /// The provider does not answer, or answers with what it should not.
        case unreachable
        /// What it says does not hold.
        case untrusted
        /// The way back is not the one that this browser began.
        case stale
        /// The provider let the person not in.
        case refused
    }

    var reason: Reason
    /// What was found, for the log; without tokens and secrets.
    var detail: String

    init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
