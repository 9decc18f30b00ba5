extension ProfileState {
    /// Index of an identity, or nil.
    func index(of identity: Identity) -> Int? {
        identities.firstIndex { $0.identity == identity }
    }

    /// Adds the identities one message named together and links them to its first.
    ///
    /// - Returns: Whether any was new.
    mutating func link(_ named: [Identity], at instant: Timestamp) -> Bool {
        var anchor: Int?
        var added = false
        for identity in named {
            let index: Int
            if let known = self.index(of: identity) {
                index = known
            } else {
                index = identities.count
                identities.append(Member(identity: identity, addedAt: instant))
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

    /// Takes over everything another profile holds (RULINGS 17): identities, links, facts, and of each membership the
    /// better one: realized before exited, of two realized the earlier, of two exited the newer.
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
        for membership in other.memberships {
            guard let mine = self.membership(in: membership.audience) else {
                set(membership)
                continue
            }
            let takesOther =
                switch (mine.status, membership.status) {
                case (.realized, .realized): membership.lastQualificationTime < mine.lastQualificationTime
                case (.exited, .exited): membership.lastQualificationTime > mine.lastQualificationTime
                case (.exited, .realized): true
                case (.realized, .exited): false
                }
            if takesOther { set(membership) }
        }
        eventCount += other.eventCount
        revision = max(revision, other.revision)
        createdAt = min(createdAt, other.createdAt)
    }

    /// Drops identities over the cap, first in first out (RULINGS 21), with their links.
    ///
    /// What a dropped identity had stated stays with the profile, attributed to its oldest identity.
    ///
    /// - Returns: The dropped identities.
    mutating func evictIdentities(over cap: Int) -> [Identity] {
        var evicted: [Identity] = []
        while identities.count > cap {
            let oldest = identities.indices.min {
                (identities[$0].addedAt, $0) < (identities[$1].addedAt, $1)
            }
            guard let oldest else { break }
            evicted.append(identities.remove(at: oldest).identity)
            links = links.compactMap { link in
                let ends = [Int(link.first), Int(link.second)]
                guard !ends.contains(oldest) else { return nil }
                return IdentityLink(ends[0] - (ends[0] > oldest ? 1 : 0), ends[1] - (ends[1] > oldest ? 1 : 0))
            }
            reattribute(from: oldest)
        }
        return evicted
    }

    private mutating func reattribute(from removed: Int) {
        for index in entries.indices {
            let source = Int(entries[index].source)
            if source == removed { entries[index].source = 0 } else if source > removed { entries[index].source -= 1 }
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
    }
}
