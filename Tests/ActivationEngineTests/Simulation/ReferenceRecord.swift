import ActivationCore

/// Why a record is made.
struct ReferenceCall {
    var reasons: TriggerReasons
    /// Where the mapped attributes that were written stand in messages.
    var written: [String] = []
}

/// A record of a person for a dataflow and a merge policy (BEHAVIOUR 3.3 to 3.7, 3.16).
struct ReferenceRecord {
    var catalog: ReferenceCatalog
    var flow: ReferenceFlow
    var policy: ReferencePolicy
    var person: ReferencePerson
    var change: ReferenceChange
    var call: ReferenceCall
    var lane: OutboxLane
    var instant: Int64

    /// Stands for the id of the person who made the record, which only the engine knows.
    static let profileID = "<the profile>"

    /// The same bytes with the id in its places.
    static func fill(_ bytes: [UInt8], _ id: String) -> [UInt8] {
        let token = Array(profileID.utf8)
        var filled: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if rest.starts(with: token) {
                filled += id.utf8
                rest = rest.dropFirst(token.count)
            } else {
                filled.append(byte)
                rest = rest.dropFirst()
            }
        }
        return filled
    }

    private var mapped: [ReferenceFlow.Mapping] {
        flow.mappings.filter { catalog.policy(evaluating: $0.audience) == policy.id }
    }

    /// Whether no change makes the record, so that any mapped audience may have changed since the last one.
    private var tellsAll: Bool { lane != .live && !call.reasons.contains(.unmapped) }

    private var policyID: String { policy.id.uuid.description }

    /// No other record has it.
    private var id: String {
        let row = "\(flow.id.uuid):\(policyID):\(Self.profileID):\(person.revision)"
        return person.place.map { "\(row):\($0)" } ?? row
    }

    // MARK: The message

    var payload: [UInt8] {
        let message = ReferenceJSON.object(
            flow.attributes(of: person.view(policy)) + [memberships, flow.identityMap(of: person)]
        )
        let end = flow.options.appendsNewline ? ReferenceJSON.ascii("\n") : []
        return switch flow.options.envelope {
        case .none: message + end
        case .cloudEvents: cloudEvent(around: message) + end
        }
    }

    /// BEHAVIOUR 3.3, 3.5, 3.7.
    private var memberships: [UInt8] {
        var entries: [(audience: ReferenceAudience, text: [UInt8])] = []
        for mapping in mapped {
            guard let audience = catalog.audience(mapping.audience) else { continue }
            let isChanged = change.statusChanges.keys.contains(audience.id)
            if flow.options.membershipScope == .changed, !isChanged, !tellsAll { continue }
            guard var members = members(of: audience) else { continue }
            if flow.showsTimestamps {
                for (key, instant) in [
                    ("createdAt", audience.createdAt), ("updatedAt", audience.updatedAt),
                    ("mappingCreatedAt", mapping.createdAt), ("mappingUpdatedAt", mapping.updatedAt),
                ] {
                    members.append(ReferenceJSON.member(key.utf8, ReferenceJSON.integer(instant / 1_000 * 1_000)))
                }
            }
            if flow.showsNames {
                members.append(ReferenceJSON.member("name".utf8, ReferenceJSON.string(audience.name)))
            }
            let text = ReferenceJSON.member(audience.id.uuid.description.utf8, ReferenceJSON.object(members))
            entries.append((audience, text))
        }
        if flow.options.membershipScope == .sameMergePolicy {
            for audience in unmapped where person.isRealized(audience.id) {
                let members = members(of: audience) ?? []
                let text = ReferenceJSON.member(audience.id.uuid.description.utf8, ReferenceJSON.object(members))
                entries.append((audience, text))
            }
        }
        return ReferenceJSON.member("segmentMembership".utf8, ReferenceJSON.object(namespaces(of: entries)))
    }

    /// The audiences by namespace; that of the external one is there when it is shown and may be renamed (BEHAVIOUR 5.7).
    private func namespaces(of entries: [(audience: ReferenceAudience, text: [UInt8])]) -> [[UInt8]] {
        let name = flow.options.externalNamespace ?? ReferenceContent.namespace
        func isElsewhere(_ audience: ReferenceAudience) -> Bool { audience.rule == .uploaded && name != "ups" }
        func member(_ name: String, _ entries: [(audience: ReferenceAudience, text: [UInt8])]) -> [UInt8] {
            ReferenceJSON.member(name.utf8, ReferenceJSON.object(entries.map(\.text)))
        }
        let others = entries.filter { isElsewhere($0.audience) }
        let own = member("ups", entries.filter { !isElsewhere($0.audience) })
        return others.isEmpty ? [own] : [own, member(name, others)]
    }

    /// The other published audiences of the policy, in the order in which they were made.
    private var unmapped: [ReferenceAudience] {
        catalog.audiences.filter { audience in
            audience.policy == policy.id && audience.lifecycle == .published
                && !mapped.contains { $0.audience == audience.id }
        }.sorted { ($0.createdAt, $0.id.uuid) < ($1.createdAt, $1.id.uuid) }
    }

    /// The two members that every entry has; nil when the person has no standing.
    private func members(of audience: ReferenceAudience) -> [[UInt8]]? {
        guard let membership = person.memberships[audience.id] else { return nil }
        let isOld =
            membership.isRealized && !change.statusChanges.keys.contains(audience.id)
            && !(tellsAll && !call.reasons.isDisjoint(with: [.membership, .consent]))
        return membership.json(status: flow.options.showsExisting && isOld ? "existing" : membership.status)
    }

    // MARK: The envelope

    private func cloudEvent(around message: [UInt8]) -> [UInt8] {
        func text(_ value: String) -> [UInt8] { ReferenceJSON.string(value) }
        let names: [(TriggerReasons, String)] = [
            (.membership, "membership"), (.identity, "identity"), (.attribute, "attribute"), (.backfill, "backfill"),
            (.unmapped, "unmapped"), (.replay, "replay"), (.consent, "consent"),
        ]
        let changed = mapped.compactMap { mapping -> [UInt8]? in
            guard let before = change.statusChanges[mapping.audience],
                let now = person.memberships[mapping.audience]
            else { return nil }
            return ReferenceJSON.object([
                ReferenceJSON.member("id".utf8, text(mapping.audience.uuid.description)),
                ReferenceJSON.member("status".utf8, text(now.status)),
                ReferenceJSON.member(
                    "previousStatus".utf8,
                    before.map { text($0.status) } ?? ReferenceJSON.ascii("null")
                ),
            ])
        }
        let milliseconds = String(instant % 1_000 + 1_000).dropFirst()
        let data = [
            ReferenceJSON.member("mergePolicyId".utf8, text(policyID)),
            ReferenceJSON.member("revision".utf8, ReferenceJSON.integer(Int64(person.revision))),
            ReferenceJSON.member(
                "reasons".utf8,
                ReferenceJSON.array(names.filter { call.reasons.contains($0.0) }.map { text($0.1) })
            ),
            ReferenceJSON.member("changedAudiences".utf8, ReferenceJSON.array(changed)),
            ReferenceJSON.member("changedPaths".utf8, ReferenceJSON.array(call.written.map(text))),
            ReferenceJSON.member("profile".utf8, message),
        ]
        return ReferenceJSON.object([
            ReferenceJSON.member("specversion".utf8, text("1.0")),
            ReferenceJSON.member("id".utf8, text(id)),
            ReferenceJSON.member("source".utf8, text("/v1/dataflows/\(flow.id.uuid)")),
            ReferenceJSON.member("type".utf8, text("headwater.profile.exported")),
            ReferenceJSON.member("subject".utf8, text(Self.profileID)),
            ReferenceJSON.member(
                "time".utf8,
                text("\(ReferenceJSON.instant(instant).dropLast()).\(milliseconds)Z")
            ),
            ReferenceJSON.member("datacontenttype".utf8, text("application/json")),
            ReferenceJSON.member("data".utf8, ReferenceJSON.object(data)),
        ])
    }

    // MARK: The partition key

    /// BEHAVIOUR 3.16.
    func partitionKey(of person: ReferencePerson) -> String {
        var value: String?
        switch flow.options.partitionKey {
        case .profile: break
        case .random: value = id
        case .namespace(let symbol):
            value = person.identities.first { $0.namespace.lowercased() == symbol.lowercased() }?.value
        case .attribute(let keys): value = person.view(policy).single(keys.joined(separator: "."))
        }
        guard let value, !value.isEmpty else { return Self.profileID }
        return value.utf16.count > 256 ? Self.hash(value) : value
    }

    /// FNV-1a of 64 bits, by its definition.
    private static func hash(_ value: String) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in value.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension ReferenceView {
    /// A single value as people write it; nil for an array, an object or nothing.
    fileprivate func single(_ dotted: String) -> String? {
        guard let text = text(dotted), !text.hasPrefix("["), !text.hasPrefix("{") else { return nil }
        guard text.hasPrefix("\"") else { return text }
        return (try? JSONDocument(parsing: "[\(text)]"))?.root.items.first { _ in true }?.string
    }
}
