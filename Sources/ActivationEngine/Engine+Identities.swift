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
    public func delete(_ identity: Identity) async throws(EngineError) -> IdentityChange {
        try await change(.deletion(identity))
    }

    private func change(_ cause: Input.Cause) async throws(EngineError) -> IdentityChange {
        guard case .identities(let change)? = try await lane.decide([cause]).first else {
            throw EngineError(.storage, "the profile cannot be read, so nothing was changed; the log says why")
        }
        return change
    }
}
