extension ProfileState {
    /// Takes away the link between two identities.
    ///
    /// - Returns: Places of the identities that nothing holds any more to the one of the two parts that has the oldest
    ///   identity, in order; empty when something else does. Nil when no message has named the two together.
    mutating func unlink(_ one: Identity, _ other: Identity) -> [Int]? {
        guard let first = index(of: one), let second = index(of: other),
            let place = links.firstIndex(of: IdentityLink(first, second))
        else { return nil }
        links.remove(at: place)
        let part = part(of: first)
        guard !part.contains(second) else { return [] }
        let otherPart = self.part(of: second)
        return age(of: part) < age(of: otherPart) ? otherPart : part
    }

    /// Makes a profile of its own of some identities, with the links between them and what they have stated.
    ///
    /// - Parameters:
    ///   - places: The identities' places, in order; never all of them.
    ///   - id: The id of the new profile.
    ///   - instant: When it is made.
    ///   - sequence: The admission that makes it.
    /// - Returns: The new profile, at this one's revision; it has no standings and no events.
    mutating func split(
        off places: [Int],
        as id: Profile.ID,
        at instant: Timestamp,
        sequence: AdmissionSequence
    ) -> ProfileState {
        var part = ProfileState(id: id, createdAt: instant, sequence: sequence)
        part.revision = revision
        let leaving = Set(places)
        let rest = identities.indices.filter { !leaving.contains($0) }
        // Both keep the order of places, so that facts stay sorted.
        part.take(places, from: self)
        take(rest, from: self)
        return part
    }

    private mutating func take(_ places: [Int], from whole: ProfileState) {
        let moved = Dictionary(uniqueKeysWithValues: zip(places, places.indices))
        identities = places.map { whole.identities[$0] }
        links = whole.links.compactMap { link in
            guard let first = moved[Int(link.first)], let second = moved[Int(link.second)] else { return nil }
            return IdentityLink(first, second)
        }
        bytes = whole.bytes
        entries = whole.entries.compactMap { entry in
            guard let source = moved[Int(entry.source)] else { return nil }
            var entry = entry
            entry.source = UInt16(source)
            return entry
        }
        externals = whole.externals.compactMap { external in
            guard let source = moved[Int(external.source)] else { return nil }
            var external = external
            external.source = UInt16(source)
            return external
        }
        // The other's values are no business of this one.
        dropUnusedBytes()
    }

    /// Places of the identities that links connect to one, in order.
    private func part(of place: Int) -> [Int] {
        var part: Set = [place]
        var next = [place]
        while let place = next.popLast() {
            for link in links where Int(link.first) == place || Int(link.second) == place {
                let neighbour = Int(link.first) == place ? Int(link.second) : Int(link.first)
                if part.insert(neighbour).inserted { next.append(neighbour) }
            }
        }
        return part.sorted()
    }

    /// The age of the oldest identity of a part.
    private func age(of part: [Int]) -> IdentityAge {
        part.map { IdentityAge(addedAt: identities[$0].addedAt, sequence: identities[$0].sequence, place: $0) }.min()
            ?? IdentityAge(addedAt: updatedAt, sequence: latestSequence, place: .max)
    }
}

/// Which of a profile's identities came first.
private struct IdentityAge: Comparable {
    var addedAt: Timestamp
    var sequence: AdmissionSequence
    var place: Int

    static func < (left: IdentityAge, right: IdentityAge) -> Bool {
        (left.addedAt, left.sequence, left.place) < (right.addedAt, right.sequence, right.place)
    }
}
