public import ActivationCore

/// What is to become of dead letters (BEHAVIOUR 3.18); a step of bounded size, done again it does nothing more.
public struct DeadLetterRelease: Sendable {
    /// What becomes of a dead letter.
    public enum Way: String, Sendable, CaseIterable {
        /// A mark of its profile, which makes one record of what is true then, so it cannot overtake the truth.
        case present
        /// A record of the same bytes behind all that wait, though newer ones may be in the stream already.
        case original
        /// Nothing.
        case discarded
    }

    /// Whose dead letters.
    public var dataflow: Dataflow.ID
    /// What becomes of them.
    public var way: Way
    /// Only these rows; nil = all.
    public var rows: [Int64]?
    /// Only those with this code; nil = all.
    public var code: String?
    /// Only those that were parked before; nil = all.
    public var parkedBefore: Timestamp?
    /// Rows after this one.
    public var after: Int64
    /// Dead letters that are looked at, at most.
    public var limit: Int
    /// When it is done; the books enter it in this hour.
    public var at: Timestamp

    /// Creates a release.
    public init(
        of dataflow: Dataflow.ID,
        as way: Way,
        rows: [Int64]? = nil,
        code: String? = nil,
        parkedBefore: Timestamp? = nil,
        after: Int64 = 0,
        limit: Int,
        at: Timestamp
    ) {
        self.dataflow = dataflow
        self.way = way
        self.rows = rows
        self.code = code
        self.parkedBefore = parkedBefore
        self.after = after
        self.limit = limit
        self.at = at
    }

    /// What a release did.
    public struct Outcome: Sendable, Hashable {
        /// Dead letters that are none any more.
        public var released: Int
        /// Dead letters that have no present form, since their profile is gone or they tell of an audience that was taken out of
        /// the dataflow; they are still there.
        public var kept: Int
        /// The last row that was looked at; nil when there is no further one.
        public var next: Int64?

        /// Creates an outcome.
        public init(released: Int = 0, kept: Int = 0, next: Int64? = nil) {
            self.released = released
            self.kept = kept
            self.next = next
        }
    }
}

extension DeadLetter {
    /// Whether what is true now can take the record's place, as long as its profile is there.
    public var hasPresentForm: Bool { DeadLetter.hasPresentForm(record.reasons) }

    /// Whether what is true now can take the place of a record that was made for some reasons.
    public static func hasPresentForm(_ reasons: TriggerReasons) -> Bool { !reasons.contains(.unmapped) }
}

/// Dead letters with one code.
public struct DeadLetterCause: Sendable, Hashable {
    /// The code.
    public var code: String
    /// How many there are.
    public var count: Int
    /// When the first of them was parked.
    public var firstParkedAt: Timestamp
    /// When the last of them was parked.
    public var lastParkedAt: Timestamp

    /// Creates a cause.
    public init(code: String, count: Int, firstParkedAt: Timestamp, lastParkedAt: Timestamp) {
        self.code = code
        self.count = count
        self.firstParkedAt = firstParkedAt
        self.lastParkedAt = lastParkedAt
    }
}

/// A request for the present state of everybody of whom a dataflow has delivered something since an instant (BEHAVIOUR 3.18).
public struct ReplayRequest: Sendable {
    /// The dataflow.
    public var dataflow: Dataflow.ID
    /// Whose view is sent again.
    public var mergePolicies: [MergePolicy.ID]
    /// Deliveries from this instant on.
    public var since: Timestamp
    /// The place that was looked at last; nil at the beginning.
    public var after: Place?
    /// Entries of the ledger that are looked at, at most.
    public var limit: Int

    /// A place in the ledger.
    public struct Place: Sendable, Hashable {
        /// The day, counted from 1970.
        public var day: Int64
        /// The part of that day's ledger, as the storage counts them.
        public var part: Int64
        /// The profile.
        public var profile: Profile.ID
        /// The row.
        public var row: Int64

        /// Creates a place.
        public init(day: Int64, part: Int64 = 0, profile: Profile.ID, row: Int64) {
            self.day = day
            self.part = part
            self.profile = profile
            self.row = row
        }
    }

    /// Creates a request.
    public init(
        _ dataflow: Dataflow.ID,
        _ mergePolicies: [MergePolicy.ID],
        since: Timestamp,
        after: Place? = nil,
        limit: Int
    ) {
        self.dataflow = dataflow
        self.mergePolicies = mergePolicies
        self.since = since
        self.after = after
        self.limit = limit
    }
}
