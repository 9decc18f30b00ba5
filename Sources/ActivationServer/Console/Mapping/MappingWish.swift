import ActivationCore

/// What a dataflow is to send: audiences and attributes, as a person chose them.
struct MappingWish: Sendable, Equatable {
    /// Ids of audiences, in the order chosen.
    var audiences: [String]
    /// Paths of attributes, dotted, in the order typed.
    var paths: [String]

    init(audiences: [String], paths: [String]) {
        self.audiences = audiences
        self.paths = paths
    }

    /// What a flow sends now.
    init(of flow: ControlEntry) {
        let mapped = FlowTransformation(flow)
        audiences = mapped.audiences.map(\.audience.uuid.description)
        paths = MappingWish.unique(mapped.attributes.map { $0.path.joined(separator: ".") })
    }

    /// What a form says, in which paths are typed or ticked; the names of its fields begin with a prefix.
    init(_ form: QueryItems, prefix: String = "") {
        audiences = MappingWish.unique(form.values("\(prefix)audience").map { $0.lowercased() })
        let lines = (form["\(prefix)paths"] ?? "").split(whereSeparator: \.isNewline)
        let typed = lines.map { String($0).trimmingSpaces }.filter { !$0.isEmpty }
        paths = MappingWish.unique(typed + form.values("\(prefix)path"))
    }

    /// The paths as the form shows them.
    var pathsText: String { paths.joined(separator: "\n") }

    /// What is in this wish and was not in another.
    func added(to other: MappingWish) -> MappingWish {
        let (audiences, paths) = (Set(other.audiences.map { ByteKey($0) }), Set(other.paths.map { ByteKey($0) }))
        return MappingWish(
            audiences: self.audiences.filter { !audiences.contains(ByteKey($0)) },
            paths: self.paths.filter { !paths.contains(ByteKey($0)) }
        )
    }

    /// Whether nothing is wished.
    var isEmpty: Bool { audiences.isEmpty && paths.isEmpty }

    /// The wish with what others changed meanwhile.
    ///
    /// - Parameters:
    ///   - base: What was there when the person began.
    ///   - now: What is there now.
    /// - Returns: The wish with their additions and without what they took out.
    func merged(since base: MappingWish, _ now: MappingWish) -> MappingWish {
        let (added, removed) = (now.added(to: base), base.added(to: now))
        let kept = self.added(to: removed)
        let new = added.added(to: kept)
        return MappingWish(audiences: kept.audiences + new.audiences, paths: kept.paths + new.paths)
    }

    /// The change that makes a flow send what is wished; selectors that stay are as they were, new ones come behind them.
    ///
    /// - Parameters:
    ///   - flow: The flow as it is.
    ///   - backfills: Whether members of new audiences are sent now.
    /// - Returns: A JSON Patch.
    func patch(of flow: ControlEntry, backfills: Bool) -> JSONValue {
        let old = flow.body["transformations"]?[0]?["params"]?.object ?? [:]
        func known(_ key: String, _ member: String) -> [ByteKey: [JSONValue]] {
            Dictionary(grouping: old[key]?["selectors"]?.array ?? []) { ByteKey($0["value"]?[member]?.string ?? "") }
        }
        let (segments, profiles) = (known("segmentSelectors", "id"), known("profileSelectors", "path"))
        let wish = inOrder(of: MappingWish(of: flow))
        let audiences = wish.audiences.flatMap { id in
            segments[ByteKey(id)] ?? [
                ["type": "PLATFORM_SEGMENT", "value": ["id": .string(id), "backfill": .bool(backfills)]]
            ]
        }
        let attributes = wish.paths.flatMap { path in
            profiles[ByteKey(path)] ?? [["type": "JSON_PATH", "value": ["path": .string(path)]]]
        }
        var params = old
        var segmentSelectors = old["segmentSelectors"]?.object ?? [:]
        segmentSelectors["selectors"] = .array(audiences)
        params["segmentSelectors"] = .object(segmentSelectors)
        // Who lets audiences in and out alone may change nothing of the rest, not even how it is written.
        if old["profileSelectors"] == nil || wish.paths != MappingWish(of: flow).paths {
            var profileSelectors = old["profileSelectors"]?.object ?? [:]
            profileSelectors["selectors"] = .array(attributes)
            params["profileSelectors"] = .object(profileSelectors)
        }
        let transformations: JSONValue = [["name": "GeneralTransform", "params": .object(params)]]
        return [["op": "add", "path": "/transformations", "value": transformations]]
    }

    /// The same wish, with what another one has as well in front, in the other's order.
    private func inOrder(of other: MappingWish) -> MappingWish {
        let (new, gone) = (added(to: other), other.added(to: self))
        let kept = other.added(to: gone)
        return MappingWish(audiences: kept.audiences + new.audiences, paths: kept.paths + new.paths)
    }

    private static func unique(_ texts: [String]) -> [String] {
        var seen = Set<ByteKey>()
        return texts.filter { seen.insert(ByteKey($0)).inserted }
    }
}
