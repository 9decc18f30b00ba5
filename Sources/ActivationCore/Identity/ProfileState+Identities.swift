extension ProfileState {
    /// Index of an identity, or nil.
    func index(of identity: Identity) -> Int? {
        identities.firstIndex { $0.identity == identity }
    }

    /// Adds the identities one message named together and links them to its first.
    ///
    /// - Returns: Whether any was new.
    mutating func link(_ named: [Identity], at instant: Timestamp, sequence: AdmissionSequence) -> Bool {
        var anchor: Int?
        var added = false
        for identity in named {
            let index: Int
            if let known = self.index(of: identity) {
                index = known
            } else {
                index = identities.count
                identities.append(Member(identity: identity, addedAt: instant, sequence: sequence))
                added = true
            }
            if let anchor, anchor != index {
                let link = IdentityLink(anchor, index)
                if !links.contains(link) { links.append(link) }
            }
            anchor = anchor ?? index
        }
        return added
    }

    /// Takes over everything another profile holds (BEHAVIOUR 3.12): identities, links, facts, and of each membership
    /// the better one: realized before exited, of two realized the earlier, of two exited the newer.
    mutating func absorb(_ other: ProfileState) {
        let offset = identities.count
        identities.append(contentsOf: other.identities)
        links.append(
            contentsOf: other.links.map { IdentityLink(Int($0.first) + offset, Int($0.second) + offset) }
        )
        let valueOffset = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        entries.append(
            contentsOf: other.entries.map {
                var entry = $0
                entry.source += UInt16(offset)
                entry.start += valueOffset
                return entry
            }
        )
        entries.sort { $0.isBefore($1) }
        externals.append(
            contentsOf: other.externals.map {
                var external = $0
                external.source += UInt16(offset)
                return external
            }
        )
        externals.sort { $0.isBefore($1) }
        for membership in other.memberships {
            let mine = self.membership(in: membership.audience)
            if mine.map({ membership.prevails(over: $0) }) ?? true { set(membership) }
        }
        eventCount += other.eventCount
        for age in other.eventAges { noteEvent(of: age.dataset, at: age.oldest) }
        revision = max(revision, other.revision)
        createdAt = min(createdAt, other.createdAt)
    }

    /// Drops identities over the cap, those that say least about a person first, with their links (BEHAVIOUR 4.3).
    ///
    /// Within a type the one that joined first goes; those that `named` holds stay while another can go. What a dropped
    /// identity had stated stays with the profile, attributed to its first one; memberships that others stated of it go.
    ///
    /// - Returns: The dropped identities.
    mutating func evictIdentities(
        over cap: Int,
        sparing named: [Identity],
        namespaces: NamespaceDirectory
    ) -> [Member] {
        let surplus = identities.count - max(cap, 1)
        guard surplus > 0 else { return [] }
        let ranked = identities.enumerated().map { position, member in
            EvictionRank(
                isNamed: named.contains(member.identity),
                type: (namespaces.namespace(symbol: member.identity.namespace)?.type ?? .crossDevice).evictionRank,
                addedAt: member.addedAt,
                sequence: member.sequence,
                position: position
            )
        }
        return remove(at: Set(ranked.sorted().prefix(surplus).map(\.position)))
    }

    /// Drops an identity with its links and the memberships that others stated of it; what it had stated stays, attributed to
    /// the first one.
    ///
    /// - Returns: What was dropped; nothing when it is the only one or not there.
    mutating func remove(_ identity: Identity) -> [Member] {
        guard let position = index(of: identity), identities.count > 1 else { return [] }
        return remove(at: [position])
    }

    private mutating func remove(at leaving: Set<Int>) -> [Member] {
        var places: [Int?] = []
        var kept: [Member] = []
        var evicted: [Member] = []
        for (position, member) in identities.enumerated() {
            if leaving.contains(position) {
                places.append(nil)
                evicted.append(member)
            } else {
                places.append(kept.count)
                kept.append(member)
            }
        }
        identities = kept
        links = links.compactMap { link in
            guard let first = places[Int(link.first)], let second = places[Int(link.second)] else { return nil }
            return IdentityLink(first, second)
        }
        reattribute(to: places)
        return evicted
    }

    /// Gives facts their identities' new places, those of an identity without one the first.
    private mutating func reattribute(to places: [Int?]) {
        for index in entries.indices {
            entries[index].source = UInt16(places[Int(entries[index].source)] ?? 0)
        }
        entries.sort { $0.isBefore($1) }
        var kept: [AttributeEntry] = []
        kept.reserveCapacity(entries.count)
        for entry in entries {
            if let last = kept.last, last.isSameStatement(as: entry) {
                if entry.isNewer(than: last) { kept[kept.count - 1] = entry }
            } else {
                kept.append(entry)
            }
        }
        entries = kept
        // That it belongs to an audience was said of the identity, not of the person.
        externals = externals.compactMap { external in
            guard let place = places[Int(external.source)] else { return nil }
            var external = external
            external.source = UInt16(place)
            return external
        }
    }
}

/// The order in which a profile's identities go when it has too many.
private struct EvictionRank: Comparable {
    var isNamed: Bool
    var type: Int
    var addedAt: Timestamp
    var sequence: AdmissionSequence
    var position: Int

    static func < (left: EvictionRank, right: EvictionRank) -> Bool {
        if left.isNamed != right.isNamed { return right.isNamed }
        return (left.type, left.addedAt, left.sequence, left.position)
            < (right.type, right.addedAt, right.sequence, right.position)
    }
}
