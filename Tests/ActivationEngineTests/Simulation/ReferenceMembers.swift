import ActivationCore

// Who entered audiences and who exited (BEHAVIOUR 5.9).

extension ReferenceModel {
    /// Counts what one input made of persons.
    ///
    /// Where all identities stand together, persons who become one leave the others as members; where each stands by
    /// itself, who links or parts identities changes nothing.
    ///
    /// - Parameters:
    ///   - persons: Who they were.
    ///   - person: Who they have become; nil when they are gone.
    ///   - part: Who has parted from them, if anybody did.
    mutating func count(
        _ persons: [ReferencePerson],
        became person: ReferencePerson?,
        part: ReferencePerson? = nil
    ) {
        for audience in catalog.audiences.map(\.id) {
            let before = persons.count { $0.isRealized(audience) }
            count(audience, (person?.isRealized(audience) == true ? 1 : 0) - before)
            count(audience, part?.isRealized(audience) == true ? 1 : 0)
            let alone = Set(persons.flatMap { $0.standing(aloneIn: audience) })
            let aloneNow = Set([person, part].compactMap(\.self).flatMap { $0.standing(aloneIn: audience) })
            count(audience, aloneNow.subtracting(alone).count)
            count(audience, -alone.subtracting(aloneNow).count)
        }
    }

    /// Counts what another configuration made of a person, whose standings follow it.
    mutating func count(_ person: ReferencePerson, moved: ReferencePerson) {
        for audience in catalog.audiences.map(\.id) {
            count(audience, moved.members(of: audience) - person.members(of: audience))
        }
    }

    private mutating func count(_ audience: Audience.ID, _ members: Int) {
        counted[audience, default: MemberCounters()].entered += Int64(max(members, 0))
        counted[audience, default: MemberCounters()].exited += Int64(max(-members, 0))
    }
}

extension ReferencePerson {
    /// The identities that are members of an audience by themselves.
    fileprivate func standing(aloneIn audience: Audience.ID) -> [Identity] {
        members.filter { $0.memberships[audience]?.isRealized ?? false }.map(\.identity)
    }
}
