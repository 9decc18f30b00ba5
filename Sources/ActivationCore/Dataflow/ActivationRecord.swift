/// The JSON that is sent: mapped attributes, `segmentMembership`, `identityMap` (BEHAVIOUR 3.3 to 3.7).
enum ActivationRecord {
    /// Renders one profile for one dataflow and merge policy as compact UTF-8 JSON.
    static func render(
        _ state: ProfileState,
        view: AttributeView,
        flow: CompiledDataflow,
        group: CompiledDataflow.PolicyGroup,
        catalog: Catalog,
        paths: PathDictionary
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 + state.bytes.count)
        bytes.append(UInt8(ascii: "{"))
        for node in flow.attributes where append(node, view: view, paths: paths, to: &bytes) {
            bytes.append(UInt8(ascii: ","))
        }
        appendMemberships(state, flow: flow, group: group, catalog: catalog, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        appendIdentityMap(state, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Appends `"key":value`; nothing when the profile has no value there.
    ///
    /// - Returns: Whether anything was appended.
    private static func append(
        _ node: CompiledDataflow.AttributeNode,
        view: AttributeView,
        paths: PathDictionary,
        to bytes: inout [UInt8]
    ) -> Bool {
        let start = bytes.count
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: node.key)
        bytes.append(contentsOf: "\":".utf8)
        if node.isMapped {
            if AttributeRendering.append(valueAt: node.path, of: view, paths: paths, to: &bytes) { return true }
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

    /// Mapped audiences realized or exited; unmapped ones of the same policy while realized (BEHAVIOUR 3.3).
    private static func appendMemberships(
        _ state: ProfileState,
        flow: CompiledDataflow,
        group: CompiledDataflow.PolicyGroup,
        catalog: Catalog,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: "\"segmentMembership\":{\"ups\":{".utf8)
        // From the profile's few standings to the many audiences, not the other way round.
        var entries: [(place: Int, membership: SegmentMembership)] = []
        for membership in state.memberships {
            guard let place = group.places[membership.audience],
                group.shown[place].mapping != nil || membership.status == .realized
            else { continue }
            entries.append((place, membership))
        }
        entries.sort { $0.place < $1.place }
        for (index, (place, membership)) in entries.enumerated() {
            let mapping = group.shown[place].mapping
            let audience = catalog.audiences[group.shown[place].audience]
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: audience.idText)
            bytes.append(contentsOf: "\":{\"lastQualificationTime\":\"".utf8)
            membership.lastQualificationTime.appendRFC3339Seconds(to: &bytes)
            bytes.append(contentsOf: "\",\"status\":\"".utf8)
            bytes.append(contentsOf: membership.status.text.utf8)
            bytes.append(UInt8(ascii: "\""))
            if let mapping {
                appendToggles(audience.definition, mapping: mapping, flow: flow.dataflow, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(contentsOf: "}}".utf8)
    }

    /// What the two toggles add to a mapped audience (BEHAVIOUR 3.7); source data has whole seconds.
    private static func appendToggles(
        _ audience: AudienceDefinition,
        mapping: Dataflow.MappedAudience,
        flow: Dataflow,
        to bytes: inout [UInt8]
    ) {
        if flow.includesSegmentTimestamps {
            for (key, instant) in [
                (",\"createdAt\":", audience.createdAt), (",\"updatedAt\":", audience.updatedAt),
                (",\"mappingCreatedAt\":", mapping.createdAt), (",\"mappingUpdatedAt\":", mapping.updatedAt),
            ] {
                bytes.append(contentsOf: key.utf8)
                JSONWriter.appendInteger(instant.milliseconds / 1_000 * 1_000, to: &bytes)
            }
        }
        if flow.includesSegmentNames {
            bytes.append(contentsOf: ",\"name\":".utf8)
            JSONWriter.appendString(audience.name, to: &bytes)
        }
    }

    /// All identities, grouped under the lower-case symbol in the order of their first appearance (BEHAVIOUR 3.4).
    static func appendIdentityMap(_ state: ProfileState, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\"identityMap\":{".utf8)
        var written: [String] = []
        for member in state.identities where !written.contains(member.identity.namespace) {
            if !written.isEmpty { bytes.append(UInt8(ascii: ",")) }
            written.append(member.identity.namespace)
            JSONWriter.appendString(member.identity.namespace.asciiLowercased, to: &bytes)
            bytes.append(contentsOf: ":[".utf8)
            var isFirst = true
            for other in state.identities where other.identity.namespace == member.identity.namespace {
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
