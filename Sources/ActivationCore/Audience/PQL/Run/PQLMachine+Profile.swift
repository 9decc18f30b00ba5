extension PQLMachine {
    mutating func profileValue(_ index: Int) -> PQLValue {
        if let value = resolved[index] { return value }
        let value = code.profilePaths[index].value(in: input.attributes, paths)
        switch value {
        case .array, .map: resolved[index] = value
        default: break
        }
        return value
    }

    /// The events' bodies, oldest first.
    var events: PQLArray {
        mutating get {
            if let eventArray { return eventArray }
            let array = PQLArray(input.events.map { PQLValue($0.body.root) })
            eventArray = array
            return array
        }
    }

    /// The whole profile: its attributes, then what is not an attribute.
    var profile: PQLMap {
        mutating get {
            var entries: [(key: String, value: PQLValue)] = []
            if case .map(let attributes) = PQLProfilePath.object(at: .root, in: input.attributes, paths) {
                entries = attributes.entries.filter {
                    !["xEvent", "identityMap", "segmentMembership"].contains($0.key)
                }
            }
            if !input.identities.isEmpty { entries.append(("identityMap", .map(input.identityMap))) }
            noteMembershipChanges()
            let memberships = input.membershipMap
            if memberships.count > 0 { entries.append(("segmentMembership", .map(memberships))) }
            if !input.events.isEmpty { entries.append(("xEvent", .array(events))) }
            return PQLMap(entries)
        }
    }
}

extension EvaluationInput {
    /// Identities by namespace, both in the order they were added.
    var identityMap: PQLMap {
        var entries: [(key: String, value: PQLValue)] = []
        for identity in identities {
            let value = PQLValue.map(PQLMap([("id", .string(identity.value))]))
            if let place = entries.firstIndex(where: { $0.key.hasSameBytes(as: identity.namespace) }),
                case .array(let values) = entries[place].value
            {
                entries[place].value = .array(PQLArray(values.values + [value]))
            } else {
                entries.append((identity.namespace, .array(PQLArray([value]))))
            }
        }
        return PQLMap(entries)
    }

    /// Stored memberships that have an entry still, by audience id, under their namespaces in the order of their appearance.
    var membershipMap: PQLMap {
        var map: [(key: String, value: [(key: String, value: PQLValue)])] = []
        for membership in memberships where membership.hasEntry(at: now) {
            let value = PQLMap([
                ("status", .string(membership.status.text)),
                ("lastQualificationTime", .string(membership.lastQualificationTime.rfc3339)),
            ])
            let namespace = namespaces[membership.audience] ?? SegmentMembership.namespace
            let entry = (key: membership.audience.uuid.description, value: PQLValue.map(value))
            if let place = map.firstIndex(where: { $0.key.hasSameBytes(as: namespace) }) {
                map[place].value.append(entry)
            } else {
                map.append((namespace, [entry]))
            }
        }
        return PQLMap(map.map { ($0.key, .map(PQLMap($0.value))) })
    }
}
