import Testing

@testable import ActivationCore

/// A store in memory around the pure decisions: loads what a batch needs, decides, performs the plan.
struct World {
    static let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: 1)),
        name: "M1",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
    static let otherPolicy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: 2)),
        name: "M2",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
    static let flow = Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: 1))

    var definition = CatalogDefinition(
        mergePolicies: [World.policy, World.otherPolicy],
        namespaces: NamespaceDirectory(custom: [
            IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true),
            IdentityNamespace(symbol: "Store", name: "Store", type: .nonPeople, isCustom: true),
        ]),
        audiences: [],
        dataflows: []
    )
    var paths = PathDictionary()
    var datasets = DatasetDictionary()
    var profiles: [Profile.ID: StoredProfile] = [:]
    var owners: [Identity: Profile.ID] = [:]
    var events: [Profile.ID: [ProfileEvent]] = [:]
    var outbox: [OutboxRow] = []
    var counters: [Dataflow.ID: DataflowCounters] = [:]
    /// The books by audience of all dataflows together.
    var audienceBooks = AudienceBooks()
    var memberCounters: [Audience.ID: MemberCounters] = [:]
    var members: [Audience.ID: Int64] { memberCounters.mapValues(\.members) }
    /// What the latest plan of each backfill said.
    var backfills: [Backfill.ID: CommitPlan.BackfillProgress] = [:]
    /// What disabled dataflows left undone.
    var marks: [ResumeMark.Key: TriggerReasons] = [:]
    var now = Timestamp(milliseconds: 1_772_000_000_000)
    var admission = AdmissionMark.zero
    private var nextRow: Int64 = 1
    var options = DecisionOptions(identityHash: World.digest)
    private(set) var suppressions: [IdentityDigest: Suppression] = [:]
    /// Those of the latest catalogs, in their order.
    var leafSets: [LeafSet] = []
    /// The catalog of the batch before, of which the next one takes what is the same.
    private var earlier: Catalog?
    /// How many stored events were given to batches.
    private(set) var eventsRead = 0
    /// How many batches had to be decided a second time.
    private(set) var batchesRepeated = 0

    /// A digest that shows whose it is.
    static let digest: IdentityHash = { IdentityDigest(bytes: Array("\($0.namespace) \($0.value)".utf8)) }

    /// Adds an audience and returns its id.
    @discardableResult
    mutating func audience(_ name: String, _ expression: String, policy: MergePolicy = World.policy) throws
        -> Audience.ID
    {
        let id = Audience.ID(uuid: UUIDBytes(high: 0xB, low: UInt64(definition.audiences.count + 1)))
        definition.audiences.append(
            AudienceDefinition(
                id: id,
                name: name,
                mergePolicy: policy.id,
                expression: try PQLExpression(parsing: expression),
                createdAt: Timestamp(milliseconds: 1_700_000_000_000),
                updatedAt: Timestamp(milliseconds: 1_700_000_900_000)
            )
        )
        return id
    }

    /// Adds a dataflow that maps audiences and attributes.
    mutating func dataflow(
        _ audiences: [Audience.ID],
        attributes: [String] = ["person.name.firstName", "personalEmail.address"],
        names: Bool = false,
        timestamps: Bool = false,
        enabled: Bool = true
    ) {
        let mapped = Timestamp(milliseconds: 1_700_100_000_000)
        definition.dataflows.append(
            Dataflow(
                id: World.flow,
                isEnabled: enabled,
                audiences: audiences.map {
                    Dataflow.MappedAudience(audience: $0, createdAt: mapped, updatedAt: mapped)
                },
                attributes: attributes.map { $0.split(separator: ".").map(String.init) },
                includesSegmentNames: names,
                includesSegmentTimestamps: timestamps
            )
        )
    }

    /// A checked record from an entity's text.
    func record(_ entity: String, dataset: String = "crm") throws -> Message {
        try Message(record: JSONDocument(parsing: entity), dataset: dataset, namespaces: definition.namespaces)
    }

    /// A checked event from an entity's text.
    func event(_ entity: String, dataset: String = "web") throws -> Message {
        try Message(event: JSONDocument(parsing: entity), dataset: dataset, namespaces: definition.namespaces)
    }

    /// Decides messages in one batch, one second after the last, and returns the rows it made.
    @discardableResult
    mutating func send(_ messages: Message...) throws -> [OutboxRow] {
        try decide(messages).rows
    }

    /// Decides messages in one batch and returns results and rows.
    @discardableResult
    mutating func decide(_ messages: [Message]) throws -> (results: [DecisionResult], rows: [OutboxRow]) {
        now.milliseconds += 1_000
        return try decide(messages.map { Input(cause: .message($0), now: now) })
    }

    /// Evaluates audiences for all stored profiles.
    mutating func evaluate(_ audiences: [Audience.ID]) throws -> [OutboxRow] {
        now.milliseconds += 1_000
        let ids = profiles.keys.sorted { $0.uuid < $1.uuid }
        return try decide(ids.map { Input(cause: .evaluation($0, audiences: audiences), now: now) }).rows
    }

    /// Decides inputs in one batch and performs the plan.
    mutating func decide(_ inputs: [Input]) throws -> (results: [DecisionResult], rows: [OutboxRow]) {
        var catalog = try Catalog(compiling: definition, paths: &paths, reusing: earlier)
        earlier = catalog
        catalog.recall(leafSets)
        leafSets = (leafSets.filter { $0 != catalog.leafSet } + [catalog.leafSet]).suffix(Limits.leafSetsMax)
        var batch = DecisionBatch(
            scope: .production,
            catalog: catalog,
            paths: paths,
            datasets: datasets,
            admission: admission,
            backfillPlaces: backfills.mapValues(\.row),
            options: options
        )
        try load(inputs, into: &batch)
        var results = inputs.map { batch.decide($0) }
        if !batch.missingEvents.isEmpty {
            let whole = batch.missingEvents
            batchesRepeated += 1
            batch = DecisionBatch(
                scope: .production,
                catalog: catalog,
                paths: paths,
                datasets: datasets,
                admission: admission,
                backfillPlaces: backfills.mapValues(\.row),
                options: options
            )
            try load(inputs, whole: whole, into: &batch)
            results = inputs.map { batch.decide($0) }
        }
        #expect(batch.missingEvents.isEmpty)
        #expect(batch.gap == nil)
        paths = batch.paths
        datasets = batch.datasets
        admission = batch.admission
        let plan = batch.commitPlan()
        #expect(plan.check() == [])
        perform(plan)
        return (results, plan.outbox)
    }

    /// Gives a batch what it asks for and nothing else.
    private mutating func load(_ inputs: [Input], whole: Set<Profile.ID> = [], into batch: inout DecisionBatch) throws {
        let (identities, ids) = DecisionBatch.requirements(of: inputs)
        var stored: [StoredProfile] = []
        var places: [Profile.ID: Int] = [:]
        for id in identities.compactMap({ owners[$0] }) + ids where places[id] == nil {
            guard let profile = profiles[id] else { continue }
            places[id] = stored.count
            stored.append(profile)
        }
        try batch.add(stored, owners: identities.map { owners[$0].flatMap { places[$0] } }, of: identities)
        batch.add(Set(inputs.compactMap { $0.cause.mark?.key }.filter { marks[$0] != nil }))
        if !suppressions.isEmpty {
            let digests = try #require(batch.suppressible(among: identities))
            batch.add(suppressed: digests.filter { suppressions[$0.key] != nil }.values)
        }
        for requirement in batch.eventRequirements(of: inputs, whole: whole) {
            let profile = try #require(stored.first { $0.row == requirement.row })
            let all = events[profile.id] ?? []
            let held: [ProfileEvent]? =
                switch requirement.extent {
                case .none: requirement.asksForSome ? some(of: all, requirement) : nil
                case .index:
                    all.map {
                        ProfileEvent(id: $0.id, timestamp: $0.timestamp, dataset: $0.dataset, body: .emptyObject)
                    }
                case .whole: all
                }
            eventsRead += held?.count ?? 0
            let known = requirement.ids.map { id in all.contains { $0.id.hasSameBytes(as: id) } }
            try batch.add(held, known: known, for: requirement)
        }
    }

    /// The oldest events and those of the stretches, in order.
    private func some(of all: [ProfileEvent], _ requirement: EventRequirement) -> [ProfileEvent] {
        all.enumerated().filter { index, event in
            index < requirement.oldest
                || requirement.ranges.contains { range in
                    range.from <= event.timestamp && event.timestamp <= range.through
                        || range.includesNext && index == all.firstIndex { $0.timestamp > range.through }
                }
        }.map(\.element)
    }

    /// Performs a plan in the order of its members, as every storage does.
    private mutating func perform(_ plan: CommitPlan) {
        for eviction in plan.evictions {
            let count = events[eviction.profile]?.count ?? 0
            events[eviction.profile]?.removeAll { $0.id.hasSameBytes(as: eviction.id) }
            #expect(events[eviction.profile]?.count == count - 1, "an event is evicted that is not there")
        }
        for withdrawal in plan.withdrawals {
            func isOf(_ row: OutboxRow) -> Bool {
                row.profile == withdrawal.profile && row.dataflow == withdrawal.dataflow
            }
            counters[withdrawal.dataflow, default: DataflowCounters()].suppressedDeleted +=
                Int64(outbox.count(where: isOf))
            outbox.removeAll(where: isOf)
        }
        for write in plan.profiles {
            let stored = profiles[write.profile.id]?.revision ?? 0
            #expect(stored == write.expectedRevision)
            var profile = write.profile
            if profile.row == 0 {
                profile.row = nextRow
                nextRow += 1
            }
            profiles[profile.id] = profile
        }
        for event in plan.events {
            guard let body = try? JSONDocument(parsing: event.body) else { continue }
            let isThere = events[event.profile]?.contains { $0.id.hasSameBytes(as: event.id) } ?? false
            #expect(!isThere, "an event is written twice")
            events[event.profile, default: []].append(
                ProfileEvent(id: event.id, timestamp: event.timestamp, dataset: event.dataset, body: body)
            )
        }
        for merge in plan.merges {
            profiles[merge.absorbed.id] = nil
            let known = Set((events[merge.survivor] ?? []).map { ByteKey($0.id) })
            let moved = (events.removeValue(forKey: merge.absorbed.id) ?? []).filter { !known.contains(ByteKey($0.id)) }
            events[merge.survivor, default: []] += moved
            for index in outbox.indices where outbox[index].profile == merge.absorbed.id {
                outbox[index].profile = merge.survivor
            }
        }
        for deletion in plan.deletions {
            #expect((profiles[deletion.profile.id]?.revision ?? 0) == deletion.profile.revision)
            profiles[deletion.profile.id] = nil
            events[deletion.profile.id] = nil
            for row in outbox where row.profile == deletion.profile.id {
                counters[row.dataflow, default: DataflowCounters()].suppressedDeleted += 1
            }
            outbox.removeAll { $0.profile == deletion.profile.id }
        }
        for id in events.keys { events[id]?.sort { $0.comesBefore($1) } }
        // Whoever has no events is as if they never had any.
        events = events.filter { !$0.value.isEmpty }
        for write in plan.identities { owners[write.identity] = write.profile }
        for key in plan.marksSettledBeforeMerges { marks[key] = nil }
        for merge in plan.merges {
            for (key, reasons) in marks where key.profile == merge.absorbed.id {
                var followed = key
                followed.profile = merge.survivor
                marks[key] = nil
                marks[followed, default: []].formUnion(reasons)
            }
        }
        for (key, reasons) in plan.marks { marks[key, default: []].formUnion(reasons) }
        for key in plan.settledMarks { marks[key] = nil }
        for digest in plan.readmissions { suppressions[digest] = nil }
        for suppression in plan.suppressions { suppressions[suppression.digest] = suppression }
        #expect(owners.keys.allSatisfy { suppressions[World.digest($0)] == nil }, "somebody has a suppressed identity")
        outbox += plan.outbox
        for (flow, counted) in plan.counters { counters[flow, default: DataflowCounters()] += counted }
        for books in plan.audienceBooks.values { audienceBooks += books }
        for (backfill, progress) in plan.backfills {
            var progress = progress
            progress.row = max(progress.row, backfills[backfill]?.row ?? 0)
            backfills[backfill] = progress
        }
        for (audience, counted) in plan.memberCounters {
            memberCounters[audience, default: MemberCounters()] += counted
        }
    }
}

extension OutboxRow {
    /// The payload as text.
    var text: String { String(decoding: payload, as: UTF8.self) }

    /// The payload as a document.
    var document: JSONView? { try? JSONDocument(parsing: payload).root }

    /// The exported status of an audience, or nil.
    func status(of audience: Audience.ID) -> String? {
        document?["segmentMembership"]?["ups"]?[audience.uuid.description]?["status"]?.string
    }
}
