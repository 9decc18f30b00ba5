import ActivationCore
import TestSupport

/// What comes in at one instant.
struct SimulatedMoment {
    var clock: Int64
    var inputs: [SimulatedInput]
    /// Whether those who are due are taken up before the inputs.
    var runsTimers = false
    /// How many members have their turn in a backfill before the inputs.
    var turns = 0
    /// In which of the backfills.
    var walk = 0
    /// From how many persons what has ended is taken out before the inputs.
    var visits = 0
    /// How much of what disabled dataflows left undone is made up for before the inputs.
    var marks = 0
    /// The configuration from now on, if it changes, and what must be evaluated for it.
    var change: SimulatedChange?
}

/// What clients send, in their order.
enum SimulatedInput {
    case message(ReferenceMessage)
    case command(ReferenceCommand)
}

/// A change of the configuration, before the inputs of its moment.
struct SimulatedChange {
    var catalog: ReferenceCatalog
    /// Audiences that are new or ask something else than before.
    var evaluated: [ReferenceAudience.Rule] = []
    /// Dataflows that ask for another consent than before.
    var asked: [Dataflow.ID] = []
    /// Dataflows that are gone.
    var deleted: [Int] = []
    /// Dataflows of which nothing is to be made up for (`onResume` skip and backfill).
    var skipped: [Dataflow.ID] = []
    /// Dataflows whose targets move.
    var moved: [Dataflow.ID] = []
    /// Whether the storage of the configuration fails, so that everything stays.
    var fails = false
}

/// A history from one seed, whoever is fed with it and in whatever batches.
struct SimulatedHistory {
    var random: SeededGenerator
    private var traffic: SimulatedTraffic
    private(set) var catalog: ReferenceCatalog
    private(set) var clock: Int64 = 1_772_000_000_000
    /// The latest instant that it has shown.
    private var latestClock: Int64 = 0
    private var messagesLeft: Int
    private var lastAudience = ReferenceAudience.Rule.allCases.count
    private var lastFlow = 3
    var lastBackfill = 0

    init(seed: UInt64, messages: Int, namesManyPaths: Bool) {
        random = SeededGenerator(seed: seed)
        traffic = SimulatedTraffic(random: SeededGenerator(seed: seed ^ 0x5EED))
        traffic.namesManyPaths = namesManyPaths
        catalog = .first(at: 1_700_000_000_000)
        messagesLeft = messages
        if random.oneIn(2) {
            catalog.ignoredValues = [
                "Email": ["A7@Example.org", "b12@example.org"], "CRM": ["C-5-0"], "Phone": ["+91"],
            ]
        }
        // Every history has policies and dataflows of another kind.
        var policies = catalog.policies
        for policy in policies.indices where random.oneIn(2) { policies[policy].order = order() }
        catalog.policies = policies
        var spread = catalog
        spread.policies += [ReferencePolicy(number: 4, order: random.oneIn(2) ? order() : nil, linksNobody: true)]
        spread.policies[2].linksNobody = random.oneIn(2)
        spreadAudiences(&spread)
        let mapped = Set(spread.flows.flatMap(\.mappings).map(\.audience))
        for place in spread.audiences.indices where !mapped.contains(spread.audiences[place].id) && random.oneIn(4) {
            spread.audiences[place].lifecycle = .draft
        }
        catalog = spread
        var flows = catalog.flows
        for flow in flows.indices {
            for _ in 0..<random.number(0..<5) { changeOptions(&flows[flow]) }
            if random.oneIn(3) { flows[flow].options.emitsDeletes = true }
            if random.oneIn(3) { flows[flow].options.envelope = .cloudEvents }
        }
        catalog.flows = flows
        guard random.oneIn(2) else { return }
        var change = SimulatedChange(catalog: catalog)
        for _ in 0..<random.number(1..<4) { changeConsent(&change) }
        catalog = change.catalog
    }

    /// The next moment, or nil when all messages have come.
    mutating func next() -> SimulatedMoment? {
        guard messagesLeft > 0 else { return nil }
        switch random.number(0..<20) {
        case 0..<6: break
        case 6..<12: clock += Int64(random.number(1..<5))
        case 12..<18: clock += Int64(random.number(100..<3_000))
        case 18: clock -= Int64(random.number(0..<10_000))
        default: clock += random.oneIn(10) ? (random.oneIn(12) ? 31 : 1) * 86_400_000 : 60_000
        }
        let count = min(random.oneIn(2) ? random.number(1..<51) : random.number(1..<16), messagesLeft)
        messagesLeft -= count
        latestClock = max(latestClock, clock)
        let change = random.oneIn(5) ? nextChange() : nil
        return SimulatedMoment(
            clock: clock,
            inputs: (0..<count).map { _ in traffic.next(clock: clock) },
            runsTimers: random.oneIn(3),
            turns: random.oneIn(2) ? random.number(0..<40) : 0,
            walk: random.number(0..<12),
            visits: random.oneIn(3) ? random.number(1..<40) : 0,
            // Now and then a few, so that records come before those that are made up for.
            marks: random.oneIn(2) ? random.number(0..<(random.oneIn(2) ? 4 : 40)) : 0,
            change: change
        )
    }

    /// A change was refused: the configuration is still this one.
    mutating func keep(_ catalog: ReferenceCatalog) { self.catalog = catalog }

    // MARK: Configuration

    private mutating func nextChange() -> SimulatedChange {
        var change = SimulatedChange(catalog: catalog)
        // What was just taken out is often mapped again while it is still being told of.
        let isTelling = catalog.backfills.last?.unmapped.isEmpty == false
        switch isTelling && random.oneIn(3) ? 27 : random.number(0..<45) {
        // What a store was put back from may have numbered some people's revisions up to there, or everybody's.
        case 44: change.catalog.revisionsFrom += random.oneIn(2) ? random.number(1..<30) : 1_000_000
        case 42, 43: changeEnds(&change.catalog)
        case 36...41: changeConsent(&change)
        case 32...35: changeLifecycle(&change)
        case 24...26: unmap(&change)
        case 27, 28: mapAgain(&change)
        case 29: steer(&change)
        case 0: toggleAudience(&change)
        case 1: changeBound(&change)
        case 2, 17, 18, 19: toggleFlow(&change)
        case 20: change.moved = [random.pick(catalog.flows).id]
        case 3, 4: toggleMapping(&change)
        case 5: toggleAttribute(&change)
        case 14..<17: changePolicies(&change)
        case 21, 22: changeNamespace(&change.catalog)
        case 8..<14:
            let index = random.number(0..<catalog.flows.count)
            changeOptions(&change.catalog.flows[index])
        case 7, 30: order(nil, of: random.number(0..<catalog.flows.count), &change)
        case 6:
            let index = random.number(0..<catalog.flows.count)
            change.catalog.flows[index].showsNames.toggle()
            if random.oneIn(2) { change.catalog.flows[index].showsTimestamps.toggle() }
        default: replaceFlow(&change)
        }
        keepConsents(&change)
        change.fails = random.oneIn(6)
        if !change.fails { catalog = change.catalog }
        traffic.edition = catalog.uploaded?.edition ?? 0
        return change
    }

    /// Datasets that have a date at most; then there are enough others.
    private static let endsMax = 3

    /// A dataset gets a date on which it ends, or another one, or stays after all.
    private mutating func changeEnds(_ catalog: inout ReferenceCatalog) {
        let dataset = random.pick(["app", "web", "crm", "shop", "set 1", "set 2"])
        if let end = catalog.ends[dataset] {
            // What has ended, or may have by now, ended for good.
            guard end > latestClock + 1_000 else { return }
            if random.oneIn(2) {
                catalog.ends[dataset] = nil
                return
            }
        } else if catalog.ends.count >= Self.endsMax {
            return
        }
        let others = catalog.ends.filter { $0.key != dataset && $0.value > latestClock + 1_000 }.values
        // Now and then several at one instant.
        catalog.ends[dataset] =
            others.max().flatMap { random.oneIn(3) ? $0 : nil } ?? latestClock + Int64(random.number(2..<60)) * 1_000
    }

    /// A dataflow that is enabled makes up for what it left undone, or does not, or exports all members instead.
    private mutating func toggleFlow(_ change: inout SimulatedChange) {
        // Mostly one that is disabled, so that it does not stay so for long.
        let disabled = catalog.flows.indices.filter { !catalog.flows[$0].isEnabled }
        let index = disabled.isEmpty || random.oneIn(3) ? random.number(0..<catalog.flows.count) : random.pick(disabled)
        change.catalog.flows[index].isEnabled.toggle()
        guard change.catalog.flows[index].isEnabled, random.oneIn(3) else { return }
        change.skipped = [catalog.flows[index].id]
        if random.oneIn(2) { order(nil, of: index, &change) }
    }

    /// A mapped audience goes from its dataflows first, and comes back as another one with a new id.
    private mutating func toggleAudience(_ change: inout SimulatedChange) {
        let rule = random.pick(ReferenceAudience.Rule.allCases.filter { $0.isRemovable })
        if let known = catalog.audiences.firstIndex(where: { $0.rule == rule }) {
            takeOut(catalog.audiences[known].id, &change)
            change.catalog.audiences.remove(at: known)
        } else {
            lastAudience += 1
            var audience = ReferenceCatalog.audience(rule, number: lastAudience, at: clock)
            if random.oneIn(3) { audience.lifecycle = .draft }
            change.catalog.audiences.append(audience)
            change.evaluated = [rule]
        }
    }

    /// Takes an audience out of its dataflows, some of which are told.
    mutating func takeOut(_ audience: Audience.ID, _ change: inout SimulatedChange) {
        for index in change.catalog.flows.indices {
            change.catalog.flows[index].mappings.removeAll { $0.audience == audience }
        }
        for flow in catalog.flows.indices where random.oneIn(2) { tellOfUnmapped(of: flow, &change) }
    }

    private mutating func changeBound(_ change: inout SimulatedChange) {
        let uploaded = catalog.audiences.firstIndex { $0.rule == .uploaded }
        let index = random.oneIn(3) ? uploaded ?? 0 : random.number(0..<catalog.audiences.count)
        let rule = catalog.audiences[index].rule
        if rule == .uploaded { endUpload(&change.catalog.audiences[index]) }
        change.catalog.audiences[index].bound = ReferenceAudience.bound(of: rule) + random.number(-1..<2)
        change.catalog.audiences[index].updatedAt = clock
        change.evaluated = [rule]
    }

    /// An upload is through, so that those of the one before exit, or the audience is to expire at another time.
    private mutating func endUpload(_ audience: inout ReferenceAudience) {
        // Nobody comes back by a later expiry whom the earlier one has thrown out.
        let isExpired = audience.expiresAt.map { $0 <= latestClock } ?? false
        if isExpired || random.oneIn(2) { audience.edition += 1 }
        guard random.oneIn(2) else { return }
        audience.expiresAt = random.oneIn(3) ? nil : latestClock + Int64(random.number(-2..<90)) * 1_000
    }

    private mutating func toggleMapping(_ change: inout SimulatedChange) {
        let flow = random.number(0..<catalog.flows.count)
        let audience = random.pick(catalog.published).id
        if let known = catalog.flows[flow].mappings.firstIndex(where: { $0.audience == audience }) {
            change.catalog.flows[flow].mappings.remove(at: known)
            if !random.oneIn(4) { tellOfUnmapped(of: flow, &change) }
        } else {
            change.catalog.flows[flow].mappings.append(
                ReferenceFlow.Mapping(audience: audience, createdAt: clock, updatedAt: clock)
            )
            if !random.oneIn(4) { order([audience], of: flow, &change) }
        }
    }

    /// Orders that are kept.
    static let backfillsMax = 4

    mutating func order(_ audiences: Set<Audience.ID>?, of flow: Int, _ change: inout SimulatedChange) {
        lastBackfill += 1
        change.catalog.backfills =
            change.catalog.backfills.suffix(Self.backfillsMax - 1) + [
                ReferenceBackfill(
                    number: lastBackfill,
                    flow: catalog.flows[flow].id,
                    audiences: audiences,
                    since: random.oneIn(4) ? clock - Int64(random.number(0..<100_000)) : nil
                )
            ]
    }

    private mutating func toggleAttribute(_ change: inout SimulatedChange) {
        let flow = random.number(0..<catalog.flows.count)
        let attribute = random.pick([
            "loyalty", "loyalty.tier", "person.name.firstName", "city", "tags", "new.\(clock)",
        ])
        if let known = catalog.flows[flow].attributes.firstIndex(where: { $0.path == attribute }) {
            change.catalog.flows[flow].attributes.remove(at: known)
        } else {
            change.catalog.flows[flow].attributes.append(ReferenceFlow.Attribute(attribute))
        }
    }

    private mutating func replaceFlow(_ change: inout SimulatedChange) {
        let index = random.number(0..<catalog.flows.count)
        lastFlow += 1
        change.deleted = [index]
        change.catalog.flows[index].id = ReferenceCatalog.flow(lastFlow)
    }
}
