/// A batch of inputs, decided over the state that was loaded for it; yields one plan to commit.
///
/// Pure: no clock, no randomness, no I/O (I6). Inputs are decided in order and each sees what those before it did, so
/// results never depend on where one batch ends and the next begins (BEHAVIOUR 3.1).
///
/// First ``requirements(of:)`` says which profiles the inputs are about and ``add(_:owners:of:)`` takes them, then
/// ``suppressible(among:)`` says which identities may be suppressed and ``add(suppressed:)`` takes those that are, then
/// ``eventRequirements(of:)`` says which of their events are needed and ``add(_:known:for:)`` takes those, then
/// ``decide(_:)`` is called for each input. It takes the profile that the input is about out of the batch, works on it
/// (``ProfileDecision``), and puts it back.
public struct DecisionBatch: Sendable {
    /// An identity of the batch.
    struct KnownIdentity: Sendable {
        /// The profile that has it; nil when it left the graph.
        var profile: Int?
        /// Whether a stored profile had it when the batch was loaded.
        var isStored = false
        /// Whether it is on the suppression list; then nobody has it.
        var isSuppressed = false
    }

    /// The catalog decided by.
    public internal(set) var catalog: Catalog
    /// The path dictionary, with what this batch added.
    public internal(set) var paths: PathDictionary
    /// The dataset dictionary, with what this batch added.
    public internal(set) var datasets: DatasetDictionary
    /// How far admission has come.
    public internal(set) var admission: AdmissionMark
    /// What was needed and had not been loaded; then the plan is worth nothing and must not be committed.
    public internal(set) var gap: String?
    /// Stored profiles of which stretches of events were needed that had not been loaded; then the plan is worth nothing
    /// and the batch has to be decided anew with all their events.
    public internal(set) var missingEvents: Set<Profile.ID> = []
    let options: DecisionOptions
    /// In which order messages name their attributes.
    var pathOrder = PathOrder()
    var profiles: [WorkingProfile] = []
    var profileIndex: [Profile.ID: Int] = [:]
    var identityIndex: [Identity: KnownIdentity] = [:]
    var changedIdentities: [Identity] = []
    /// Whether there may be a suppressed identity among them.
    var hasSuppressed = false
    /// The row of the last turn in each backfill that has begun or ended.
    public internal(set) var backfillPlaces: [Backfill.ID: Int64]
    /// What went with datasets that had ended, since the last evaluation began.
    var removed: [RemovedStatements] = []
    /// Marks that inputs name and that the storage has.
    var resumeMarks: Set<ResumeMark.Key> = []
    var plan: CommitPlan
    /// The latest instant of a loaded profile.
    var latestInstant = Timestamp(milliseconds: .min)
    private let firstNewPath: Int
    private let firstNewDataset: Int

    /// Creates a batch over nothing.
    ///
    /// - Parameters:
    ///   - scope: Where the profiles belong.
    ///   - catalog: What to decide by.
    ///   - paths: The path dictionary as stored.
    ///   - datasets: The dataset dictionary as stored.
    ///   - admission: How far admission had come before the batch.
    ///   - backfillPlaces: The row of the last turn in each backfill that has begun or ended.
    ///   - options: Rules left to the operator.
    public init(
        scope: Scope,
        catalog: Catalog,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        admission: AdmissionMark,
        backfillPlaces: [Backfill.ID: Int64] = [:],
        options: DecisionOptions = DecisionOptions()
    ) {
        self.catalog = catalog
        self.paths = paths
        self.datasets = datasets
        self.admission = admission
        self.backfillPlaces = backfillPlaces
        self.options = options
        plan = CommitPlan(scope: scope)
        firstNewPath = paths.count
        firstNewDataset = datasets.count
        self.catalog.know(datasets)
    }

    /// Decides inputs, one after the other; the loaded state must cover all of them.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - namingInputs: Whether records say which input caused them, by its index (``OutboxRow/input``).
    /// - Returns: One result per input, in their order.
    public mutating func decide(_ inputs: ArraySlice<Input>, namingInputs: Bool = false) -> [DecisionResult] {
        var results: [DecisionResult] = []
        results.reserveCapacity(inputs.count)
        let first = inputs.startIndex
        inputs.withUnsafeBufferPointer { inputs in
            for place in inputs.indices {
                results.append(decide(inputs[place].cause, now: inputs[place].now))
                if namingInputs { nameInput(first + place) }
            }
        }
        return results
    }

    /// Notes the input in the records that are new since the last one was noted.
    private mutating func nameInput(_ index: Int) {
        for row in plan.outbox.indices.reversed() {
            guard plan.outbox[row].input == nil else { return }
            plan.outbox[row].input = index
        }
    }

    /// Decides one input, after everything that the clock did to its profiles until then; the loaded state must cover it.
    public mutating func decide(_ input: Input) -> DecisionResult {
        decide(input.cause, now: input.now)
    }

    private mutating func decide(_ cause: consuming Input.Cause, now: Timestamp) -> DecisionResult {
        let now = now < latestInstant ? max(now, latestInstant(for: cause)) : now
        switch consume cause {
        case .message(let message):
            let known = profiles.count
            let result = decide(message, now: now)
            message.uploadPlace.map { note($0, result, made: profiles.count - known) }
            return result
        case .evaluation(let profile, let audiences):
            guard let index = place(of: profile) else { return .evaluated(ProfileEvaluation()) }
            removed = []
            runTimers(of: index, until: now)
            var evaluation = evaluate(audiences, of: index, now: now)
            evaluation.removed = removed
            return .evaluated(evaluation)
        case .clock(let profile):
            guard let index = place(of: profile) else { return .accepted }
            runTimers(of: index, until: now, limit: DecisionBatch.clockInstantsMax)
        case .backfill(let profile, let row, let id):
            return takeTurn(of: profile, at: row, in: id, now: now)
        case .backfillEnd(let id):
            end(id)
        case .unlink(let one, let other):
            return .identities(unlink(one, from: other, now: now))
        case .removal(let identity):
            return .identities(remove(identity, now: now))
        case .deletion(let identity, let onReturn, let expected):
            return .identities(delete(identity, onReturn: onReturn, expecting: expected, now: now))
        case .readmission(let identity):
            return .identities(readmit(identity))
        case .reconcile(let mark):
            return reconcile(mark, now: now)
        }
        return .accepted
    }

    /// The latest instant of the profiles that an input is about: where several decide, one's clock may be behind that of whoever changed
    /// them last, and time falls for nobody.
    private func latestInstant(for cause: borrowing Input.Cause) -> Timestamp {
        let places = cause.identities.compactMap(owner) + (cause.profile.flatMap(place).map { [$0] } ?? [])
        return places.map { profiles[$0].state.updatedAt }.max() ?? Timestamp(milliseconds: .min)
    }

    /// Notes how far an upload has come with one of its rows, whatever became of that.
    private mutating func note(_ place: UploadPlace, _ result: DecisionResult, made: Int) {
        var progress = plan.uploads[place.upload] ?? CommitPlan.UploadProgress(line: place.line, accepted: 0)
        progress.line = max(progress.line, place.line)
        if case .refused = result {} else { progress.accepted += 1 }
        progress.made += Int64(made)
        plan.uploads[place.upload] = progress
    }

    /// Takes a profile out to be worked on; until it is put back an empty one stands in its place.
    mutating func takeOut(_ index: Int) -> WorkingProfile {
        profiles[index].willChange()
        return exchange(&profiles[index], with: .takenOut)
    }

    /// Puts a profile back where it was; an empty one takes its place in the decision.
    mutating func putBack(_ decision: inout ProfileDecision) {
        if decision.isRevised { decision.trace(isExcluded: decision.profile.isExcluded(by: options), catalog) }
        gap = decision.gap ?? gap
        if decision.isMissingEvents { missingEvents.insert(decision.profile.state.id) }
        let index = decision.index
        swap(&profiles[index], &decision.profile)
        if profiles[index].isWorthPacking { profiles[index].pack(due: due(of: index)) }
    }

    /// Begins a profile's next revision: no later message may get an earlier instant.
    mutating func revise(_ decision: inout ProfileDecision) {
        decision.revise(catalog)
        admission.instant = max(admission.instant, decision.now)
    }

    /// Everything the decided inputs change.
    public consuming func commitPlan() -> CommitPlan {
        plan.paths = paths.writes(after: firstNewPath)
        for index in firstNewDataset..<max(datasets.count, firstNewDataset) {
            plan.datasets.append(CommitPlan.DatasetWrite(id: UInt16(index + 1), name: datasets.names[index]))
        }
        // Also what changed no revision stands as of an instant that must not come again.
        if profiles.contains(where: \.isDirty) { plan.admission = admission }
        if profiles.contains(where: { $0.absorbedBy != nil }) { followMerges() }
        for index in profiles.indices where profiles[index].isStoredAgain && profiles[index].packed == nil {
            profiles[index].storeLeaves(catalog.leaves)
            profiles[index].pack(due: due(of: index))
        }
        // Read in place: a copy of each would cost more than what is read of it.
        for index in profiles.indices {
            if let deletion = deletion(of: index) {
                plan.deletions.append(deletion)
            } else if let survivor = profiles[index].absorbedBy, !profiles[root(survivor)].isDeleted {
                // A profile that was made and absorbed within the batch never reaches the storage.
                guard profiles[index].storedRevision > 0 else { continue }
                plan.merges.append(
                    CommitPlan.ProfileMerge(
                        absorbed: StoredProfile(
                            row: profiles[index].row,
                            id: profiles[index].state.id,
                            revision: profiles[index].storedRevision,
                            value: []
                        ),
                        survivor: profiles[root(survivor)].state.id
                    )
                )
            } else if profiles[index].isStoredAgain, let (value, due) = profiles[index].takePacked() {
                plan.profiles.append(
                    CommitPlan.ProfileWrite(
                        profile: StoredProfile(
                            row: profiles[index].row,
                            id: profiles[index].state.id,
                            revision: profiles[index].state.revision,
                            value: value,
                            due: due
                        ),
                        expectedRevision: profiles[index].storedRevision
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

    /// Rows and events of this very batch go to whoever absorbed their profiles; the storage moves the stored ones.
    private mutating func followMerges() {
        func survivor(of profile: Profile.ID) -> Profile.ID {
            profileIndex[profile].map { profiles[root($0)].state.id } ?? profile
        }
        for index in plan.outbox.indices {
            let owner = plan.outbox[index].profile
            plan.outbox[index].profile = survivor(of: owner)
        }
        for index in plan.events.indices {
            let owner = plan.events[index].profile
            plan.events[index].profile = survivor(of: owner)
        }
        plan.marks = following(plan.marks)
    }

    /// Where a profile of the batch, or the one that absorbed it, stands; nil when it is not there or is deleted.
    func place(of profile: Profile.ID) -> Int? {
        profileIndex[profile].map(root).flatMap { profiles[$0].isDeleted ? nil : $0 }
    }

    /// The profile that stands for a profile after the merges of this batch.
    func root(_ index: Int) -> Int {
        var index = index
        while let next = profiles[index].absorbedBy { index = next }
        return index
    }
}
