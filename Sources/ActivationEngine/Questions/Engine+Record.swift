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
        do throws(StorageError) {
            guard let stored = try await storage.load(request).profiles.first else { return nil }
            // Those of the storage know the profile for certain, and it is a question of one person's.
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            do throws(ProfileValueError) {
                return try ProfileRecord(stored, of: identity, policy: policy, paths: paths, datasets: datasets)
            } catch {
                throw StorageError(error, of: stored)
            }
        } catch {
            throw EngineError(error)
        }
    }
}
