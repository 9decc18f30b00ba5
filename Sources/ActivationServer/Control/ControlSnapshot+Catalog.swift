import ActivationCore

extension ControlSnapshot {
    /// Everything decisions depend on, for the engine.
    ///
    /// - Parameters:
    ///   - timeZone: The zone whose calendar audiences follow.
    ///   - readings: What was read before; afterwards what was read now.
    /// - Returns: What can be read, and the audiences that were stored by another version and mean nothing to this one;
    ///   they exist, but cannot be evaluated.
    func catalogDefinition(
        in timeZone: TimeZoneRules,
        reusing readings: inout CatalogReadings
    ) -> (definition: CatalogDefinition, unreadable: [CatalogError]) {
        var unreadable: [CatalogError] = []
        var definition = CatalogDefinition(
            mergePolicies: mergePolicies(),
            namespaces: namespaces,
            audiences: readings.audiences(of: self, unreadable: &unreadable),
            dataflows: readings.dataflows(of: self),
            timeZone: timeZone
        )
        definition.eventExpirations = eventExpirations
        definition.datasetEnds = datasetEnds
        definition.revisionsFrom = restoration?.revisionsFrom ?? 0
        definition.backfills = entries(.backfill).compactMap(BackfillOrder.init).map(\.backfill)
        definition.audiences += withheld(unreadable: &unreadable)
        for index in definition.dataflows.indices { markMappingsBeforeConsent(of: &definition.dataflows[index]) }
        // Without what it asks for a dataflow would tell of everybody.
        let unusable = Set(unreadable.compactMap(\.dataflow))
        definition.dataflows.removeAll { unusable.contains($0.id) }
        // Standings of those who are withheld stay until it can be read again.
        definition.unusableAudiences = Set(unreadable.compactMap(\.audience) + unusable.map(\.withheld))
        return (definition, unreadable)
    }

    private func markMappingsBeforeConsent(of dataflow: inout Dataflow) {
        let consent = FlowConsent(entry(.flowConsent, dataflow.id.uuid.description))
        guard let before = consent?.mappedBefore, !before.isEmpty else { return }
        for index in dataflow.audiences.indices where before.contains(dataflow.audiences[index].audience) {
            dataflow.audiences[index].precedesConsent = true
        }
    }

    /// The merge policies, the default first.
    func mergePolicies() -> [MergePolicy] {
        let entries = entries(.mergePolicy)
        let ordered = entries.filter(\.isDefaultPolicy) + entries.filter { !$0.isDefaultPolicy }
        return ordered.compactMap(MergePolicy.init)
    }

    /// What a stored segment definition says.
    ///
    /// - Throws: That it cannot be read, and why.
    func audience(_ entry: ControlEntry) throws(CatalogError) -> AudienceDefinition {
        let id = UUIDBytes(entry.id).map { Audience.ID(uuid: $0) }
        guard
            let id,
            entry.isExternalAudience || entry.body["expression"]?["value"]?.string != nil,
            let policy = entry.string("mergePolicyId").flatMap({ UUIDBytes($0) })
        else {
            throw CatalogError(
                audience: id,
                message: "segment definition \(entry.id) lacks expression.value or mergePolicyId; change or delete it"
            )
        }
        do throws(APIError) {
            let rule: AudienceRule
            if let external = entry.externalAudience {
                rule = .external(external)
            } else {
                rule = .expression(try SegmentExpression(entry.body["expression"]).parsed())
            }
            var definition = AudienceDefinition(
                id: id,
                name: entry.string("name") ?? "",
                mergePolicy: MergePolicy.ID(uuid: policy),
                rule: rule,
                createdAt: entry.createdAt,
                updatedAt: entry.updatedAt
            )
            definition.lifecycle = AudienceLifecycle(entry)
            definition.ruleChangedAt = SegmentDefinition.ruleChangedAt(entry)
            return definition
        } catch {
            throw CatalogError(audience: id, message: "the expression cannot be read: \(error.detail); change it")
        }
    }

    /// A flow to a destination; nil for one that is being deleted.
    func dataflow(_ entry: ControlEntry) -> Dataflow? {
        guard let id = UUIDBytes(entry.id), entry.string("state") != FlowState.deleting else { return nil }
        let transformation = FlowTransformation(entry)
        let params = target(of: entry)?.body["params"]
        var dataflow = Dataflow(
            id: Dataflow.ID(uuid: id),
            isEnabled: entry.string("state") == FlowState.enabled,
            audiences: transformation.audiences,
            attributes: [],
            includesSegmentNames: params?["includeSegmentNames"]?.bool ?? false,
            includesSegmentTimestamps: params?["includeSegmentTimestamps"]?.bool ?? false
        )
        dataflow.attributes = transformation.attributes
        // Members that were stored before they had a meaning still have none where they do not fit it.
        if let options = try? params.map({ try TargetOptions.read(try Fields($0)) }) { dataflow.options = options }
        return dataflow
    }
}

extension MergePolicy {
    /// A policy from its stored document; nil when its id is none of ours.
    init?(_ entry: ControlEntry) {
        guard let id = UUIDBytes(entry.id) else { return nil }
        let merge = entry.body["attributeMerge"]
        let order = merge?["type"] == "dataSetPrecedence" ? merge?["order"]?.array : nil
        self.init(
            id: MergePolicy.ID(uuid: id),
            name: entry.string("name") ?? "",
            attributeMerge: order.map { .dataSetPrecedence(order: $0.compactMap(\.string)) } ?? .timestampOrdered,
            identityGraph: entry.body["identityGraph"]?["type"] == "none" ? .none : .pdg,
            ruleChangedAt: entry.body[MergePolicyStore.ruleChangedAt]?.int64.map { Timestamp(milliseconds: $0) }
        )
    }
}
