/// A catalog made ready for deciding: expressions compiled, dependencies indexed.
public struct Catalog: Sendable {
    /// An audience with its program.
    struct CompiledAudience: Sendable {
        var definition: AudienceDefinition
        var program: PQLProgram
        /// Index of the merge policy in ``Catalog/policies``.
        var policy: Int
        /// The id as it stands in exports.
        var idText: [UInt8]
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
    /// The namespaces messages may use.
    public let namespaces: NamespaceDirectory
    /// In dependency order: an audience stands after those it asks for.
    let audiences: [CompiledAudience]
    let audienceIndex: [Audience.ID: Int]
    let dataflows: [CompiledDataflow]
    /// Audiences that read `xEvent`, `identityMap`, `segmentMembership`.
    let eventReaders: SmallIndexSet
    let identityReaders: SmallIndexSet
    let membershipReaders: SmallIndexSet
    /// Indices in the order of evaluation: readers of the stored memberships last, so that they see what others became.
    let evaluationOrder: [Int]
    /// All audiences.
    let all: SmallIndexSet
    /// Ids of all audiences, sorted.
    private let audienceIDs: [Audience.ID]
    /// By path id, as far as asked for.
    private var impacts: [PathImpact?] = []

    /// Compiles a definition, interning the paths it names.
    ///
    /// - Throws: The first audience that does not compile, asks for an unknown audience or takes part in a cycle.
    public init(compiling definition: CatalogDefinition, paths: inout PathDictionary) throws(CatalogError) {
        policies = definition.mergePolicies
        namespaces = definition.namespaces
        let programs = try Catalog.programs(of: definition, paths: &paths)
        let order = try Catalog.dependencyOrder(definition.audiences, programs: programs)
        var indices: [Audience.ID: Int] = [:]
        var compiled: [CompiledAudience] = []
        for (index, position) in order.enumerated() {
            let audience = definition.audiences[position]
            guard let policy = definition.mergePolicies.firstIndex(where: { $0.id == audience.mergePolicy }) else {
                throw CatalogError(
                    audience: audience.id,
                    message: "audience \(audience.id.uuid) names merge policy \(audience.mergePolicy.uuid), "
                        + "which does not exist"
                )
            }
            var idText: [UInt8] = []
            audience.id.uuid.appendText(to: &idText)
            indices[audience.id] = index
            compiled.append(
                CompiledAudience(
                    definition: audience,
                    program: programs[position],
                    policy: policy,
                    idText: idText,
                    dependents: SmallIndexSet()
                )
            )
        }
        for index in compiled.indices {
            for asked in compiled[index].program.audiences {
                if let asked = indices[asked] { compiled[asked].dependents.insert(index) }
            }
        }
        audiences = compiled
        audienceIndex = indices
        audienceIDs = compiled.map(\.definition.id).sorted { $0.uuid < $1.uuid }
        eventReaders = SmallIndexSet(compiled.indices.filter { compiled[$0].program.readsEvents })
        identityReaders = SmallIndexSet(compiled.indices.filter { compiled[$0].program.readsIdentities })
        membershipReaders = SmallIndexSet(compiled.indices.filter { compiled[$0].program.readsMemberships })
        evaluationOrder =
            compiled.indices.filter { !compiled[$0].program.readsMemberships }
            + compiled.indices.filter { compiled[$0].program.readsMemberships }
        all = SmallIndexSet(compiled.indices)
        var flows: [CompiledDataflow] = []
        for dataflow in definition.dataflows {
            flows.append(
                try CompiledDataflow(dataflow, audiences: compiled, indices: indices, paths: &paths)
            )
        }
        dataflows = flows
    }

    /// Whether all these memberships, sorted by audience id, are of audiences that exist.
    func knowsAll(_ memberships: [SegmentMembership]) -> Bool {
        var index = 0
        for membership in memberships {
            index = audienceIDs.sortedIndex(from: index) { $0.uuid < membership.audience.uuid }
            guard index < audienceIDs.count, audienceIDs[index] == membership.audience else { return false }
        }
        return true
    }

    /// What a write to these paths can change.
    mutating func impact(of written: [PathID], paths: PathDictionary) -> PathImpact {
        var impact = PathImpact(audiences: SmallIndexSet(), dataflows: SmallIndexSet())
        for path in written { formUnion(&impact, with: path, paths: paths) }
        return impact
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
                dataflows.indices.filter { dataflows[$0].mappedPaths.contains(where: touches) }
            )
        )
    }

    private static func programs(
        of definition: CatalogDefinition,
        paths: inout PathDictionary
    ) throws(CatalogError) -> [PQLProgram] {
        let ids = Dictionary(definition.audiences.map { ($0.id.uuid.description, $0.id) }) { first, _ in first }
        let names = Dictionary(definition.audiences.map { ($0.name, $0.id) }) { first, _ in first }
        var programs: [PQLProgram] = []
        for audience in definition.audiences {
            do throws(PQLError) {
                programs.append(
                    try PQLProgram(compiling: audience.expression, paths: &paths) { text in
                        ids[text.asciiLowercased] ?? names[text]
                    }
                )
            } catch {
                throw CatalogError(
                    audience: audience.id,
                    message:
                        "audience \(audience.id.uuid), line \(error.line), column \(error.column): \(error.message)"
                )
            }
        }
        return programs
    }

    /// Positions of the audiences such that each stands after those it asks for.
    private static func dependencyOrder(
        _ audiences: [AudienceDefinition],
        programs: [PQLProgram]
    ) throws(CatalogError) -> [Int] {
        enum Mark { case open, done }
        let positions = Dictionary(audiences.enumerated().map { ($1.id, $0) }) { first, _ in first }
        var marks = [Mark?](repeating: nil, count: audiences.count)
        var order: [Int] = []
        // Depth-first without recursion: an entry is visited once to open its requirements and once to close it.
        for start in audiences.indices {
            var stack: [(position: Int, isClosing: Bool)] = [(start, false)]
            while let (position, isClosing) = stack.popLast() {
                if isClosing {
                    marks[position] = .done
                    order.append(position)
                    continue
                }
                if marks[position] == .done { continue }
                if marks[position] == .open {
                    throw CatalogError(
                        audience: audiences[position].id,
                        message: "audience \(audiences[position].id.uuid) asks for itself through inSegment; "
                            + "remove one of the references"
                    )
                }
                marks[position] = .open
                stack.append((position, true))
                for asked in programs[position].audiences {
                    guard let asked = positions[asked] else { continue }
                    if marks[asked] == .open {
                        throw CatalogError(
                            audience: audiences[position].id,
                            message: "audience \(audiences[position].id.uuid) asks for itself through inSegment; "
                                + "remove one of the references"
                        )
                    }
                    if marks[asked] == nil { stack.append((asked, false)) }
                }
            }
        }
        return order
    }
}
