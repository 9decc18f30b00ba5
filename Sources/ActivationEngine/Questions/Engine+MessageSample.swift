public import ActivationCore

extension Engine {
    /// A record of a stored profile as a dataflow would send it, which may be one that is not in use.
    ///
    /// Profiles are looked at in row order after a row and from the first row on where they end. It only reads. Calls may
    /// overlap.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow as it would be.
    ///   - row: Where to begin.
    ///   - limit: Profiles at most.
    /// - Returns: The record of the first that is a member of a mapped audience; nil when none of them is.
    /// - Throws: `invalidCatalog` when the dataflow cannot be used, or the storage's error.
    public func sample(
        of dataflow: Dataflow,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> OutboxRow? {
        let member: (profile: StoredProfile, audiences: Set<Audience.ID>)?
        var paths: PathDictionary
        let datasets: DatasetDictionary
        do throws(StorageError) {
            let stored = try await profiles(after: row, limit: limit)
            // Read after the profiles, so that they have all their numbers.
            (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            do throws(ProfileValueError) {
                member = try dataflow.firstMember(among: stored, paths: paths, datasets: datasets)
            } catch {
                throw StorageError(error)
            }
        } catch {
            throw EngineError(error)
        }
        guard let (profile, audiences) = member else { return nil }
        do {
            let definition = try pipeline.current.definition.showing(dataflow, and: audiences)
            let catalog = try Catalog(compiling: definition, paths: &paths)
            return try catalog.sample(
                of: dataflow.id,
                from: profile,
                paths: paths,
                datasets: datasets,
                at: time.now()
            )
        } catch {
            throw EngineError(.invalidCatalog, "the dataflow cannot be used as it is configured: \(error)")
        }
    }

    /// Profiles in row order after a row, and from the first row on where they end.
    func profiles(after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        let stored = try await storage.profiles(scope: scope, after: row, limit: limit)
        guard stored.count < limit, row > 0 else { return stored }
        let known = Set(stored.map(\.row))
        let first = try await storage.profiles(scope: scope, after: 0, limit: limit - stored.count)
        return stored + first.filter { !known.contains($0.row) }
    }
}

extension Dataflow {
    /// The first of some profiles that is a member of a mapped audience, with all audiences that it is a member of.
    fileprivate func firstMember(
        among stored: [StoredProfile],
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> (profile: StoredProfile, audiences: Set<Audience.ID>)? {
        let mapped = Set(audiences.map(\.audience))
        guard !mapped.isEmpty else { return nil }
        for profile in stored {
            let audiences = try profile.audiences(paths: paths, datasets: datasets)
            if !audiences.isDisjoint(with: mapped) { return (profile, audiences) }
        }
        return nil
    }
}
