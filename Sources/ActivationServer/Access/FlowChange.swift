import ActivationCore

/// Which parts of a flow a change is about, as far as permissions tell them apart.
struct FlowChange {
    /// The mapping is another.
    let maps: Bool
    /// Audiences come in or go out, and nothing else of the mapping is another.
    let isOfAudiencesAlone: Bool
    /// The marketing actions of a flow that was there are others; a new one has what its maker says.
    let hasOtherActions: Bool
    /// Name, description, state, alerts.
    let hasOtherSettings: Bool

    init(from old: JSONObject?, to new: JSONObject) {
        let before = FlowChange.parts(of: old ?? [:])
        let after = FlowChange.parts(of: new)
        let mapsOthers = before.others != after.others
        maps = mapsOthers || before.audiences != after.audiences
        isOfAudiencesAlone = maps && !mapsOthers
        hasOtherActions = old.map { ($0["marketingActions"] ?? []) != (new["marketingActions"] ?? []) } ?? false
        hasOtherSettings = ["name", "description", "state", "alerts"].contains { old?[$0] != new[$0] }
    }

    /// The audiences that a flow maps, and what else its transformations say; an empty mapping says nothing.
    private static func parts(of flow: JSONObject) -> (audiences: [JSONValue], others: [JSONValue]) {
        var parts: (audiences: [JSONValue], others: [JSONValue]) = ([], [])
        for part in flow["transformations"]?.array ?? [] {
            guard var object = part.object, var params = object["params"]?.object else {
                parts.others.append(part)
                continue
            }
            object["name"] = nil
            object["params"] = nil
            if !object.isEmpty { parts.others.append(.object(object)) }
            if var selectors = params["segmentSelectors"]?.object {
                parts.audiences += selectors["selectors"]?.array ?? []
                selectors["selectors"] = nil
                params["segmentSelectors"] = selectors.isEmpty ? nil : .object(selectors)
            }
            if params["profileSelectors"] == ["selectors": []] { params["profileSelectors"] = nil }
            if !params.isEmpty { parts.others.append(.object(params)) }
        }
        return parts
    }
}
