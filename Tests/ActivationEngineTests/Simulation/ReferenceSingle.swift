import ActivationCore

// Identities by themselves, as merge policies see them that link nobody (BEHAVIOUR 4.4).

/// What one input did to identities by themselves.
struct ReferenceSingleChanges {
    /// Audiences whose status changed, with the standing before.
    var statusChanges: [Identity: [Audience.ID: ReferenceMembership?]] = [:]
    /// Identities that the person did not have before.
    var joined: Set<Identity> = []
    /// The identity that stated what the input wrote.
    var source: Identity?
    /// What it was before by itself; nil = nobody had it.
    var sourceBefore: ReferencePerson?
    /// What identities that left the person were by themselves, in the order in which they had joined.
    private var leaving: [ReferencePerson] = []

    /// Notes what identities are by themselves that are about to leave a person.
    mutating func note(_ identities: [Identity], leaving person: ReferencePerson) {
        guard !identities.isEmpty else { return }
        leaving += person.singles.filter { identities.contains($0.members[0].identity) }
    }

    /// Those who left a person, as of the person's revision, in places where nobody else stands.
    func left(_ person: ReferencePerson) -> [ReferencePerson] {
        leaving.enumerated().map { offset, single in
            var single = single
            single.place = person.members.count + offset
            single.revision = person.revision
            return single
        }
    }
}

extension ReferenceChange {
    /// Whether anybody's status changed, that of all identities together or of one by itself.
    var hasStatusChanges: Bool {
        !statusChanges.isEmpty || !singles.statusChanges.isEmpty || !consents.isEmpty
    }

    /// What the input did to a person, or to an identity by itself.
    ///
    /// To become one with others, or two, does nothing to an identity by itself.
    func of(_ view: ReferencePerson) -> ReferenceChange {
        guard view.place != nil, let identity = view.identities.first else { return self }
        var own = ReferenceChange()
        own.statusChanges = singles.statusChanges[identity] ?? [:]
        own.hasIdentityChange = singles.joined.contains(identity)
        own.overdue = overdue.filter { $0.identities.contains(identity) }
        if endsDataset {
            own.endsDataset = true
            own.dataset = dataset
            own.before = before?.single(identity)
        }
        guard identity == singles.source else { return own }
        own.written = written
        own.dataset = dataset
        own.before = singles.sourceBefore
        return own
    }
}

extension ReferencePerson {
    /// Whom a merge policy sees: all identities together or, where it links nobody, each by itself in the order in which
    /// they joined.
    func seen(by policy: ReferencePolicy) -> [ReferencePerson] { policy.linksNobody ? singles : [self] }

    /// The identities by themselves, in the order in which they joined: what each stated, the events that name it first
    /// of the person's identities, where it stands.
    var singles: [ReferencePerson] {
        let known = Set(identities)
        let owned = Dictionary(grouping: events) { event in event.identities.first(where: known.contains) }
        return members.enumerated().map { place, member in
            var single = ReferencePerson(number: number, createdAt: createdAt)
            single.revision = revision
            single.place = place
            single.members = [member]
            single.attributes = attributes.stated(by: [member.identity])
            single.events = owned[member.identity] ?? []
            single.memberships = member.memberships
            single.consents = consents
            single.seenUntil = seenUntil
            return single
        }
    }

    /// An identity by itself.
    func single(_ identity: Identity) -> ReferencePerson? { singles.first { $0.identities == [identity] } }

    /// As how many members it counts in an audience.
    func members(of audience: Audience.ID) -> Int {
        (isRealized(audience) ? 1 : 0) + members.filter { $0.memberships[audience]?.isRealized ?? false }.count
    }
}

extension ReferenceModel {
    /// Evaluates the audiences of policies that link nobody, for each identity by itself.
    func evaluateSingles(of person: inout ReferencePerson, at instant: Int64, change: inout ReferenceChange) {
        guard catalog.hasSingles else { return }
        for (place, before) in person.singles.enumerated() {
            var (single, own) = (before, ReferenceChange())
            evaluate(&single, at: instant, change: &own)
            person.members[place].memberships = single.memberships
            if let member = single.members.first { person.members[place].statements = member.statements }
            guard !own.statusChanges.isEmpty else { continue }
            change.singles.statusChanges[person.members[place].identity] = own.statusChanges
        }
    }

    /// Lets standings follow audiences whose policy links other identities than before: where all stood together each
    /// stands, and where some stood they stand together as after a merge.
    func moveStandings(of person: inout ReferencePerson) {
        for place in person.members.indices {
            person.members[place].memberships = person.members[place].memberships.filter {
                catalog.audience($0.key) != nil
            }
        }
        for audience in catalog.audiences {
            if catalog.isOfSingles(audience) {
                guard let membership = person.memberships.removeValue(forKey: audience.id) else { continue }
                for place in person.members.indices { person.members[place].memberships[audience.id] = membership }
            } else {
                for place in person.members.indices {
                    guard let theirs = person.members[place].memberships.removeValue(forKey: audience.id) else {
                        continue
                    }
                    person.memberships[audience.id] =
                        person.memberships[audience.id].map { $0.united(with: theirs) } ?? theirs
                }
            }
        }
    }

    /// What is missing of identities may be missing of those that a part takes along: who stands in a mapped audience is
    /// told of once more.
    mutating func markSingles(of part: ReferencePerson) {
        for flow in catalog.flows where !flow.isEnabled {
            for policy in catalog.policies where policy.linksNobody {
                let mapped = flow.mappings.filter { catalog.policy(evaluating: $0.audience) == policy.id }
                let isOfInterest = part.members.contains { member in
                    mapped.contains { member.memberships[$0.audience] != nil }
                }
                guard isOfInterest else { continue }
                marks[flow.id, default: [:]][ReferenceMark(person: part.number, policy: policy.id), default: []]
                    .formUnion(.membership)
            }
        }
    }
}
