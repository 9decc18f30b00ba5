import ActivationCore
import ActivationEngine

/// What is to be done for one person who asks for their data or for its erasure (BEHAVIOUR 3.11).
struct PrivacyJob: Sendable, Equatable {
    /// What is asked for.
    enum Action: String, Sendable, CaseIterable {
        /// A copy of all that is known.
        case access
        /// That it goes.
        case delete
    }

    /// How far it has come, in Adobe's words.
    enum State: String, Sendable, CaseIterable {
        /// It waits.
        case submitted
        /// It is being done.
        case processing
        /// It was done.
        case complete
        /// It could not be done.
        case error
    }

    /// Which jobs come first.
    enum Priority: String, Sendable, CaseIterable {
        case normal
        case low
    }

    /// One of the identities that a request names.
    struct UserID: Sendable, Equatable {
        /// The canonical symbol of its namespace.
        var namespace: String
        /// How the request named the namespace.
        var qualifier: String
        /// Whether the person's browser has forgotten it, as the request says.
        var isDeletedClientSide: Bool
        /// The keyed hash by which it can be recognised once its value is not kept any more; nil until then.
        var digest: IdentityDigest?
    }

    /// What is known of the person only while it is needed, or never in clear on the disk.
    struct Subject: Sendable, Equatable {
        /// What the organisation calls the request's person.
        var key: String
        /// The values of the identities, in the order of ``PrivacyJob/userIDs``; none once the job has ended.
        var values: [String]
    }

    /// A profile that is to go: noted before the first one goes, so that a repetition erases nobody who came later.
    struct Target: Sendable, Equatable {
        /// The profile, or the one that it has become by now.
        var profile: Profile.ID
        /// The places of the identities by which it was found.
        var identities: [Int]
    }

    /// The copy of a person's data.
    struct Document: Sendable, Equatable {
        /// Its length.
        var bytes: Int64
    }

    /// What became of it.
    struct Outcome: Sendable, Equatable {
        /// Adobe's word for it.
        var code: PrivacyOutcomeCode
        /// In words.
        var detail: String
        /// The profiles that were shown or erased.
        var profiles: [Profile.ID] = []
        /// Identities that nobody has.
        var unknown: Int64 = 0
    }

    /// The id.
    var id: String
    /// The request that it came with.
    var request: String
    /// Its place in the request.
    var ordinal: Int64
    var action: Action
    var state = State.submitted
    var regulation: PrivacyRegulation
    var priority: Priority
    /// The products that the request names, in Adobe's words.
    var products: [String]
    /// The merge policy whose view a copy shows; nil = the views of all.
    var mergePolicy: MergePolicy.ID?
    /// What happens when an erased identity comes again; nil = what the operator has decided.
    var onReturn: DecisionOptions.ReturnRule?
    /// Whose request it is.
    var author: String
    /// The job of the same person that comes before it: what is erased cannot be shown.
    var predecessor: String?
    var subject: Subject
    var userIDs: [UserID]
    /// The profiles that are to go; nil until they were looked up.
    var targets: [Target]?
    /// Identities that nobody had when they were looked up.
    var unknown: Int64 = 0
    /// How often it was tried in vain.
    var retries: Int64 = 0
    var document: Document?
    var outcome: Outcome?
    var createdAt: Timestamp
    var updatedAt: Timestamp
    /// When it ended.
    var endedAt: Timestamp?
    /// The version of what is stored; nil = nothing is.
    var etag: String?

    /// Whether nothing more is done.
    var hasEnded: Bool { state == .complete || state == .error }

    /// The identities that the request names; none once it has ended.
    var identities: [Identity] {
        zip(userIDs, subject.values).map { Identity(namespace: $0.namespace, value: $1) }
    }

    /// When the answer is due by the regulation.
    var dueAt: Timestamp { regulation.due(after: createdAt) }

    /// Days that a copy can be downloaded after the end, as Adobe's.
    static let documentDays: Int64 = 60
    /// Days that a job is known after its end: laws ask for a record of requests for two years.
    static let keptDays: Int64 = 730

    /// Until when the copy can be downloaded; nil when there is none.
    var documentUntil: Timestamp? {
        guard document != nil, let endedAt else { return nil }
        return Timestamp(milliseconds: endedAt.milliseconds + PrivacyJob.documentDays * 86_400_000)
    }

    /// Ends it: from now on only the hashes of its identities are known.
    mutating func end(_ state: State, _ outcome: Outcome, at now: Timestamp, hash: IdentityHash?) {
        if let hash {
            for (place, identity) in identities.enumerated() { userIDs[place].digest = hash(identity) }
        }
        subject.values = []
        self.state = state
        self.outcome = outcome
        endedAt = now
    }
}
