import ActivationCore

extension ReferenceModel {
    /// Takes a link away; a person whom nothing else holds together becomes two (BEHAVIOUR 3.12).
    mutating func unlink(_ one: Identity, from other: Identity) -> ReferenceCommand.Outcome {
        guard let number = owners[one], let otherNumber = owners[other] else { return .unknown }
        guard number == otherNumber else { return .notLinked }
        runClock(person: number)
        guard var rest = persons[number], rest.links.remove([one, other]) != nil else { return .notLinked }
        touched.insert(number)
        rest.revision = catalog.revision(after: rest.revision)
        let sides = [rest.hanging(on: one), rest.hanging(on: other)]
        guard sides[0] != sides[1] else {
            rest.seenUntil = now
            persons[number] = rest
            changedAt = max(changedAt, now)
            return .unlinked(ReferenceCommand.Outcome.Part(rest))
        }
        let before = persons[number]
        // Those who are with neither side stay.
        let leaving = rest.hasOldest(sides[0], of: sides[1]) ? sides[1] : sides[0]
        var part = split(off: leaving, of: &rest)
        touched.insert(part.number)
        var change = ReferenceChange(hasIdentityChange: true, before: before)
        change.parts = [before].compactMap(\.self)
        evaluate(&rest, at: now, change: &change)
        var partChange = ReferenceChange(hasIdentityChange: true)
        partChange.splitFrom = before
        evaluate(&part, at: now, change: &partChange)
        count(before.map { [$0] } ?? [], became: rest, part: part)
        keep(rest, change, at: now)
        keep(part, partChange, at: now)
        return .split(rest: ReferenceCommand.Outcome.Part(rest), part: ReferenceCommand.Outcome.Part(part))
    }

    /// A new person of some identities of another, with what they stated and the events about them.
    private mutating func split(off leaving: Set<Identity>, of rest: inout ReferencePerson) -> ReferencePerson {
        admitted += 1
        var part = ReferencePerson(number: admitted, createdAt: now)
        part.revision = rest.revision
        part.members = rest.members.filter { leaving.contains($0.identity) }
        rest.members.removeAll { leaving.contains($0.identity) }
        part.links = rest.links.filter { $0.isSubset(of: leaving) }
        rest.links = rest.links.filter { $0.isDisjoint(with: leaving) }
        part.attributes = rest.attributes.stated(by: leaving)
        rest.attributes = rest.attributes.stated(by: Set(rest.identities))
        for identity in leaving { owners[identity] = part.number }
        let staying = Set(rest.identities)
        func leaves(_ event: ReferenceEvent) -> Bool {
            event.identities.first { leaving.contains($0) || staying.contains($0) }.map(leaving.contains) ?? false
        }
        part.events = rest.events.filter(leaves)
        rest.events.removeAll(where: leaves)
        markSingles(of: part)
        return part
    }

    /// Takes an identity away; a person without any is deleted (BEHAVIOUR 3.12).
    mutating func remove(_ identity: Identity) -> ReferenceCommand.Outcome {
        guard let number = owners[identity] else { return .unknown }
        if persons[number]?.members.count == 1 { return delete(identity, onReturn: nil) }
        runClock(person: number)
        guard let before = persons[number] else { return .unknown }
        var person = before
        var change = ReferenceChange(hasIdentityChange: true, before: before)
        change.parts = [before]
        change.singles.note([identity], leaving: person)
        touched.insert(number)
        leave(identity, &person)
        person.revision = catalog.revision(after: person.revision)
        evaluate(&person, at: now, change: &change)
        count([before], became: person)
        keep(person, change, at: now)
        return .removed(ReferenceCommand.Outcome.Part(person))
    }
}

extension ReferencePerson {
    /// The identities that links lead to from one.
    fileprivate func hanging(on identity: Identity) -> Set<Identity> {
        var found: Set = [identity]
        while true {
            let next = links.filter { !$0.isDisjoint(with: found) }.reduce(found) { $0.union($1) }
            if next == found { return found }
            found = next
        }
    }

    /// Whether the oldest identity of two sides is in the first: by the instant it joined, then by the admission, then
    /// by its place.
    fileprivate func hasOldest(_ side: Set<Identity>, of other: Set<Identity>) -> Bool {
        let oldest = members.enumerated().filter { side.union(other).contains($0.element.identity) }
            .min { left, right in
                (left.element.joined, left.element.number, left.offset)
                    < (right.element.joined, right.element.number, right.offset)
            }
        return oldest.map { side.contains($0.element.identity) } ?? true
    }
}
