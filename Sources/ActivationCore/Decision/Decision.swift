/// One thing to decide, with the instant of its admission (RULINGS 2, 3).
public struct Input: Sendable {
    /// What happened.
    public enum Cause: Sendable {
        /// A message came in; a profile that must be made for it gets this id.
        case message(Message, newProfile: Profile.ID)
        /// Audiences are new or changed: evaluate them for a stored profile (RULINGS 6).
        case evaluation(Profile.ID, audiences: [Audience.ID])
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

/// What became of an input.
public enum DecisionResult: Sendable, Hashable {
    /// It changed a profile.
    case accepted
    /// The profile already has this event; nothing changed (RULINGS 20).
    case duplicate
    /// It cannot be taken; nothing changed.
    case refused(MessageError)
}

/// Decides a batch of inputs over the state that was loaded for it, and yields one plan to commit.
///
/// Pure: no clock, no randomness, no I/O (I6). Inputs are decided in order and each sees what those before it did, so
/// results never depend on where one batch ends and the next begins (RULINGS 2).
public struct Decision: Sendable {
    /// A profile in the batch: as stored, and as it is now.
    struct WorkingProfile: Sendable {
        var state: ProfileState
        var row: Int64
        /// Revision in the storage; 0 when it is new.
        var storedRevision: Int64
        var isDirty = false
        /// Index of the profile that absorbed this one.
        var absorbedBy: Int?
        /// All events, by (timestamp, id); nil when they were not loaded.
        var events: [ProfileEvent]?
        /// Ids among the batch's that the profile has: loaded as known, come in this batch, or taken over in a merge.
        var knownEvents: Set<String> = []
    }

    /// An identity of the batch.
    struct KnownIdentity: Sendable {
        /// The profile that has it; nil when it left the graph.
        var profile: Int?
        /// Whether a stored profile had it when the batch was loaded.
        var isStored = false
    }

    /// The catalog decided by.
    public internal(set) var catalog: Catalog
    /// The path dictionary, with what this batch added.
    public internal(set) var paths: PathDictionary
    /// The dataset dictionary, with what this batch added.
    public internal(set) var datasets: DatasetDictionary
    let options: DecisionOptions
    var profiles: [WorkingProfile] = []
    var profileIndex: [Profile.ID: Int] = [:]
    var identityIndex: [Identity: KnownIdentity] = [:]
    var changedIdentities: [Identity] = []
    var plan: CommitPlan
    private let firstNewPath: Int
    private let firstNewDataset: Int

    /// Creates a decision over nothing; add what was loaded before deciding.
    public init(
        scope: Scope,
        catalog: Catalog,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        options: DecisionOptions = DecisionOptions()
    ) {
        self.catalog = catalog
        self.paths = paths
        self.datasets = datasets
        self.options = options
        plan = CommitPlan(scope: scope)
        firstNewPath = paths.count
        firstNewDataset = datasets.count
    }

    /// Makes room for so many stored profiles.
    public mutating func reserveCapacity(_ count: Int) {
        profiles.reserveCapacity(count)
        profileIndex.reserveCapacity(count)
        identityIndex.reserveCapacity(count)
        plan.profiles.reserveCapacity(count)
    }

    /// Adds a stored profile.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - events: All its events by (timestamp, id), or nil when no input of the batch can need them.
    /// - Throws: When the stored value cannot be read.
    public mutating func add(_ stored: StoredProfile, events: [ProfileEvent]?) throws(ProfileValueError) {
        let state = try ProfileValue.decode(stored)
        profileIndex[stored.id] = profiles.count
        for member in state.identities {
            identityIndex[member.identity] = KnownIdentity(profile: profiles.count, isStored: true)
        }
        profiles.append(
            WorkingProfile(state: state, row: stored.row, storedRevision: stored.revision, events: events)
        )
    }

    /// Notes that a stored profile has an event with this id; needed for every event id that an input brings.
    public mutating func addKnownEvent(_ id: String, of profile: Profile.ID) {
        guard let index = profileIndex[profile] else { return }
        profiles[index].knownEvents.insert(id)
    }

    /// Decides one input; the loaded state must cover it.
    public mutating func decide(_ input: Input) -> DecisionResult {
        switch input.cause {
        case .message(let message, let newProfile):
            decide(message, newProfile: newProfile, now: input.now)
        case .evaluation(let profile, let audiences):
            evaluate(profile, audiences: audiences, now: input.now)
        }
    }

    /// Everything the decided inputs change.
    public consuming func commitPlan() -> CommitPlan {
        for id in (firstNewPath + 1)..<max(paths.count + 1, firstNewPath + 1) {
            let path = PathID(rawValue: UInt32(id))
            plan.paths.append(
                CommitPlan.PathWrite(id: path, parent: paths.parent(of: path), name: Array(paths.name(of: path)))
            )
        }
        for index in firstNewDataset..<max(datasets.count, firstNewDataset) {
            plan.datasets.append(CommitPlan.DatasetWrite(id: UInt16(index + 1), name: datasets.names[index]))
        }
        for profile in profiles {
            if let survivor = profile.absorbedBy {
                // A profile that was made and absorbed within the batch never reaches the storage.
                guard profile.storedRevision > 0 else { continue }
                plan.merges.append(
                    CommitPlan.ProfileMerge(
                        absorbed: StoredProfile(
                            row: profile.row,
                            id: profile.state.id,
                            revision: profile.storedRevision,
                            value: []
                        ),
                        survivor: profiles[root(survivor)].state.id
                    )
                )
            } else if profile.isDirty {
                plan.profiles.append(
                    CommitPlan.ProfileWrite(
                        profile: StoredProfile(
                            row: profile.row,
                            id: profile.state.id,
                            revision: profile.state.revision,
                            value: ProfileValue.encode(profile.state)
                        ),
                        expectedRevision: profile.storedRevision
                    )
                )
            }
        }
        var seen = Set<Identity>()
        for identity in changedIdentities where seen.insert(identity).inserted {
            let known = identityIndex[identity]
            let owner = known?.profile.map { profiles[root($0)].state.id }
            if owner == nil, known?.isStored != true { continue }
            plan.identities.append(CommitPlan.IdentityWrite(identity: identity, profile: owner))
        }
        return plan
    }

    /// The profile that stands for a profile after the merges of this batch.
    func root(_ index: Int) -> Int {
        var index = index
        while let next = profiles[index].absorbedBy { index = next }
        return index
    }
}

/// Switches of the rules that RULINGS leaves to the operator.
public struct DecisionOptions: Sendable {
    /// What happens at the identity cap (RULINGS 21).
    public enum CapRule: Sendable {
        /// The oldest goes, in the same revision.
        case evict
        /// A profile over the cap is neither evaluated nor exported.
        case exclude
    }

    /// What happens when a profile has too many identities.
    public var identityCap: CapRule
    /// What happens when a profile has too many events.
    public var eventCap: CapRule

    /// Creates options.
    public init(identityCap: CapRule = .evict, eventCap: CapRule = .evict) {
        self.identityCap = identityCap
        self.eventCap = eventCap
    }
}
