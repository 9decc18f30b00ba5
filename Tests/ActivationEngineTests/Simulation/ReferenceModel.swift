import ActivationCore

/// What the engine must do, one message after the other, written from the documents alone and with no care for speed.
///
/// It shares no rule with the engine: JSON text is read by the same parser, everything else is its own.
struct ReferenceModel {
    /// What became of a message.
    enum Outcome: Equatable {
        case accepted
        case duplicate
        case refused
    }

    var catalog = ReferenceCatalog()
    var persons: [Int: ReferencePerson] = [:]
    var owners: [Identity: Int] = [:]
    private(set) var datasets: [String] = []
    /// Every attribute path that anybody has named.
    var paths: Set<ReferencePath> = []
    /// Paths that are known and that nobody names.
    var otherPaths = 0
    /// Rows that wait, by dataflow, in the order in which they must leave.
    var rows: [Dataflow.ID: [ReferenceRow]] = [:]
    var books: [Dataflow.ID: DataflowCounters] = [:]
    /// What of that is of records that tell of an audience.
    var audienceBooks: [Dataflow.ID: [Audience.ID: DataflowCounters]] = [:]
    /// Records that are missing because their dataflow was disabled, with the reasons for them.
    var marks: [Dataflow.ID: [ReferenceMark: TriggerReasons]] = [:]
    /// What destinations refused for good.
    var letters: [Dataflow.ID: [ReferenceRow]] = [:]
    /// Identities of deleted persons that may not come again.
    var suppressed: [Identity: ReferenceSuppression] = [:]
    /// What happens when an identity of a deleted person comes again, unless the deletion says otherwise.
    var erasedReturn = DecisionOptions.ReturnRule.accept
    /// How often each dataflow's target has moved.
    var moves: [Dataflow.ID: Int] = [:]
    /// Persons that changed, came or went since somebody last looked.
    var touched: Set<Int> = []
    /// Identities that left a person since somebody last looked.
    var released: Set<Identity> = []
    /// How many messages have been admitted.
    var admitted = 0
    /// The latest instant given to a message.
    var now: Int64 = 0
    /// The latest of them at which a person changed.
    var changedAt: Int64 = 0
    /// When each backfill was ordered.
    private(set) var orderedAt: [Int: Int64] = [:]
    /// The last person who had a turn in each backfill.
    var places: [Int: Int] = [:]
    /// Turns that are owed to persons who absorbed others.
    var owed: Set<ReferenceOwedTurn> = []
    /// How many records were made for persons who were absorbed before their turns.
    var overdueRecords = 0
    /// Who entered each audience and who exited.
    var counted: [Audience.ID: MemberCounters] = [:]
    /// How often the clock changed a person.
    private(set) var clockChanges = 0
    /// How many messages named somebody who may not come again.
    private(set) var suppressedRefusals = 0
    /// How many messages named a dataset that had ended, and how often a person lost what one had stated.
    private(set) var endedRefusals = 0
    var endedStatements = 0
    /// How often a dataflow was not told of somebody any more.
    var withdrawals = 0
    /// Whom dataflows that ask for consent are told of by the present input.
    var newlyTold: [(person: Int, flow: Dataflow.ID)] = []

    let identitiesMax = 50
    let eventsMax: Int
    let pathsMax = 65_536
    let datasetsMax = 40

    init(eventsMax: Int = 5_000) {
        self.eventsMax = eventsMax
    }

    /// Somebody has looked at everything that changed.
    mutating func forgetChanges() {
        touched = []
        released = []
    }

    /// The person who has an identity.
    func person(_ identity: Identity) -> ReferencePerson? {
        owners[identity].flatMap { persons[$0] }
    }

    /// How many members an audience has: persons, or identities where its policy links nobody (BEHAVIOUR 4.4).
    func memberCount(_ audience: Audience.ID) -> Int {
        persons.values.reduce(0) { $0 + $1.members(of: audience) }
    }

    /// Admits a message at the clock's instant, or later when the clock went back (BEHAVIOUR 3.1).
    mutating func admit(_ message: ReferenceMessage, clock: Int64) -> Outcome {
        now = max(now, clock)
        admitted += 1
        guard let content = ReferenceContent(message, catalog.namespaceRules, ignoring: catalog.ignoredValues),
            let identities = permitted(ReferenceIdentities.linking(content.identities))
        else { return .refused }
        if isSuppressed(content) {
            suppressedRefusals += 1
            return .refused
        }
        let found = Set(identities.compactMap { owners[$0] })
        // The oldest first, as they become one.
        for number in found.sorted(by: isOlder) { runClock(person: number) }
        if let event = content.event, found.contains(where: { persons[$0]?.hasEvent(event.id) ?? false }) {
            return .duplicate
        }
        if let end = catalog.ends[message.dataset], end <= now {
            endedRefusals += 1
            return .refused
        }
        let stated = content.stated(of: catalog.uploaded, message, at: now)
        if case .refused = stated { return .refused }
        let newPaths = content.namedPaths.subtracting(paths)
        guard paths.count + otherPaths + newPaths.count <= pathsMax else { return .refused }
        if !message.dataset.isEmpty, !datasets.contains(where: { $0.utf8.elementsEqual(message.dataset.utf8) }) {
            guard datasets.count < datasetsMax else { return .refused }
            datasets.append(message.dataset)
        }
        paths.formUnion(newPaths)
        // Nobody is made to be no member.
        if found.isEmpty, case .membership(isMember: false, _) = message.kind { return .accepted }

        var change = ReferenceChange()
        change.singles.source = identities[0]
        if catalog.hasSingles {
            change.singles.sourceBefore = self.person(identities[0])?.single(identities[0])
        }
        let before = found.compactMap { persons[$0] }
        change.parts = before
        var person = unite(found, change: &change)
        touched.formUnion(found.union([person.number]))
        person.revision = catalog.revision(after: person.revision)
        link(identities, to: &person, change: &change)
        let instant = min(content.sourceInstant ?? now, now)
        if !content.leaves.isEmpty {
            var attributes = person.attributes
            let source = ReferenceSource(dataset: message.dataset, identity: identities[0])
            for leaf in content.leaves {
                let stamp = ReferenceStamp(instant: instant, sequence: admitted)
                attributes.enter(ReferenceFact(stamp: stamp, text: leaf.text), at: leaf.path, by: source)
            }
            person.attributes = attributes
        }
        person.enter(stated, of: identities[0], catalog.uploaded, at: now)
        change.written = content.leaves.map(\.path)
        change.dataset = message.dataset
        if let event = content.event {
            person.events.append(
                ReferenceEvent(
                    id: event.id,
                    instant: event.instant,
                    dataset: message.dataset,
                    identities: content.named,
                    kind: content.document.root["kind"]?.string,
                    amount: content.document.root["amount"]?.double
                )
            )
            person.events.sort(by: ReferenceEvent.isEarlier)
        }
        person.events.removeFirst(max(0, person.events.count - eventsMax))
        evaluate(&person, at: now, change: &change)
        count(before, became: person)
        keep(person, change, at: now)
        tellOfOverdueExits(of: person.number, change)
        return .accepted
    }

    /// Everything that the clock did to a person until now, each change at its own instant (BEHAVIOUR 3.1).
    mutating func runClock(person number: Int) {
        while let end = nextEnd(of: number) {
            runAudiences(of: number, until: end.instant - 1)
            endDataset(end.dataset, of: number, at: end.instant)
        }
        runAudiences(of: number, until: now)
    }

    /// What the clock did to a person's standings.
    private mutating func runAudiences(of number: Int, until now: Int64) {
        guard var person = persons[number], person.seenUntil < now else { return }
        let singles = catalog.hasSingles ? person.singles : []
        let instants = catalog.inOrder.flatMap { audience in
            let policy = catalog.policy(audience.policy)
            return (policy.linksNobody ? singles : [person]).flatMap {
                audience.instants($0, $0.view(policy), after: person.seenUntil, until: now)
            }
        }
        let lapses = catalog.consents.values.flatMap { consent in
            consent.instants(person.view(catalog.policy(consent.policy)), after: person.seenUntil, until: now)
        }
        for instant in Set(instants + lapses).sorted() {
            var change = ReferenceChange()
            let before = person
            change.parts = [before]
            evaluate(&person, at: instant, change: &change)
            guard change.hasStatusChanges else { continue }
            count([before], became: person)
            touched.insert(number)
            clockChanges += 1
            person.revision = catalog.revision(after: person.revision)
            keep(person, change, at: instant)
            // Who was told of is noted with the stored person.
            person = persons[number] ?? person
        }
        persons[number]?.seenUntil = now
    }

    /// The clock as the engine reads it: never back.
    mutating func readClock(_ clock: Int64) { now = max(now, clock) }

    mutating func keep(_ person: ReferencePerson, _ change: ReferenceChange, at instant: Int64) {
        var person = person
        person.seenUntil = instant
        persons[person.number] = person
        changedAt = max(changedAt, now)
        withdraw(person, change)
        export(person, change, at: instant)
        noteTold()
    }

    /// Counts a change that time made.
    mutating func noteClockChange() { clockChanges += 1 }

    private func isOlder(_ left: Int, _ right: Int) -> Bool {
        guard let one = persons[left], let other = persons[right] else { return left < right }
        return (one.createdAt, one.number) < (other.createdAt, other.number)
    }

    /// Evaluates audiences that are new or changed for a stored person (BEHAVIOUR 5.1).
    mutating func evaluate(person number: Int, clock: Int64) {
        now = max(now, clock)
        runClock(person: number)
        guard let before = persons[number] else { return }
        var (person, change) = (before, ReferenceChange())
        change.parts = [before]
        evaluate(&person, at: now, change: &change)
        persons[number]?.seenUntil = now
        guard change.hasStatusChanges else { return }
        count([before], became: person)
        touched.insert(number)
        person.revision = catalog.revision(after: person.revision)
        keep(person, change, at: now)
    }

    /// New orders count from an instant after everything that was decided and before everything that will be.
    mutating func order(_ backfills: [ReferenceBackfill], clock: Int64) {
        let new = backfills.filter { orderedAt[$0.number] == nil }
        guard !new.isEmpty else { return }
        now = max(now, clock)
        for backfill in new { orderedAt[backfill.number] = now }
        now += 1
        changedAt = now
    }

    /// A backfill that is under way, with its dataflow; nil while it rests, and when it or the dataflow is gone.
    func underWay(_ backfill: Int) -> (order: ReferenceBackfill, flow: ReferenceFlow)? {
        guard let order = catalog.backfill(backfill), order.wish == .running,
            let flow = catalog.flows.first(where: { $0.id == order.flow }), flow.isEnabled
        else { return nil }
        return (order, flow)
    }

    /// A member's turn in a backfill, if anybody still wants it (BEHAVIOUR 3.8).
    ///
    /// - Returns: Records made.
    mutating func takeTurn(of number: Int, in backfill: Int, clock: Int64) -> Int {
        now = max(now, clock)
        // A turn that is still to come does nothing, and the clock's changes come when they come.
        guard let (order, flow) = underWay(backfill) else { return 0 }
        places[backfill] = max(places[backfill] ?? 0, number)
        return giveTurn(to: number, in: order, flow)
    }

    /// What a turn does, whenever it is taken.
    mutating func giveTurn(to number: Int, in order: ReferenceBackfill, _ flow: ReferenceFlow) -> Int {
        owed = owed.filter { $0.backfill != order.number || $0.person != number }
        runClock(person: number)
        guard var person = persons[number], !person.isWithheld(from: flow.id) else { return 0 }
        guard order.unmapped.isEmpty else { return tellOfExits(of: number, order, to: flow) }
        person.forgetExits(at: now)
        person.revision = catalog.revision(after: person.revision)
        person.seenUntil = now
        var records = 0
        for policy in catalog.policiesByID {
            for view in person.seen(by: policy) {
                guard wants(order, view, flow, policy) else { continue }
                records += 1
                append(
                    view,
                    flow,
                    policy,
                    ReferenceCall(reasons: .backfill),
                    lane: .backfill,
                    turnIn: order,
                    at: now
                )
            }
        }
        guard records > 0 else { return 0 }
        touched.insert(number)
        persons[number] = person
        noteTold()
        changedAt = max(changedAt, now)
        return records
    }

    /// Decides by another configuration from now on; nobody stands in an audience that is gone.
    mutating func use(_ catalog: ReferenceCatalog) {
        self.catalog = catalog
        learnPaths(of: catalog)
        for (number, person) in persons {
            var moved = person
            moved.memberships = person.memberships.filter { catalog.audience($0.key) != nil }
            moved.consents = person.consents.filter { catalog.consents[$0.key] != nil }
            moveStandings(of: &moved)
            count(person, moved: moved)
            persons[number] = moved
        }
    }

    /// Whether the paths that a configuration names can all be known.
    func hasRoom(for catalog: ReferenceCatalog) -> Bool {
        let named = Set(catalog.paths.flatMap { $0.ancestors + [$0] })
        return paths.union(named).count + otherPaths <= pathsMax
    }

    /// The paths that a configuration names are known as soon as it has been read, even if it is not used then.
    mutating func learnPaths(of catalog: ReferenceCatalog) {
        for path in catalog.paths { paths.formUnion(path.ancestors + [path]) }
    }

    /// A dataflow was deleted: what waits is dropped and counted (BEHAVIOUR 3.10).
    mutating func discard(_ flow: Dataflow.ID) {
        for row in rows[flow] ?? [] { enter(DataflowCounters(suppressedDeleted: 1), flow, row.told) }
        rows[flow] = []
        forgetMarks(of: flow)
    }

    // MARK: Identities

    /// The one person for a message: the oldest of those found, with all others in it, or a new one (BEHAVIOUR 3.12,
    /// 4.7).
    private mutating func unite(_ found: Set<Int>, change: inout ReferenceChange) -> ReferencePerson {
        let all = found.compactMap { persons[$0] }.sorted { ($0.createdAt, $0.number) < ($1.createdAt, $1.number) }
        guard var survivor = all.first else {
            change.hasIdentityChange = true
            // A new person compares with nothing.
            return ReferencePerson(number: admitted, createdAt: now)
        }
        change.before = survivor
        for other in all.dropFirst() {
            change.hasIdentityChange = true
            passTurns(of: other, to: survivor.number, change: &change)
            survivor.absorb(other)
            persons[other.number] = nil
            for identity in other.identities { owners[identity] = survivor.number }
            moveMarks(from: other.number, to: survivor.number)
            moveLetters(from: other.number, to: survivor.number)
            // Waiting rows of the other are now the survivor's; they are older than any row to come.
            for (flow, waiting) in rows {
                for index in waiting.indices where waiting[index].person == other.number {
                    rows[flow]?[index].person = survivor.number
                }
            }
        }
        return survivor
    }

    private mutating func link(
        _ identities: [Identity],
        to person: inout ReferencePerson,
        change: inout ReferenceChange
    ) {
        for identity in identities where !person.identities.contains(identity) {
            person.members.append(ReferenceMember(identity: identity, joined: now, number: admitted))
            owners[identity] = person.number
            change.hasIdentityChange = true
            change.singles.joined.insert(identity)
        }
        for identity in identities.dropFirst() { person.links.insert([identities[0], identity]) }
        let evicted = ReferenceIdentities.evicted(from: person.members, cap: identitiesMax, naming: identities)
        change.singles.note(evicted, leaving: person)
        for identity in evicted {
            leave(identity, &person)
            change.hasIdentityChange = true
        }
    }

    /// An identity leaves its person; what it had stated stays, as the first one's (BEHAVIOUR 3.12, 4.3).
    mutating func leave(_ identity: Identity, _ person: inout ReferencePerson) {
        person.members.removeAll { $0.identity == identity }
        person.links = person.links.filter { !$0.contains(identity) }
        if let heir = person.identities.first { person.attributes.hand(from: identity, to: heir) }
        owners[identity] = nil
        released.insert(identity)
    }

    // MARK: Audiences

    func evaluate(_ person: inout ReferencePerson, at instant: Int64, change: inout ReferenceChange) {
        person.forgetExits(at: instant)
        for audience in catalog.inOrder where catalog.isOfSingles(audience) == (person.place != nil) {
            let view = person.view(catalog.policy(audience.policy))
            let qualifies = audience.qualifies(person, view, at: instant, catalog.id)
            guard qualifies != person.isRealized(audience.id) else { continue }
            change.statusChanges.updateValue(person.memberships[audience.id], forKey: audience.id)
            person.memberships[audience.id] = ReferenceMembership(isRealized: qualifies, instant: instant)
            if !qualifies { person.forgetStatements(of: audience, at: instant) }
        }
        guard person.place == nil else { return }
        evaluateSingles(of: &person, at: instant, change: &change)
        decideConsent(of: &person, at: instant, change: &change)
    }
}
