extension DecisionBatch {
    /// The identities that nobody has and that may thus be on the suppression list, by their digests.
    ///
    /// - Parameter identities: What ``requirements(of:)`` asked for, after its profiles were added.
    /// - Returns: Those to look up; nil when there is no key to know them by.
    public func suppressible(among identities: [Identity]) -> [IdentityDigest: Identity]? {
        guard let hash = options.identityHash else { return nil }
        var digests: [IdentityDigest: Identity] = [:]
        for identity in identities where identityIndex[identity]?.profile == nil { digests[hash(identity)] = identity }
        return digests
    }

    /// Takes the identities that are on the suppression list.
    public mutating func add(suppressed identities: some Sequence<Identity>) {
        for identity in identities { setSuppressed(identity, true) }
    }

    /// Refuses a message that names a suppressed identity.
    ///
    /// - Throws: `IDENTITY_SUPPRESSED`.
    func refuseSuppressed(_ identities: [Identity]) throws(MessageError) {
        guard hasSuppressed, let found = identities.first(where: { identityIndex[$0]?.isSuppressed == true }) else {
            return
        }
        throw MessageError(
            code: "IDENTITY_SUPPRESSED",
            pointer: "/identityMap",
            keyword: "not",
            message: "the message names an identity of namespace \(found.namespace) that was deleted and may not come "
                + "again; nothing was stored"
        )
    }

    /// Enters an identity of a deleted profile in the suppression list.
    mutating func suppress(_ identity: Identity, of profile: ProfileState) {
        guard let hash = options.identityHash else {
            gap = "a key for the suppression list"
            return
        }
        setSuppressed(identity, true)
        plan.suppressions.append(
            Suppression(
                digest: hash(identity),
                namespace: identity.namespace,
                profile: profile.id,
                suppressedAt: profile.updatedAt
            )
        )
    }

    /// Takes an identity off the suppression list (BEHAVIOUR 3.11).
    mutating func readmit(_ identity: Identity) -> IdentityChange {
        guard let hash = options.identityHash, identityIndex[identity]?.isSuppressed == true else { return .unknown }
        setSuppressed(identity, false)
        let digest = hash(identity)
        plan.suppressions.removeAll { $0.digest == digest }
        plan.readmissions.insert(digest)
        return .readmitted
    }

    private mutating func setSuppressed(_ identity: Identity, _ isSuppressed: Bool) {
        identityIndex[identity, default: KnownIdentity()].isSuppressed = isSuppressed
        if isSuppressed { hasSuppressed = true }
    }
}
