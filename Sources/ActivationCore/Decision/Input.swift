/// One thing to decide, with the instant of its admission (BEHAVIOUR 3.1).
public struct Input: Sendable {
    /// What happened.
    public enum Cause: Sendable {
        /// A message came in.
        case message(Message)
        /// Audiences are new or changed: evaluate them for a stored profile (BEHAVIOUR 5.1).
        case evaluation(Profile.ID, audiences: [Audience.ID])
        /// The clock has reached an instant at which a stored profile may change (BEHAVIOUR 3.1).
        case clock(Profile.ID)
        /// A stored profile, by its row, has its turn in a backfill (BEHAVIOUR 3.8).
        case backfill(Profile.ID, row: Int64, Backfill.ID)
        /// No more turns come in a backfill: it was completed or cancelled (BEHAVIOUR 3.8).
        case backfillEnd(Backfill.ID)
        /// The link between two identities goes (BEHAVIOUR 3.12).
        case unlink(Identity, Identity)
        /// An identity leaves its profile (BEHAVIOUR 3.12).
        case removal(Identity)
        /// The profile that has an identity goes, and a rule says what happens when it comes again; nil = the operator's
        /// (BEHAVIOUR 3.11).
        ///
        /// Nothing goes when that is another profile than the one expected; nil = whichever has it.
        case deletion(Identity, onReturn: DecisionOptions.ReturnRule?, expecting: Profile.ID? = nil)
        /// A suppressed identity may come again (BEHAVIOUR 3.11).
        case readmission(Identity)
        /// A dataflow is enabled that made no records while it was not: make up for that (BEHAVIOUR 3.10).
        case reconcile(ResumeMark)
    }

    /// What happened.
    public var cause: Cause
    /// When it was admitted.
    public var now: Timestamp

    /// Creates an input.
    public init(cause: Cause, now: Timestamp) {
        self.cause = cause
        self.now = now
    }
}

extension Input.Cause {
    /// The stored profile that it is about; nil for what is about identities.
    var profile: Profile.ID? {
        switch self {
        case .message, .unlink, .removal, .deletion, .readmission, .backfillEnd: nil
        case .evaluation(let profile, _), .clock(let profile), .backfill(let profile, _, _): profile
        case .reconcile(let mark): mark.key.profile
        }
    }

    /// The identities that it is about; none for what is about a stored profile.
    var identities: [Identity] {
        switch self {
        case .message(let message): message.identities
        case .unlink(let one, let other): [one, other]
        case .removal(let identity), .deletion(let identity, _, _), .readmission(let identity): [identity]
        case .evaluation, .clock, .backfill, .backfillEnd, .reconcile: []
        }
    }
}
