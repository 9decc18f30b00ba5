/// Writes values of a merged view as JSON.
enum AttributeRendering {
    /// Appends the value at a path: a leaf as it is, an inner path as an object of what stands below it, members sorted
    /// by key.
    ///
    /// - Returns: Whether there was a value.
    static func append(
        valueAt path: PathID,
        of view: AttributeView,
        paths: PathDictionary,
        to bytes: inout [UInt8]
    ) -> Bool {
        if let leaf = view.leaf(at: path) {
            append(leaf, of: view, to: &bytes)
            return true
        }
        guard paths.hasChildren(path) else { return false }
        let below = view.leaves.filter { $0.path > path && paths.isPrefix(path, of: $0.path) }
        guard !below.isEmpty else { return false }
        append(below, under: path, of: view, paths: paths, to: &bytes)
        return true
    }

    /// Appends the object that these leaves make under a path.
    static func append(
        _ leaves: [AttributeLeaf],
        under path: PathID,
        of view: AttributeView,
        paths: PathDictionary,
        to bytes: inout [UInt8]
    ) {
        let branches = leaves.map { leaf in
            var steps: [PathID] = []
            var step = leaf.path
            while step != path {
                steps.append(step)
                step = paths.parent(of: step)
            }
            return Branch(leaf: leaf, steps: steps)
        }
        append(branches, of: view, paths: paths, to: &bytes)
    }

    /// A leaf with what is left of the way to it, the leaf itself first.
    private struct Branch {
        var leaf: AttributeLeaf
        var steps: [PathID]
    }

    private static func append(
        _ branches: [Branch],
        of view: AttributeView,
        paths: PathDictionary,
        to bytes: inout [UInt8]
    ) {
        var members: [PathID: [Branch]] = [:]
        for var branch in branches {
            guard let member = branch.steps.popLast() else { continue }
            members[member, default: []].append(branch)
        }
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (member, branches) in members.sorted(by: {
            paths.name(of: $0.key).lexicographicallyPrecedes(paths.name(of: $1.key))
        }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: paths.name(of: member))
            bytes.append(contentsOf: "\":".utf8)
            if branches.count == 1, branches[0].steps.isEmpty {
                append(branches[0].leaf, of: view, to: &bytes)
            } else {
                append(branches, of: view, paths: paths, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ leaf: AttributeLeaf, of view: AttributeView, to bytes: inout [UInt8]) {
        let isString = leaf.kind == .string || leaf.kind == .escapedString
        if isString { bytes.append(UInt8(ascii: "\"")) }
        view.withValue(of: leaf) { bytes.append(contentsOf: $0) }
        if isString { bytes.append(UInt8(ascii: "\"")) }
    }
}
