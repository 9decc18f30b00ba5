import ActivationCore

/// A label that concerns an audience or a dataflow, and where it comes from.
struct FoundLabel: Sendable, Hashable {
    /// Where a label comes from.
    enum Origin: Sendable, Hashable {
        /// A field that an audience's rule looks at.
        case rule(field: [String], audience: String)
        /// A field that is mapped, or that every message carries.
        case mapping(field: [String])
        /// A dataset whose data the audience's merge policy takes in.
        case dataset(String)
        /// An audience itself.
        case audience(String)
        /// A merge policy that joins identities.
        case mergePolicy(String)
        /// Something that whoever asks may not see.
        case hidden
    }

    /// The plain name.
    var label: String
    var origin: Origin

    /// What callers see.
    var json: JSONValue {
        var object: JSONObject = ["label": .string(label)]
        switch origin {
        case .rule(let keys, let audience):
            object["on"] = "field"
            object["path"] = .string(keys.joined(separator: "."))
            object["through"] = "definition"
            object["audienceId"] = .string(audience)
        case .mapping(let keys):
            object["on"] = "field"
            object["path"] = .string(keys.joined(separator: "."))
            object["through"] = "mapping"
        case .dataset(let id):
            object["on"] = "dataSet"
            object["dataSetId"] = .string(id)
        case .audience(let id):
            object["on"] = "audience"
            object["audienceId"] = .string(id)
        case .mergePolicy(let id):
            object["on"] = "mergePolicy"
            object["mergePolicyId"] = .string(id)
        case .hidden: object["on"] = "hidden"
        }
        return .object(object)
    }

    /// In words: `C2 of the field person.email, which is mapped`.
    func text(in snapshot: ControlSnapshot) -> String {
        func name(_ kind: ControlKind, _ id: String) -> String { snapshot.entry(kind, id)?.string("name") ?? id }
        return switch origin {
        case .rule(let keys, let audience):
            "\(label) of the field \(keys.joined(separator: ".")), which audience "
                + "\"\(name(.segmentDefinition, audience))\" looks at"
        case .mapping(let keys): "\(label) of the field \(keys.joined(separator: ".")), which goes into messages"
        case .dataset(let id): "\(label) of the dataset \"\(name(.dataset, id))\""
        case .audience(let id): "\(label) of the audience \"\(name(.segmentDefinition, id))\""
        case .mergePolicy(let id): "\(label), since the merge policy \"\(name(.mergePolicy, id))\" joins identities"
        case .hidden: "\(label) of something that labels hide from you"
        }
    }

    /// What would take the label away.
    var cure: String {
        switch origin {
        case .rule: "take the field out of the audience's rule, or the audience out of the dataflow"
        case .mapping(let keys):
            Governance.carried.contains(keys)
                ? "take the label off the field, which every message carries" : "take the field out of the mapping"
        case .dataset: "use a merge policy that leaves the dataset out, or take the label off it"
        case .audience: "take the label off the audience, or the audience out of the dataflow"
        case .mergePolicy: "use a merge policy whose identityGraph is none"
        case .hidden: "ask somebody whose roles have the label"
        }
    }
}

extension FoundLabel {
    /// As somebody may know of it.
    func told(to clearance: Clearance, in snapshot: ControlSnapshot) -> FoundLabel {
        let isSeen =
            switch origin {
            case .rule(let keys, let audience):
                snapshot.admits(clearance, keys) && snapshot.admits(clearance, audience: audience)
            case .mapping(let keys): snapshot.admits(clearance, keys)
            case .audience(let id): snapshot.admits(clearance, audience: id)
            case .dataset, .mergePolicy, .hidden: true
            }
        return isSeen ? self : FoundLabel(label: label, origin: .hidden)
    }
}

extension PolicyViolation {
    /// As somebody may know of it.
    func told(to clearance: Clearance, in snapshot: ControlSnapshot) -> PolicyViolation {
        var told = self
        told.labels = labels.map { $0.told(to: clearance, in: snapshot) }
        if let audience, !snapshot.admits(clearance, audience: audience) { told.audience = nil }
        return told
    }
}

extension ControlSnapshot {
    /// Whether an audience may be seen; of one that there is not nothing is hidden.
    fileprivate func admits(_ clearance: Clearance, audience id: String) -> Bool {
        entry(.segmentDefinition, id).map { clearance.admits(usageLabels(of: $0)) } ?? true
    }
}
