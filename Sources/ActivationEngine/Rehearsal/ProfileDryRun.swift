public import ActivationCore

/// What a dataflow would send of one profile now (BEHAVIOUR 3.21).
public struct ProfileDryRun: Sendable {
    /// The profile.
    public var profile: Profile.ID
    /// As of when.
    public var at: Timestamp
    /// How it stands in audiences, with all its identities or with one of them.
    public var standings: [SegmentMembership]
    /// The records that a backfill would make of it, one for each merge policy or identity; none when it is in no audience
    /// that the dataflow maps, or is left out for what it has too much of.
    public var records: [OutboxRow]

    /// Creates a dry run.
    public init(profile: Profile.ID, at: Timestamp, standings: [SegmentMembership], records: [OutboxRow]) {
        self.profile = profile
        self.at = at
        self.standings = standings
        self.records = records
    }
}

extension Engine {
    /// What a dataflow would send now of the profile that has an identity.
    ///
    /// It only reads. Calls may overlap.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow, which may be one that is not in use.
    ///   - identity: Whose profile.
    /// - Returns: Nil when nobody has the identity.
    /// - Throws: `invalidCatalog` when the dataflow cannot be used, or the storage's error.
    public func dryRun(of dataflow: Dataflow, for identity: Identity) async throws(EngineError) -> ProfileDryRun? {
        do {
            var request = LoadRequest(scope: scope)
            request.identities = [identity]
            guard let stored = try await storage.load(request).profiles.first else { return nil }
            // Those of the storage know the profile for certain, and it is a question of one person's.
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            let state = pipeline.current
            var admission = state.admission
            admission.instant = pipeline.now
            let consent = state.definition.audiences.first { $0.id == dataflow.id.withheld }
            var rehearsal = rehearsal(of: dataflow, sending: [], unmapping: [], asking: consent)
            return ProfileDryRun(
                profile: stored.id,
                at: admission.instant,
                standings: try stored.standings(paths: paths, datasets: datasets),
                records: try await rehearsal.records(
                    of: stored,
                    paths: paths,
                    datasets: datasets,
                    leaves: state.catalog.leafSet,
                    admission: admission,
                    storage: storage
                )
            )
        } catch let error as EngineError {
            throw error
        } catch let error as StorageError {
            throw EngineError(error)
        } catch {
            throw EngineError(.incomplete, "a profile cannot be read: \(error)")
        }
    }
}
