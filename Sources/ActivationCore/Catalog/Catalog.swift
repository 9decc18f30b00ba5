/// A catalog made ready for deciding: expressions compiled, dependencies indexed.
public struct Catalog: Sendable {
    /// An audience with its program.
    struct CompiledAudience: Sendable {
        var definition: AudienceDefinition
        var program: PQLProgram
        /// Index of the merge policy in ``Catalog/policies``.
        var policy: Int
        /// How many audiences were made before it.
        var rank: Int
        /// The id as it stands in exports.
        var idText: [UInt8]
        /// The namespace that it stands under there, unless the dataflow calls it something else.
        var namespace: String
        /// Audiences that ask for this one by `inSegment`, by index.
        var dependents: SmallIndexSet
    }

    /// What a write to one path can change.
    struct PathImpact: Sendable {
        /// Audiences whose expression reads the path, something above or something below it.
        var audiences: SmallIndexSet
        /// Dataflows that map it, something above or something below it.
        var dataflows: SmallIndexSet
    }

    let policies: [MergePolicy]
    /// Of each policy whose facts it merges, by the numbers of the datasets known last (``know(_:)``).
    private(set) var rankings: [DatasetRanking]
    /// The namespaces messages may use.
    public let namespaces: NamespaceDirectory
    /// In the order of evaluation (``evaluationOrder(_:programs:)``).
    let audiences: [CompiledAudience]
    let audienceIndex: [Audience.ID: Int]
    let dataflows: [CompiledDataflow]
    let dataflowIndex: DataflowIndex
    private(set) var backfills: [Backfill.ID: Backfill] = [:]
    /// The dataflows of backfills that tell of unmapped audiences, with those, as far as asked for.
    private var leavings: [Backfill.ID: CompiledDataflow] = [:]
    let eventExpirations: EventExpirations
    /// When datasets end, and the same by the numbers of the datasets known last (``know(_:)``).
    public let datasetEnds: DatasetEnds
    private(set) var numberedEnds: [NumberedDatasetEnd] = []
    /// See ``CatalogDefinition/revisionsFrom``.
    private let revisionsFrom: Int64
    /// Audiences that read `xEvent`, `identityMap`, `segmentMembership`.
    let eventReaders: SmallIndexSet
    let identityReaders: SmallIndexSet
    let membershipReaders: SmallIndexSet
    /// Audiences whose members others name.
    let external: SmallIndexSet
    /// Those of them that are evaluated, by their ``externalKey(_:_:)``.
    let externalIndex: [ByteKey: Audience.ID]
    /// What external audiences stand under in `segmentMembership`, also those that are not evaluated.
    public let externalNamespaces: [Audience.ID: String]
    /// Audiences that read events and something else.
    let mixedReaders: SmallIndexSet
    /// What audiences read of events.
    var leaves: CatalogLeaves
    /// All audiences.
    let all: SmallIndexSet
    /// Those of people whom dataflows may not tell of.
    let withheld: SmallIndexSet
    /// Those whose merge policy links identities, and those whose policy takes each identity by itself.
    let linked: SmallIndexSet
    let unlinked: SmallIndexSet
    /// Ids of all audiences that exist, also of those that are not evaluated; sorted.
    private let existing: [Audience.ID]
    /// Inactive audiences by whether their merge policy links identities.
    private let inactive: [Audience.ID: Bool]
    /// By path id, as far as asked for.
    private var impacts: [PathImpact?] = []
    /// What was evaluated last over stored profiles.
    var evaluated: (audiences: [Audience.ID], indices: SmallIndexSet) = ([], SmallIndexSet())

    /// Compiles a definition, interning the paths it names.
    ///
    /// - Parameters:
    ///   - definition: What is compiled.
    ///   - paths: The dictionary that views are numbered by.
    ///   - earlier: A catalog compiled by the same dictionary when it was shorter, or nil: the programs of rules that are
    ///     the same in both are taken from it, so that a change costs what it changes.
    /// - Throws: The first audience that does not compile, asks for an unknown audience or takes part in a cycle.
    public init(
        compiling definition: CatalogDefinition,
        paths: inout PathDictionary,
        reusing earlier: Catalog? = nil
    ) throws(CatalogError) {
        policies = definition.mergePolicies
        rankings = policies.map { DatasetRanking($0, datasets: DatasetDictionary()) }
        namespaces = definition.namespaces
        eventExpirations = definition.eventExpirations
        datasetEnds = definition.datasetEnds
        revisionsFrom = definition.revisionsFrom
        let present = Set(definition.dataflows.map(\.id))
        let evaluated = definition.audiences.filter { audience in
            audience.lifecycle != .inactive && audience.withheldFrom.map(present.contains) ?? true
        }
        let programs = try Catalog.programs(of: evaluated, in: definition, paths: &paths, reusing: earlier)
        let order = try Catalog.evaluationOrder(evaluated, programs: programs)
        let ranks = Catalog.ranks(of: evaluated)
        var indices: [Audience.ID: Int] = [:]
        var compiled: [CompiledAudience] = []
        for (index, position) in order.enumerated() {
            let audience = evaluated[position]
            let policy = try Catalog.policy(of: audience, in: definition)
            var idText: [UInt8] = []
            audience.id.uuid.appendText(to: &idText)
            indices[audience.id] = index
            compiled.append(
                CompiledAudience(
                    definition: audience,
                    program: programs[position],
                    policy: policy,
                    rank: ranks[position],
                    idText: idText,
                    namespace: audience.rule.external?.namespace ?? SegmentMembership.namespace,
                    dependents: SmallIndexSet()
                )
            )
        }
        for index in compiled.indices {
            for asked in compiled[index].program.audiences {
                if let asked = indices[asked] { compiled[asked].dependents.insert(index) }
            }
        }
        let links = policies.map { $0.identityGraph != .none }
        var inactive: [Audience.ID: Bool] = [:]
        for audience in definition.audiences where audience.lifecycle == .inactive {
            inactive[audience.id] = links[try Catalog.policy(of: audience, in: definition)]
        }
        try Catalog.checkReferences(of: compiled, indices: indices, links: links, inactive: inactive)
        try Catalog.checkConsent(compiled, links: links)
        audiences = compiled
        audienceIndex = indices
        self.inactive = inactive
        existing = (definition.audiences.map(\.id) + definition.unusableAudiences).sorted { $0.uuid < $1.uuid }
        eventReaders = SmallIndexSet(compiled.indices.filter { compiled[$0].program.readsEvents })
        identityReaders = SmallIndexSet(compiled.indices.filter { compiled[$0].program.readsIdentities })
        membershipReaders = SmallIndexSet(compiled.indices.filter { compiled[$0].program.readsMemberships })
        external = SmallIndexSet(compiled.indices.filter { compiled[$0].program.external != nil })
        externalIndex = Dictionary(
            compiled.flatMap { audience -> [(ByteKey, Audience.ID)] in
                guard let external = audience.program.external else { return [] }
                let id = audience.definition.id
                return [external.externalID, id.uuid.description].map {
                    (Catalog.externalKey(external.namespace, $0), id)
                }
            }
        ) { first, _ in first }
        externalNamespaces = Dictionary(
            definition.audiences.compactMap { audience in audience.rule.external.map { (audience.id, $0.namespace) } }
        ) { first, _ in first }
        mixedReaders = SmallIndexSet(
            compiled.indices.filter { compiled[$0].program.readsEvents && compiled[$0].program.readsMoreThanEvents }
        )
        leaves = CatalogLeaves(compiled.map(\.program))
        all = SmallIndexSet(compiled.indices)
        withheld = SmallIndexSet(compiled.indices.filter { compiled[$0].definition.withheldFrom != nil })
        linked = SmallIndexSet(compiled.indices.filter { links[compiled[$0].policy] })
        unlinked = SmallIndexSet(compiled.indices.filter { !links[compiled[$0].policy] })
        var flows: [CompiledDataflow] = []
        let unpublished = Set(definition.audiences.filter { $0.lifecycle != .published }.map(\.id))
        for dataflow in definition.dataflows {
            try Catalog.checkAudiences(of: dataflow, in: definition, unpublished)
            flows.append(
                try CompiledDataflow(dataflow, audiences: compiled, indices: indices, paths: &paths)
            )
        }
        dataflows = flows
        dataflowIndex = DataflowIndex(flows, audiences: compiled.count, indices: indices)
        take(definition.backfills)
    }

    /// How many audiences were made before each.
    private static func ranks(of audiences: [AudienceDefinition]) -> [Int] {
        let byAge = audiences.indices.sorted {
            (audiences[$0].createdAt, audiences[$0].id.uuid) < (audiences[$1].createdAt, audiences[$1].id.uuid)
        }
        var ranks = [Int](repeating: 0, count: audiences.count)
        for (rank, position) in byAge.enumerated() { ranks[position] = rank }
        return ranks
    }

    /// The place of an audience's merge policy.
    private static func policy(
        of audience: AudienceDefinition,
        in definition: CatalogDefinition
    ) throws(CatalogError) -> Int {
        guard let policy = definition.mergePolicies.firstIndex(where: { $0.id == audience.mergePolicy }) else {
            throw CatalogError(
                of: audience,
                " names merge policy \(audience.mergePolicy.uuid), which does not exist"
            )
        }
        return policy
    }

    /// Who asks for an audience of which there is another standing for each identity could not be told which one.
    private static func checkReferences(
        of audiences: [CompiledAudience],
        indices: [Audience.ID: Int],
        links: [Bool],
        inactive: [Audience.ID: Bool]
    ) throws(CatalogError) {
        for asker in audiences {
            for asked in asker.program.audiences {
                let isLinked = indices[asked].map { links[audiences[$0].policy] } ?? inactive[asked]
                guard let isLinked, isLinked != links[asker.policy] else { continue }
                throw CatalogError(
                    audience: asker.definition.id,
                    message:
                        "audience \(asker.definition.id.uuid) asks for audience \(asked.uuid) through "
                        + "inSegment, and only one of their merge policies links identities; give both the same "
                        + "identityGraph"
                )
            }
        }
    }

    /// Whether a merge policy takes each identity by itself.
    func isUnlinked(policy: Int) -> Bool { policies[policy].identityGraph == .none }

    /// Whether each identity stands in an audience by itself; false for an unknown one.
    func isUnlinked(_ audience: Audience.ID) -> Bool { links(audience) == false }

    /// Whether all identities of a profile stand in an audience together; false for an unknown one.
    func isLinked(_ audience: Audience.ID) -> Bool { links(audience) == true }

    /// Whether the merge policy of an audience links identities; nil for an unknown one.
    private func links(_ audience: Audience.ID) -> Bool? {
        audienceIndex[audience].map(linked.contains) ?? inactive[audience]
    }

    /// Whether identities stand in any audience by themselves, evaluated or not.
    var hasStandingsAlone: Bool { !unlinked.isEmpty || inactive.values.contains(false) }

    /// A dataflow whose audience is not evaluated would export people without it, as if they had left.
    private static func checkAudiences(
        of dataflow: Dataflow,
        in definition: CatalogDefinition,
        _ unpublished: Set<Audience.ID>
    ) throws(CatalogError) {
        for mapped in dataflow.audiences {
            let id = mapped.audience
            guard !definition.unusableAudiences.contains(id) else {
                throw CatalogError(
                    dataflow: dataflow.id,
                    message: "the mapped audience \(id.uuid) cannot be evaluated; change its expression first"
                )
            }
            guard !unpublished.contains(id) else {
                throw CatalogError(
                    dataflow: dataflow.id,
                    message: "the mapped audience \(id.uuid) is not published; publish it first"
                )
            }
        }
    }

    /// Takes the backfills to decide by.
    public mutating func take(_ backfills: [Backfill]) {
        self.backfills = Dictionary(backfills.map { ($0.id, $0) }) { first, _ in first }
        leavings = [:]
    }

    /// A dataflow as if the audiences were mapped that a backfill is to tell of.
    mutating func leaving(_ flow: CompiledDataflow, by order: Backfill) -> CompiledDataflow {
        if let known = leavings[order.id] { return known }
        let leaving = flow.mapping(also: order.unmapped, audiences, audienceIndex)
        leavings[order.id] = leaving
        return leaving
    }

    /// A dataflow as if the audiences were mapped still that it is told of as taken out.
    ///
    /// Also if it was told already: what waits of that goes with a profile that is deleted. One that is told of no such thing any
    /// more is as it is.
    func former(_ flow: CompiledDataflow) -> CompiledDataflow {
        guard flow.dataflow.options.emitsUnmapping else { return flow }
        let orders = backfills.values.filter {
            $0.dataflow == flow.dataflow.id && !$0.unmapped.isEmpty && $0.wish != .cancelled
        }.sorted { $0.id.uuid < $1.id.uuid }
        guard !orders.isEmpty else { return flow }
        var known = Set<Audience.ID>()
        let unmapped = orders.flatMap(\.unmapped).filter { known.insert($0.audience).inserted }
        return flow.mapping(also: unmapped, audiences, audienceIndex)
    }

    /// Whether some of these memberships, sorted by audience id, are of audiences that are gone, or ended too long before
    /// an instant to be kept (BEHAVIOUR 3.13).
    func hasObsolete(_ memberships: [SegmentMembership], at now: Timestamp) -> Bool {
        !knowsAll(memberships) || memberships.contains { isObsolete($0, at: now) }
    }

    /// Whether a standing ended too long before an instant to be kept; that somebody gave consent again is kept, since a dataflow
    /// shows nobody as a member since before that.
    func isObsolete(_ membership: SegmentMembership, at now: Timestamp) -> Bool {
        !membership.hasEntry(at: now) && !membership.audience.isOfWithheld
    }

    private func knowsAll(_ memberships: [SegmentMembership]) -> Bool {
        var index = 0
        for membership in memberships {
            index = existing.sortedIndex(from: index) { $0.uuid < membership.audience.uuid }
            guard index < existing.count, existing[index] == membership.audience else { return false }
        }
        return true
    }

    /// Whether datasets go before each other in any policy.
    var ordersDatasets: Bool { rankings.contains(where: \.isOrdered) }

    /// Takes in the numbers that datasets have, before anything is decided by them.
    mutating func know(_ datasets: borrowing DatasetDictionary) {
        for index in policies.indices where rankings[index].isOrdered {
            rankings[index] = DatasetRanking(policies[index], datasets: datasets)
        }
        numberedEnds = datasetEnds.numbered(datasets)
    }

    /// Whether an audience exists, even if it is not evaluated.
    func exists(_ audience: Audience.ID) -> Bool {
        let index = existing.sortedIndex { $0.uuid < audience.uuid }
        return index < existing.count && existing[index] == audience
    }

    /// The number of a profile's revision after another; 0 = after none.
    func revision(after last: Int64) -> Int64 { max(last + 1, revisionsFrom) }

    /// What a write to these paths can change.
    mutating func impact(of written: [PathID], paths: PathDictionary) -> PathImpact {
        var impact = PathImpact(audiences: SmallIndexSet(), dataflows: SmallIndexSet())
        for path in written { formUnion(&impact, with: path, paths: paths) }
        return impact
    }

    /// Audiences that may read something of what an entity states, and perhaps more of them.
    mutating func readers(of entity: JSONDocument, paths: borrowing PathDictionary) -> SmallIndexSet {
        impact(of: ProfileFragment.knownPaths(of: entity, paths: paths), paths: paths).audiences
    }

    private mutating func formUnion(_ impact: inout PathImpact, with path: PathID, paths: PathDictionary) {
        let index = Int(path.rawValue)
        if index >= impacts.count {
            impacts.append(contentsOf: repeatElement(nil, count: paths.count + 1 - impacts.count))
        }
        if impacts[index] == nil { impacts[index] = computeImpact(of: path, paths: paths) }
        guard let known = impacts[index] else { return }
        impact.audiences.formUnion(known.audiences)
        impact.dataflows.formUnion(known.dataflows)
    }

    private func computeImpact(of path: PathID, paths: PathDictionary) -> PathImpact {
        func touches(_ named: PathID) -> Bool {
            paths.isPrefix(named, of: path) || paths.isPrefix(path, of: named)
        }
        return PathImpact(
            audiences: SmallIndexSet(
                audiences.indices.filter { audiences[$0].program.paths.contains(where: touches) }
            ),
            dataflows: SmallIndexSet(
                dataflows.indices.filter { dataflows[$0].attributes.contains { touches($0.path) } }
            )
        )
    }
}
