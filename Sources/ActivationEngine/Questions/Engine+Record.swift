public import ActivationCore

extension Engine {
    /// What is stored of the profile that has an identity, each fact with its origin and what became of it.
    ///
    /// It only reads. Calls may overlap.
    ///
    /// - Parameters:
    ///   - identity: Whose profile.
    ///   - mergePolicy: The policy of the view; nil = the default. Of one that links nobody it is the identity's own view.
    /// - Returns: The record; nil when nobody has the identity.
    /// - Throws: `invalidCatalog` when the policy is not in use, or the storage's error.
    public func record(
        of identity: Identity,
        mergePolicy: MergePolicy.ID? = nil
    ) async throws(EngineError) -> ProfileRecord? {
        let policies = pipeline.current.definition.mergePolicies
        guard let policy = policies.first(where: { mergePolicy == nil || $0.id == mergePolicy }) else {
            throw EngineError(.invalidCatalog, "the merge policy does not exist")
        }
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        return try await read(request) { (stored, paths, datasets) throws(ProfileValueError) in
            try ProfileRecord(stored, of: identity, policy: policy, paths: paths, datasets: datasets)
        }
    }

    /// The identities of a profile, in the order in which they joined; nil when there is no such profile, also when it has
    /// become one with another.
    ///
    /// It only reads. Calls may overlap.
    ///
    /// - Throws: The storage's error.
    public func identities(of profile: Profile.ID) async throws(EngineError) -> [Identity]? {
        var request = LoadRequest(scope: scope)
        request.profiles = [profile]
        return try await read(request) { (stored, paths, datasets) throws(ProfileValueError) in
            try stored.identities(paths: paths, datasets: datasets)
        }
    }

    private func read<Value>(
        _ request: LoadRequest,
        _ read: (StoredProfile, PathDictionary, DatasetDictionary) throws(ProfileValueError) -> Value
    ) async throws(EngineError) -> Value? {
        do throws(StorageError) {
            guard let stored = try await storage.load(request).profiles.first else { return nil }
            // Those of the storage know the profile for certain, and it is a question of one person's.
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            do throws(ProfileValueError) {
                return try read(stored, paths, visible(datasets))
            } catch {
                throw StorageError(error, of: stored)
            }
        } catch {
            throw EngineError(error)
        }
    }
}
