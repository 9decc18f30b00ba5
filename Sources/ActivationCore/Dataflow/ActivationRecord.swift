/// The JSON that is sent: mapped attributes, `segmentMembership`, `identityMap` (BEHAVIOUR 3.3 to 3.7).
struct ActivationRecord {
    let flow: CompiledDataflow
    let group: CompiledDataflow.PolicyGroup
    /// The audiences whose status the input changed; none when nothing happened but that the record was asked for.
    var statusChanges: [ProfileChange.StatusChange] = []
    /// Where the identity stands in the profile that the record alone shows; nil when it shows all identities.
    var place: Int?
    var lane = OutboxLane.live
    /// Why the record is made.
    var reasons: TriggerReasons
    /// Mapped attributes that the input wrote, by place in ``CompiledDataflow/attributes``.
    var writtenAttributes: [Int] = []
    /// When the input was admitted.
    var admittedAt: Timestamp

    /// Makes the row of a profile.
    ///
    /// - Parameters:
    ///   - state: The profile after the input.
    ///   - view: Its attributes as the group's merge policy sees them.
    ///   - catalog: What the dataflow is part of.
    ///   - paths: The path dictionary.
    /// - Returns: A row that is not stored yet.
    func row(
        of state: ProfileState,
        view: AttributeView,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary
    ) -> OutboxRow {
        let policy = catalog.policies[group.policy].id
        let messageID = MessageID(
            dataflow: flow.dataflow.id,
            mergePolicy: policy,
            profile: state.id,
            revision: state.revision,
            place: place
        )
        var payload: [UInt8] = []
        payload.reserveCapacity(512 + state.bytes.count)
        switch flow.dataflow.options.envelope {
        case .none: appendMessage(state, view: view, catalog: catalog, paths: paths, to: &payload)
        case .cloudEvents:
            appendCloudEvent(messageID, catalog: catalog, to: &payload)
            appendMessage(state, view: view, catalog: catalog, paths: paths, to: &payload)
            payload.append(contentsOf: "}}".utf8)
        }
        if flow.dataflow.options.appendsNewline { payload.append(UInt8(ascii: "\n")) }
        var row = OutboxRow(
            dataflow: flow.dataflow.id,
            profile: state.id,
            mergePolicy: policy,
            revision: state.revision,
            lane: lane,
            reasons: reasons,
            partitionKey: flow.partitionKey.text(of: state, view: view, messageID: messageID),
            payload: payload,
            admittedAt: admittedAt
        )
        row.place = place
        return row
    }

    /// Appends one profile for one dataflow and merge policy as compact UTF-8 JSON.
    private func appendMessage(
        _ state: ProfileState,
        view: AttributeView,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary,
        to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "{"))
        for node in flow.tree where append(node, view: view, paths: paths, to: &bytes) {
            bytes.append(UInt8(ascii: ","))
        }
        appendMemberships(state, catalog: catalog, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        ActivationRecord.appendIdentityMap(
            flow.shown(state.identities),
            case: flow.dataflow.options.namespaceCase,
            to: &bytes
        )
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends `"key":value`; nothing when the profile has no value there.
    ///
    /// - Returns: Whether anything was appended.
    private func append(
        _ node: CompiledDataflow.AttributeNode,
        view: AttributeView,
        paths: borrowing PathDictionary,
        to bytes: inout [UInt8]
    ) -> Bool {
        let start = bytes.count
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: node.key)
        bytes.append(contentsOf: "\":".utf8)
        if let path = node.path {
            if flow.append(valueAt: path, of: view, paths: paths, to: &bytes) { return true }
            bytes.removeLast(bytes.count - start)
            return false
        }
        bytes.append(UInt8(ascii: "{"))
        var isEmpty = true
        for member in node.members {
            if !isEmpty { bytes.append(UInt8(ascii: ",")) }
            if append(member, view: view, paths: paths, to: &bytes) {
                isEmpty = false
            } else if !isEmpty {
                bytes.removeLast()
            }
        }
        guard !isEmpty else {
            bytes.removeLast(bytes.count - start)
            return false
        }
        bytes.append(UInt8(ascii: "}"))
        return true
    }

    /// The audiences of the dataflow's scope: mapped ones realized or exited, other published ones while realized
    /// (BEHAVIOUR 3.3).
    private func appendMemberships(_ state: ProfileState, catalog: borrowing Catalog, to bytes: inout [UInt8]) {
        // From the profile's few standings to the many audiences, not the other way round. The mapped ones come first, in
        // mapping order, then the others in the order of their making.
        var entries: [MembershipEntry] = []
        entries.reserveCapacity(state.memberships.count)
        for membership in state.memberships {
            guard let index = catalog.audienceIndex[membership.audience],
                catalog.audiences[index].policy == group.policy,
                catalog.audiences[index].definition.lifecycle == .published
            else { continue }
            let isMapped = group.isMapped.contains(index)
            let isShown =
                switch flow.dataflow.options.membershipScope {
                case .sameMergePolicy: isMapped || membership.status == .realized
                case .mapped: isMapped
                case .changed: isMapped && (showsAllChanges || changesStatus(of: index))
                }
            guard isShown else { continue }
            let place = group.places[index] ?? group.mapped.count + catalog.audiences[index].rank
            entries.append(MembershipEntry(place: place, index: index, membership: membership))
        }
        entries.sort { $0.place < $1.place }
        bytes.append(contentsOf: "\"segmentMembership\":{".utf8)
        guard !catalog.external.isEmpty else {
            append(entries, under: SegmentMembership.namespace, catalog: catalog, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
            return
        }
        for (number, namespace) in namespaces(of: entries, catalog: catalog).enumerated() {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            append(namespace.entries, under: namespace.name, catalog: catalog, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Whether the input changed the status in an audience (by index).
    private func changesStatus(of audience: Int) -> Bool {
        statusChanges.contains { $0.audience == audience }
    }

    /// Whether the record is not made by a change but tells of all that may have changed, so that every mapped audience counts
    /// as changed (BEHAVIOUR 3.3).
    private var showsAllChanges: Bool { lane != .live && !reasons.contains(.unmapped) }

    /// What a message shows of one audience.
    private struct MembershipEntry {
        /// Where it stands among the others.
        var place: Int
        /// The audience, by index.
        var index: Int
        var membership: SegmentMembership
    }

    /// The audiences by namespace: the system's own one always and first, then those of external audiences, or the one that
    /// the dataflow has for all of these, in the order of their first audiences (BEHAVIOUR 5.7).
    private func namespaces(
        of entries: [MembershipEntry],
        catalog: borrowing Catalog
    ) -> [(name: String, entries: [MembershipEntry])] {
        var namespaces: [(name: String, entries: [MembershipEntry])] = [(SegmentMembership.namespace, [])]
        for entry in entries {
            let audience = catalog.audiences[entry.index]
            let renamed = audience.program.external.flatMap { _ in flow.dataflow.options.externalNamespace }
            let name = renamed ?? audience.namespace
            if let place = namespaces.firstIndex(where: { $0.name.hasSameBytes(as: name) }) {
                namespaces[place].entries.append(entry)
            } else {
                namespaces.append((name, [entry]))
            }
        }
        return namespaces
    }

    private func append(
        _ entries: [MembershipEntry],
        under namespace: String,
        catalog: borrowing Catalog,
        to bytes: inout [UInt8]
    ) {
        JSONWriter.appendString(namespace, to: &bytes)
        bytes.append(contentsOf: ":{".utf8)
        for (number, entry) in entries.enumerated() {
            let (place, index, membership) = (entry.place, entry.index, entry.membership)
            let isExisting =
                flow.dataflow.options.showsExisting && membership.status == .realized && !changesStatus(of: index)
                && !(showsAllChanges && !reasons.isDisjoint(with: [.membership, .consent]))
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: catalog.audiences[index].idText)
            bytes.append(contentsOf: "\":{\"lastQualificationTime\":\"".utf8)
            membership.lastQualificationTime.appendRFC3339Seconds(to: &bytes)
            bytes.append(contentsOf: "\",\"status\":\"".utf8)
            bytes.append(contentsOf: (isExisting ? "existing" : membership.status.text).utf8)
            bytes.append(UInt8(ascii: "\""))
            if place < group.mapped.count {
                appendToggles(index, mapping: group.mapped[place].mapping, catalog: catalog, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// What the two toggles add to a mapped audience (BEHAVIOUR 3.7); source data has whole seconds.
    private func appendToggles(
        _ audience: Int,
        mapping: Dataflow.MappedAudience,
        catalog: borrowing Catalog,
        to bytes: inout [UInt8]
    ) {
        guard flow.dataflow.includesSegmentTimestamps || flow.dataflow.includesSegmentNames else { return }
        let audience = catalog.audiences[audience].definition
        if flow.dataflow.includesSegmentTimestamps {
            for (key, instant) in [
                (",\"createdAt\":", audience.createdAt), (",\"updatedAt\":", audience.updatedAt),
                (",\"mappingCreatedAt\":", mapping.createdAt), (",\"mappingUpdatedAt\":", mapping.updatedAt),
            ] {
                bytes.append(contentsOf: key.utf8)
                JSONWriter.appendInteger(instant.milliseconds / 1_000 * 1_000, to: &bytes)
            }
        }
        if flow.dataflow.includesSegmentNames {
            bytes.append(contentsOf: ",\"name\":".utf8)
            JSONWriter.appendString(audience.name, to: &bytes)
        }
    }

    /// Appends identities, grouped by namespace in the order of their first appearance (BEHAVIOUR 3.4).
    static func appendIdentityMap(
        _ members: [ProfileState.Member],
        case: Dataflow.NamespaceCase = .lower,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: "\"identityMap\":{".utf8)
        for (place, member) in members.enumerated() {
            let symbol = member.identity.namespace
            guard !members[..<place].contains(where: { $0.identity.namespace == symbol }) else { continue }
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(`case`.key(symbol), to: &bytes)
            bytes.append(contentsOf: ":[".utf8)
            var isFirst = true
            for other in members where other.identity.namespace == symbol {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                bytes.append(contentsOf: "{\"id\":".utf8)
                JSONWriter.appendString(other.identity.value, to: &bytes)
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension CompiledDataflow {
    /// Appends the value of a mapped attribute as messages hold it.
    ///
    /// - Returns: Whether there was one that may be sent.
    func append(
        valueAt path: PathID,
        of view: AttributeView,
        paths: borrowing PathDictionary,
        to bytes: inout [UInt8]
    ) -> Bool {
        if dataflow.options.allowsArraysAndMaps {
            return AttributeRendering.append(valueAt: path, of: view, paths: paths, to: &bytes)
        }
        guard let leaf = view.leaf(at: path), leaf.kind != .array, leaf.kind != .object else { return false }
        return AttributeRendering.append(valueAt: path, of: view, paths: paths, to: &bytes)
    }
}
