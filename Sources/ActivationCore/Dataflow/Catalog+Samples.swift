extension Catalog {
    /// Records of a dataflow as they could be: made-up values, put together by what makes the real ones.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - paths: The dictionary that the catalog was compiled with.
    ///   - now: When they would be admitted.
    /// - Returns: For each merge policy a member that enters, one of whom an attribute is written, and one that leaves, as
    ///   far as the dataflow's triggers go; none while nothing is mapped.
    public func samples(of dataflow: Dataflow.ID, paths: PathDictionary, at now: Timestamp) -> [OutboxRow] {
        guard let flow = dataflows.first(where: { $0.dataflow.id == dataflow }) else { return [] }
        let view = sampleView(of: flow, paths: paths)
        return flow.groups.flatMap { samples(of: flow, group: $0, view: view, paths: paths, at: now) }
    }

    private func samples(
        of flow: CompiledDataflow,
        group: CompiledDataflow.PolicyGroup,
        view: AttributeView,
        paths: PathDictionary,
        at now: Timestamp
    ) -> [OutboxRow] {
        guard let entered = group.mapped.first?.audience else { return [] }
        let id = audiences[entered].definition.id
        var state = ProfileState(
            id: Profile.ID(uuid: UUIDBytes(high: 0x0000_0000_0000_7000, low: 0x8000_0000_0000_0001)),
            createdAt: now,
            sequence: .zero
        )
        state.identities = sampleIdentities(of: flow, at: now)
        let isAlone = isUnlinked(policy: group.policy)
        if isAlone { state.identities.removeLast(max(state.identities.count - 1, 0)) }
        let others = audiences.indices.filter {
            audiences[$0].policy == group.policy && !group.isMapped.contains($0)
                && audiences[$0].definition.lifecycle == .published
        }
        if let other = others.min(by: { audiences[$0].rank < audiences[$1].rank }) {
            let audience = audiences[other].definition.id
            state.set(SegmentMembership(audience: audience, status: .realized, lastQualificationTime: now))
        }
        let realized = SegmentMembership(audience: id, status: .realized, lastQualificationTime: now)
        let exited = SegmentMembership(audience: id, status: .exited, lastQualificationTime: now)
        var entry = ProfileChange()
        entry.statusChanges = [ProfileChange.StatusChange(audience: entered, status: .realized, before: nil)]
        var exit = ProfileChange()
        exit.statusChanges = [ProfileChange.StatusChange(audience: entered, status: .exited, before: realized)]
        let written = flow.attributes.isEmpty ? [] : [0]
        let steps: [(membership: SegmentMembership, change: ProfileChange, reason: TriggerReasons, written: [Int])] = [
            (realized, entry, .membership, []),
            (realized, ProfileChange(), written.isEmpty ? .identity : .attribute, written),
            (exited, exit, .membership, []),
        ]
        return steps.enumerated().compactMap { index, step in
            let reasons = step.reason.intersection(flow.dataflow.options.triggers)
            guard !reasons.isEmpty else { return nil }
            state.set(step.membership)
            state.revision = Int64(index) + 1
            let record = ActivationRecord(
                flow: flow,
                group: group,
                statusChanges: step.change.statusChanges,
                place: isAlone ? 0 : nil,
                reasons: reasons,
                writtenAttributes: step.written,
                admittedAt: now
            )
            return record.row(of: state, view: view, catalog: self, paths: paths)
        }
    }

    /// One identity of each allowed namespace, or of one that everybody has.
    private func sampleIdentities(of flow: CompiledDataflow, at now: Timestamp) -> [ProfileState.Member] {
        var symbols = ["Email", "ECID"].filter(flow.shows(namespace:))
        if case .allow(let allowed) = flow.dataflow.options.identityNamespaces {
            symbols = allowed.compactMap { namespaces.namespace(symbol: $0)?.symbol }
        }
        return symbols.map { symbol in
            ProfileState.Member(
                identity: Identity(namespace: symbol, value: "sample-\(symbol.asciiLowercased)"),
                addedAt: now,
                sequence: .zero
            )
        }
    }

    /// A text at every mapped path, but at those that have mapped ones below.
    private func sampleView(of flow: CompiledDataflow, paths: PathDictionary) -> AttributeView {
        var view = AttributeView()
        for path in Set(flow.attributes.map(\.path)).sorted() {
            guard !flow.attributes.contains(where: { $0.path != path && paths.isPrefix(path, of: $0.path) }) else {
                continue
            }
            let text = Array("sample \(view.leaves.count + 1)".utf8)
            view.leaves.append(
                AttributeLeaf(
                    path: path,
                    kind: .string,
                    start: UInt32(view.bytes.count),
                    length: UInt32(text.count)
                )
            )
            view.bytes += text
        }
        return view
    }
}
