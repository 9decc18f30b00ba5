public import ActivationCore

extension Engine {
    /// Takes away the link between two identities; a profile that nothing else holds together becomes two
    /// (BEHAVIOUR 3.12).
    ///
    /// Returns when that is durable.
    public func unlink(_ one: Identity, from other: Identity) async throws(EngineError) -> IdentityChange {
        try await change(.unlink(one, other))
    }

    /// Takes an identity out of its profile, which is deleted when it was the last one (BEHAVIOUR 3.12).
    ///
    /// Returns when that is durable.
    public func remove(_ identity: Identity) async throws(EngineError) -> IdentityChange {
        try await change(.removal(identity))
    }

    /// Deletes the profile that has an identity (BEHAVIOUR 3.11).
    ///
    /// Returns when that is durable.
    ///
    /// - Parameters:
    ///   - identity: One of the profile's identities.
    ///   - onReturn: What happens when one of them comes again; nil = what the operator has decided.
    ///   - expected: The profile that is meant: nothing is deleted when another one has the identity by then. nil = whichever
    ///     has it.
    /// - Returns: What was deleted.
    /// - Throws: When it could not be stored; then nothing was deleted.
    public func delete(
        _ identity: Identity,
        onReturn: DecisionOptions.ReturnRule?,
        expecting expected: Profile.ID? = nil
    ) async throws(EngineError) -> IdentityChange {
        try await change(.deletion(identity, onReturn: onReturn, expecting: expected))
    }

    /// Lets a suppressed identity come again (BEHAVIOUR 3.11).
    ///
    /// Returns when that is durable.
    public func readmit(_ identity: Identity) async throws(EngineError) -> IdentityChange {
        try await change(.readmission(identity))
    }

    /// The entry of the suppression list that an identity has; nil when it has none.
    ///
    /// - Throws: The storage's error.
    public func suppression(of identity: Identity) async throws(EngineError) -> Suppression? {
        guard let hash = options.decision.identityHash else { return nil }
        do throws(StorageError) {
            return try await storage.suppressions(of: [hash(identity)], scope: scope).first
        } catch {
            throw EngineError(error)
        }
    }

    /// The suppression list in the order of its digests, after one of them, at most `limit`.
    public func suppressions(
        after last: IdentityDigest?,
        limit: Int
    ) async throws(EngineError) -> [Suppression] {
        do throws(StorageError) {
            return try await storage.suppressions(scope: scope, after: last, limit: limit)
        } catch {
            throw EngineError(error)
        }
    }

    /// The profiles that were deleted, the last one first, at most `limit`.
    public func erasures(limit: Int) async throws(EngineError) -> [Erasure] {
        do throws(StorageError) {
            return try await storage.erasures(scope: scope, limit: limit)
        } catch {
            throw EngineError(error)
        }
    }

    /// That a profile was deleted, and what was ever sent of it as far as the ledger goes back; nil when it was not.
    public func erasure(of profile: Profile.ID) async throws(EngineError) -> (Erasure, [Delivery])? {
        do throws(StorageError) {
            guard let erasure = try await storage.erasure(of: profile, scope: scope) else { return nil }
            return (erasure, try await storage.deliveries(of: profile, scope: scope))
        } catch {
            throw EngineError(error)
        }
    }

    private func change(_ cause: Input.Cause) async throws(EngineError) -> IdentityChange {
        guard case .identities(let change)? = try await lane.decide([cause]).first else {
            throw EngineError(.corrupt, "the profile cannot be read, so nothing was changed; the log says why")
        }
        return change
    }
}
