import ActivationCore
import ActivationEngine

/// Erases a person: the profiles that have the identities of a job, each by the same way as any deletion (BEHAVIOUR 3.11).
///
/// It may end at any moment and go on: whoever is about to go stands in the stored job before, and a profile that is gone is not
/// looked for again.
struct PrivacyErasure: Sendable {
    /// The job, as it was stored last.
    private(set) var job: PrivacyJob
    private let engine: any ServerEngine
    private let audit: AuditDesk
    private let save: @Sendable (PrivacyJob) async throws(APIError) -> PrivacyJob
    /// What the profiles had that this one has erased.
    private var erased: Set<Identity> = []

    /// How often profiles are looked for that changed before their turn.
    private static let roundsMax = 8

    init(
        _ job: PrivacyJob,
        engine: any ServerEngine,
        audit: AuditDesk,
        save: @escaping @Sendable (PrivacyJob) async throws(APIError) -> PrivacyJob
    ) {
        self.job = job
        self.engine = engine
        self.audit = audit
        self.save = save
    }

    /// Erases them.
    ///
    /// - Returns: What became of the job, with the receipts.
    /// - Throws: Why not all of them could be erased; those that were are gone.
    mutating func perform() async throws(APIError) -> PrivacyJob.Outcome {
        if job.targets == nil {
            try await lookUp()
            job.state = .processing
            job = try await save(job)
        }
        for _ in 0..<PrivacyErasure.roundsMax {
            let present = try await present()
            if present.isEmpty { return try await outcome() }
            for (profile, identity) in present { try await erase(profile, by: identity) }
        }
        throw APIError(.unavailable, "the identities of a profile changed whenever it was to go", retryAfterSeconds: 1)
    }

    // MARK: Who

    /// Notes the profiles that are to go, and how many of the identities nobody has.
    private mutating func lookUp() async throws(APIError) {
        var (targets, unknown): ([PrivacyJob.Target], Int64) = ([], 0)
        for (place, identity) in job.identities.enumerated() {
            guard let profile = try await owner(of: identity) else {
                unknown += 1
                continue
            }
            if let known = targets.firstIndex(where: { $0.profile == profile }) {
                targets[known].identities.append(place)
            } else {
                targets.append(PrivacyJob.Target(profile: profile, identities: [place]))
            }
        }
        (job.targets, job.unknown) = (targets, unknown)
    }

    /// The profiles that are still to go, each with an identity that it has.
    ///
    /// One that became another is that one from now on, which is stored before anything is done to it.
    private mutating func present() async throws(APIError) -> [(Profile.ID, Identity)] {
        let identities = job.identities
        var targets = job.targets ?? []
        var present: [(profile: Profile.ID, identity: Identity)] = []
        for place in targets.indices where try await !isErased(targets[place].profile) {
            let target = targets[place]
            var found = try await identity(of: target.profile).map { (target.profile, $0) }
            for number in target.identities where found == nil && identities.indices.contains(number) {
                let holder = try await owner(of: identities[number])
                // The oldest survives a merge. Whoever has the identity and is younger came after it, and asked for nothing.
                guard let holder, holder.uuid < target.profile.uuid else { continue }
                targets[place].profile = holder
                found = (holder, identities[number])
            }
            if let found, !present.contains(where: { $0.profile == found.0 }) { present.append(found) }
        }
        if targets != job.targets {
            job.targets = targets
            job = try await save(job)
        }
        return present
    }

    private func owner(of identity: Identity) async throws(APIError) -> Profile.ID? {
        try await PrivacyQuestion.asking { () throws(EngineError) in
            try await engine.profile(identity, mergePolicy: nil)?.id
        }
    }

    private func identity(of profile: Profile.ID) async throws(APIError) -> Identity? {
        try await PrivacyQuestion.asking { () throws(EngineError) in try await engine.identities(of: profile)?.first }
    }

    private func isErased(_ profile: Profile.ID) async throws(APIError) -> Bool {
        try await PrivacyQuestion.asking { () throws(EngineError) in try await engine.erasure(of: profile) != nil }
    }

    // MARK: Erasing

    /// Erases a profile if it has the identity when its turn comes.
    private mutating func erase(_ profile: Profile.ID, by identity: Identity) async throws(APIError) {
        let (engine, rule) = (engine, job.onReturn)
        let details: JSONObject = ["what": "profile", "jobId": .string(job.id)]
        try await audit.erase(.profile(profile), details)
        do throws(APIError) {
            let change = try await PrivacyQuestion.asking { () throws(EngineError) in
                try await engine.delete(identity, onReturn: rule, expecting: profile)
            }
            if case .deleted(let part) = change { erased.formUnion(part.identities) }
        } catch {
            // What may pass is tried again.
            if !error.isRetriable { await audit.eraseFailed(.profile(profile), details, error) }
            throw error
        }
    }

    private func outcome() async throws(APIError) -> PrivacyJob.Outcome {
        let (targets, identities) = (job.targets ?? [], job.identities)
        var profiles: [Profile.ID] = []
        var (lost, unknown): (Int, Int64) = (0, job.unknown)
        for target in targets {
            if try await isErased(target.profile) {
                if !profiles.contains(target.profile) { profiles.append(target.profile) }
            } else if !target.identities.contains(where: {
                identities.indices.contains($0) && erased.contains(identities[$0])
            }) {
                // Else it became one with another at the last moment, and went with that.
                lost += 1
                unknown += Int64(target.identities.count)
            }
        }
        let code: PrivacyOutcomeCode = profiles.isEmpty ? .unknownIdentities : unknown > 0 ? .partial : .success
        return PrivacyJob.Outcome(
            code: code,
            detail: PrivacyErasure.detail(erased: profiles.count, lost: lost),
            profiles: profiles,
            unknown: unknown
        )
    }

    private static func detail(erased: Int, lost: Int) -> String {
        let text =
            erased == 0
            ? "Nobody has these identities." : "\(erased) profiles were erased; the receipts tell what was ever sent."
        guard lost > 0 else { return text }
        return text + " \(lost) more became one with another profile, which has none of the identities any more;"
            + " ask by others of the person's."
    }
}
