/// A field of an event that has to hold one of some texts for the event to matter.
struct EventField: Sendable {
    var path: [String]
    var values: [String]

    /// The first condition that asks so much and no more, in plain spelling; nil when there is none.
    init?(of conditions: [PQLNode]) {
        for condition in EventNormalizer.sorted(conditions) {
            switch condition.kind {
            case .comparison(.equal, let field, let value):
                guard let path = field.eventPath, case .string(let text) = value.kind else { continue }
                self = EventField(path: path, values: [text])
                return
            case .membership(isNegated: false, let field, let list):
                guard let path = field.eventPath, case .array(let items) = list.kind else { continue }
                let texts = items.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
                guard texts.count == items.count else { continue }
                self = EventField(path: path, values: texts)
                return
            default: continue
            }
        }
        return nil
    }

    private init(path: [String], values: [String]) {
        self.path = path
        self.values = values
    }
}

/// Finds the leaves that an event can matter to, at the cost of those and of the fields they look at.
public struct EventLeafIndex: Sendable {
    private struct Group: Sendable {
        var path: [String]
        var leaves: [ByteKey: [Int]] = [:]
        var all: [Int] = []
    }

    private var groups: [Group] = []
    /// Leaves of which nothing is known.
    private var others: [Int] = []

    /// Sorts leaves by what they ask.
    public init(_ leaves: [EventLeaf]) {
        var places: [[ByteKey]: Int] = [:]
        for (index, leaf) in leaves.enumerated() {
            guard let field = leaf.field else {
                others.append(index)
                continue
            }
            let path = field.path.map(ByteKey.init)
            let place = places[path] ?? groups.count
            if place == groups.count {
                places[path] = place
                groups.append(Group(path: field.path))
            }
            groups[place].all.append(index)
            for value in Set(field.values.map(ByteKey.init)) { groups[place].leaves[value, default: []].append(index) }
        }
    }

    /// The places of the leaves that may take an event into account, in ascending order.
    public func candidates(for event: ProfileEvent) -> [Int] {
        var found = others
        for group in groups {
            switch EventLeafIndex.value(at: group.path, of: event) {
            case .text(let text): found += group.leaves[ByteKey(text)] ?? []
            case .items: found += group.all
            case .other: continue
            }
        }
        return found.sorted()
    }

    private enum Value {
        case text(String)
        /// An array, of which any item may be the text.
        case items
        case other
    }

    private static func value(at path: [String], of event: ProfileEvent) -> Value {
        var view = event.body.root
        for key in path {
            if view.isArray { return .items }
            guard let member = view[key] else { return .other }
            view = member
        }
        if view.isArray { return .items }
        return view.string.map(Value.text) ?? .other
    }
}

extension PQLNode {
    /// The keys of a field of the event; nil for anything else.
    fileprivate var eventPath: [String]? {
        guard case .path(let base, let steps) = kind,
            base.kind == .name(EventNormalizer.name(of: 0))
        else { return nil }
        let keys = steps.compactMap { if case .member(let name) = $0.kind { name } else { nil } }
        return keys.count == steps.count ? keys : nil
    }
}
