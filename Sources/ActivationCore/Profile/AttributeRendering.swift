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
        var members: [PathID: [AttributeLeaf]] = [:]
        for leaf in leaves {
            var child = leaf.path
            while paths.parent(of: child) != path { child = paths.parent(of: child) }
            members[child, default: []].append(leaf)
        }
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for child in members.keys.sorted(by: { paths.name(of: $0).lexicographicallyPrecedes(paths.name(of: $1)) }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: paths.name(of: child))
            bytes.append(contentsOf: "\":".utf8)
            let below = members[child] ?? []
            if below.count == 1, below[0].path == child {
                append(below[0], of: view, to: &bytes)
            } else {
                append(below, under: child, of: view, paths: paths, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ leaf: AttributeLeaf, of view: AttributeView, to bytes: inout [UInt8]) {
        let value = view.bytes[Int(leaf.start)..<Int(leaf.start + leaf.length)]
        let isString = leaf.kind == .string || leaf.kind == .escapedString
        if isString { bytes.append(UInt8(ascii: "\"")) }
        bytes.append(contentsOf: value)
        if isString { bytes.append(UInt8(ascii: "\"")) }
    }
}
