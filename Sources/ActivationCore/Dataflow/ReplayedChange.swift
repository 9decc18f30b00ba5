/// A change of a profile with its names, and what it meant to a dataflow.
public struct ReplayedChange: Sendable {
    /// The change.
    public var change: TracedChange
    /// The attributes that it lists, as keys from the root.
    public var paths: [[String]]
    /// The dataset; nil when there is none, or it is not known.
    public var dataset: String?
    /// What it meant, once for each merge policy of the dataflow's audiences; none when it has none that are published.
    public var replays: [ChangeReplay]
}

extension StoredProfile {
    /// The last changes of the profile as a dataflow sees them, the oldest first.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - definition: Its audiences and their merge policies; rules of audiences are not asked for.
    ///   - paths: A path dictionary that knows the profile.
    ///   - datasets: Such a dictionary of datasets.
    /// - Returns: The changes, as far back as they are kept.
    /// - Throws: When the profile cannot be read, or the dataflow cannot be used.
    public func changes(
        seenBy dataflow: Dataflow,
        in definition: CatalogDefinition,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws -> [ReplayedChange] {
        let state = try ProfileValue.decode(self, paths: paths, datasets: datasets)
        var dictionary = paths
        var changes = try state.trail.changes()
        for index in changes.indices { changes[index].paths.removeAll { !paths.contains($0) } }
        var catalog = try Catalog(compiling: definition.showing(dataflow), paths: &dictionary)
        catalog.know(datasets)
        guard let flow = catalog.dataflows.first(where: { $0.dataflow.id == dataflow.id }) else { return [] }
        let replayer = ChangeReplayer(flow: flow, catalog: catalog, paths: dictionary, state: state, changes: changes)
        return changes.indices.map { index in
            ReplayedChange(
                change: changes[index].visible,
                paths: changes[index].paths.map { dictionary.keys(of: $0) },
                dataset: datasets.name(of: changes[index].dataset),
                replays: replayer.replays(of: index)
            )
        }
    }
}

extension TracedChange {
    /// Without what is said of consent, which is no audience.
    fileprivate var visible: TracedChange {
        var visible = self
        visible.statuses.removeAll { $0.audience.isOfWithheld }
        visible.statusCount -= statuses.count - visible.statuses.count
        return visible
    }
}

extension CatalogDefinition {
    /// The definition with one dataflow, and of audiences only those that it maps, without their rules.
    ///
    /// - Parameter dataflow: The dataflow, which need not be one of the definition's.
    /// - Returns: A definition that costs little to compile.
    /// - Throws: Never for what is built in; it is an error of ours if it does.
    fileprivate func showing(_ dataflow: Dataflow) throws(PQLError) -> CatalogDefinition {
        // What is shown of an audience is not its rule; so a rule that asks for others is none here.
        let noRule = try PQLExpression(parsing: "1 = 1")
        let shown = Set(dataflow.audiences.map(\.audience) + [dataflow.id.withheld])
        var definition = self
        definition.audiences = definition.audiences.filter { shown.contains($0.id) }
        for index in definition.audiences.indices where definition.audiences[index].rule.external == nil {
            definition.audiences[index].rule = .expression(noRule)
        }
        definition.dataflows = [dataflow]
        definition.backfills = []
        return definition
    }
}
