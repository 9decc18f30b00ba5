extension DecisionBatch {
    /// The identities of a message that its profile may have, and the namespaces of those that are left out, since with
    /// them it would have too many of some namespace (BEHAVIOUR 4.3).
    ///
    /// The first stays in any case; each of the others is looked at with those before it, as they are linked in turn.
    ///
    /// - Throws: `IDENTITY_LIMIT` when the namespace of which there would be too many has such messages refused.
    func permitted(
        _ identities: [Identity]
    ) throws(MessageError) -> (identities: [Identity], leftOut: [String]) {
        guard catalog.namespaces.boundsProfiles, identities.count > 1 else { return (identities, []) }
        var permitted = [identities[0]]
        var leftOut: [String] = []
        var counts = boundedCounts(of: permitted)
        for identity in identities.dropFirst() {
            let next = boundedCounts(of: permitted + [identity])
            guard let exceeded = catalog.namespaces.exceeded(by: next, from: counts) else {
                permitted.append(identity)
                counts = next
                continue
            }
            guard exceeded.rules.onViolation == .drop else {
                throw MessageError(
                    code: "IDENTITY_LIMIT",
                    pointer: "/identityMap",
                    keyword: "maxItems",
                    message: "the message would link identities so that one profile has more than "
                        + "\(exceeded.rules.profileMax ?? 0) of namespace \(exceeded.symbol)"
                )
            }
            leftOut.append(identity.namespace)
        }
        return (permitted, leftOut)
    }

    /// How many identities of each bounded namespace a profile of these identities would have.
    private func boundedCounts(of identities: [Identity]) -> [ByteKey: Int] {
        var members = Set(identities)
        for identity in identities {
            guard let owner = owner(of: identity) else { continue }
            members.formUnion(profiles[owner].state.identities.lazy.map(\.identity))
        }
        var counts: [ByteKey: Int] = [:]
        for member in members where catalog.namespaces.namespace(symbol: member.namespace)?.rules.profileMax != nil {
            counts[ByteKey(member.namespace), default: 0] += 1
        }
        return counts
    }
}

extension NamespaceDirectory {
    /// The first namespace of which there are too many now and were fewer before.
    fileprivate func exceeded(by counts: [ByteKey: Int], from before: [ByteKey: Int]) -> IdentityNamespace? {
        counts.sorted { $0.key < $1.key }.lazy.compactMap { symbol, count in
            guard let namespace = namespace(symbol: symbol.string), let bound = namespace.rules.profileMax,
                count > bound, count > before[symbol] ?? 0
            else { return nil }
            return namespace
        }.first
    }
}
