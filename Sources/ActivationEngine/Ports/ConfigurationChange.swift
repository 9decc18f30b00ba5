public import ActivationCore

/// That one object of the configuration was changed, or that something else was done which has to be accounted for: who did it,
/// when, from where, and what is different now.
///
/// That of a change is stored with the change itself, so there is never one without the other.
public struct ConfigurationChange: Sendable, Equatable {
    /// By which way a change came.
    public enum Way: String, Sendable, CaseIterable {
        /// A client of the API.
        case api
        /// A person at the console.
        case console
        /// The server itself, or a command on its directory.
        case server
    }

    /// What was done to the object.
    public enum Action: String, Sendable, CaseIterable {
        /// It was made.
        case create
        /// It was given other content.
        case update
        /// It went away.
        case delete
        /// Somebody signed in, or tried to.
        case signIn
        /// Somebody signed out.
        case signOut
        /// Somebody asked for what they may not do.
        case refuse
        /// Somebody had masked values shown.
        case reveal
        /// Somebody looked somebody up.
        case view
        /// Somebody took data out.
        case export
        /// Somebody erased what is stored of a person.
        case erase

        /// Those that change the configuration.
        public static let changes: [Action] = [.create, .update, .delete]
    }

    /// What came of it.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It was done.
        case allowed
        /// It was refused.
        case denied
        /// It was begun and did not succeed.
        case failed
    }

    /// Who changes.
    public struct Author: Sendable, Hashable {
        /// A client id, an e-mail address, or what of the server it was.
        public var name: String
        /// By which way.
        public var way: Way
        /// The request that asked for it; nil = none did.
        public var requestID: String?
        /// The address from which it came; nil = that is not known.
        public var sender: String?

        /// Creates an author.
        public init(name: String, way: Way, requestID: String? = nil, sender: String? = nil) {
            self.name = name
            self.way = way
            self.requestID = requestID
            self.sender = sender
        }
    }

    /// Which object.
    public struct Object: Sendable, Hashable {
        /// Its kind; nil = whichever has the id.
        public var kind: String?
        /// Its id.
        public var id: String

        /// Creates the name of an object.
        public init(kind: String? = nil, id: String) {
            self.kind = kind
            self.id = id
        }
    }

    /// Rises from change to change; given by the store.
    public var sequence: Int64
    /// When.
    public var changedAt: Timestamp
    /// Who.
    public var author: Author
    /// What was done.
    public var action: Action
    /// What came of it.
    public var outcome: Outcome
    /// The kind of the object.
    public var kind: String
    /// The id of the object.
    public var id: String
    /// What the object was called then.
    public var name: String
    /// What is different, JSON; its form belongs to whoever writes it.
    public var difference: [UInt8]

    /// How long changes are kept.
    public static let daysKept: Int64 = 365
    /// So many of the oldest changes at most go when a few new ones come.
    public static let forgottenAtOnce = 64

    /// How many of the oldest changes at most go when so many new ones come: more, so that they do not pile up.
    public static func forgotten(with count: Int) -> Int { max(forgottenAtOnce, 2 * count) }

    /// Creates a change that is not stored yet.
    public init(
        sequence: Int64 = 0,
        changedAt: Timestamp,
        author: Author,
        action: Action,
        outcome: Outcome = .allowed,
        kind: String,
        id: String,
        name: String,
        difference: [UInt8]
    ) {
        self.sequence = sequence
        self.changedAt = changedAt
        self.author = author
        self.action = action
        self.outcome = outcome
        self.kind = kind
        self.id = id
        self.name = name
        self.difference = difference
    }

    /// Changes of before this instant are not kept when there is one of `now`.
    public static func oldest(keptAt now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds &- daysKept * 86_400_000)
    }
}

/// Which changes are asked for, the newest first.
public struct ConfigurationChangesRequest: Sendable {
    /// Whose.
    public var scope: Scope
    /// Of which objects; nil = of all.
    public var objects: [ConfigurationChange.Object]?
    /// Of which kind; nil = of all.
    public var kind: String?
    /// By whom; nil = by anybody.
    public var author: String?
    /// Which actions; nil = all that there are.
    public var actions: [ConfigurationChange.Action]?
    /// Only those before this one; nil = from the newest on.
    public var before: Int64?
    /// So many at most.
    public var limit: Int

    /// Creates a request, for changes of the configuration unless it says otherwise.
    public init(
        scope: Scope,
        objects: [ConfigurationChange.Object]? = nil,
        kind: String? = nil,
        author: String? = nil,
        actions: [ConfigurationChange.Action]? = ConfigurationChange.Action.changes,
        before: Int64? = nil,
        limit: Int
    ) {
        self.scope = scope
        self.objects = objects
        self.kind = kind
        self.author = author
        self.actions = actions
        self.before = before
        self.limit = limit
    }
}
