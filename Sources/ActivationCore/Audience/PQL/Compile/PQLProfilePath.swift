/// A path of attributes that an expression names, resolved against a view at run time.
struct PQLProfilePath: Sendable {
    /// The whole path.
    var id: PathID
    /// The paths above it, the longest first, the root left out.
    var prefixes: [PathID]
    var keys: [String]

    /// The value at the path: a leaf, what an array above it holds there, or the object below it; else null.
    func value(in view: AttributeView, _ paths: PathDictionary) -> PQLValue {
        if let leaf = view.leaf(at: id) { return PQLProfilePath.value(of: leaf, in: view) }
        for (index, prefix) in prefixes.enumerated() {
            guard let leaf = view.leaf(at: prefix) else { continue }
            guard leaf.kind == .array else { return .null }
            return keys[(keys.count - 1 - index)...].reduce(PQLProfilePath.value(of: leaf, in: view)) { value, key in
                value.member(key)
            }
        }
        return PQLProfilePath.object(at: id, in: view, paths)
    }

    /// Whether ``value(in:_:)`` is null, without making the value.
    func isNull(in view: AttributeView, _ paths: PathDictionary) -> Bool {
        // Only a number beyond the range of a double is there and yet null.
        if let leaf = view.leaf(at: id) {
            return leaf.kind == .double && PQLProfilePath.value(of: leaf, in: view).isNull
        }
        for prefix in prefixes where view.leaf(at: prefix) != nil { return value(in: view, paths).isNull }
        return !PQLProfilePath.hasLeaves(below: id, in: view, paths)
    }

    static func value(of leaf: AttributeLeaf, in view: AttributeView) -> PQLValue {
        let text = view.bytes[Int(leaf.start)..<Int(leaf.start) + Int(leaf.length)]
        guard leaf.kind == .array || leaf.kind == .object else { return PQLValue(scalar: leaf.kind, in: text) }
        // A leaf is canonical JSON by contract; a broken one reads as null rather than stopping the evaluation.
        guard let document = try? JSONDocument(parsing: text) else { return .null }
        return PQLValue(document.root)
    }

    // MARK: Objects

    private static func hasLeaves(below path: PathID, in view: AttributeView, _ paths: PathDictionary) -> Bool {
        view.leaves.contains { $0.path > path && paths.isPrefix(path, of: $0.path) }
    }

    /// The object made of all leaves below a path, in the order of their ids; null when there are none.
    static func object(at path: PathID, in view: AttributeView, _ paths: PathDictionary) -> PQLValue {
        let leaves = view.leaves.indices.filter { index in
            let leaf = view.leaves[index].path
            return leaf > path && paths.isPrefix(path, of: leaf)
        }
        guard !leaves.isEmpty else { return .null }
        return .map(map(at: path, of: leaves, in: view, paths))
    }

    private static func map(
        at path: PathID,
        of leaves: [Int],
        in view: AttributeView,
        _ paths: PathDictionary
    ) -> PQLMap {
        var children: [(path: PathID, leaves: [Int])] = []
        for leaf in leaves {
            var child = view.leaves[leaf].path
            while true {
                let parent = paths.parent(of: child)
                if parent == path { break }
                child = parent
            }
            if let place = children.firstIndex(where: { $0.path == child }) {
                children[place].leaves.append(leaf)
            } else {
                children.append((child, [leaf]))
            }
        }
        return PQLMap(
            children.map { child in
                let key = String(decoding: paths.name(of: child.path), as: UTF8.self)
                if child.leaves.count == 1, view.leaves[child.leaves[0]].path == child.path {
                    return (key, value(of: view.leaves[child.leaves[0]], in: view))
                }
                return (key, .map(map(at: child.path, of: child.leaves, in: view, paths)))
            }
        )
    }
}

extension PQLValue {
    /// The field of a map; through an array, all non-null fields of its items in order, one level flattened.
    func member(_ name: String) -> PQLValue {
        switch self {
        case .map(let map): return map[name]
        case .array(let items):
            var values: [PQLValue] = []
            for item in items {
                switch item.member(name) {
                case .null: continue
                case .array(let inner): for value in inner where !value.isNull { values.append(value) }
                case let value: values.append(value)
                }
            }
            return values.isEmpty ? .null : .array(PQLArray(values))
        default: return .null
        }
    }
}
