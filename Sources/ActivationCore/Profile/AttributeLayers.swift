/// Lays what single datasets show over each other, the first on top (BEHAVIOUR 4.4).
///
/// Whatever lies above hides what is below it at the same path, and of a value and an object with members the one above
/// hides the other. An empty object hides no members and gives way to them.
struct AttributeLayers {
    /// What lies so far, sorted by path, each path at most once.
    private var entries: [AttributeEntry] = []
    /// Paths of values that longer paths may go through.
    private var blocking = Set<PathID>()
    /// Whether an empty object may have to give way.
    private var hasEmptyObjects = false

    /// Lays what the next dataset shows below all others.
    ///
    /// - Parameters:
    ///   - layer: Its entries, sorted by path, each path at most once, without nulls.
    ///   - paths: The dictionary.
    mutating func add(_ layer: [AttributeEntry], paths: PathDictionary) {
        var merged: [AttributeEntry] = []
        merged.reserveCapacity(entries.count + layer.count)
        var above = 0
        for entry in layer {
            while above < entries.count, entries[above].path < entry.path {
                merged.append(entries[above])
                above += 1
            }
            if above < entries.count, entries[above].path == entry.path { continue }
            guard !isHidden(entry, paths: paths) else { continue }
            merged.append(entry)
        }
        merged.append(contentsOf: entries[above...])
        entries = merged
        hasEmptyObjects = hasEmptyObjects || layer.contains { $0.kind == .object && paths.hasChildren($0.path) }
        blocking = Set(entries.lazy.filter { $0.kind != .object && paths.hasChildren($0.path) }.map(\.path))
    }

    /// What shows in the end.
    func shown(paths: PathDictionary) -> [AttributeEntry] {
        guard hasEmptyObjects else { return entries }
        return entries.filter { $0.kind != .object || !hasMembers($0.path, paths: paths) }
    }

    private func isHidden(_ entry: AttributeEntry, paths: PathDictionary) -> Bool {
        if !blocking.isEmpty {
            var above = paths.parent(of: entry.path)
            while above != .root {
                if blocking.contains(above) { return true }
                above = paths.parent(of: above)
            }
        }
        return hasMembers(entry.path, paths: paths)
    }

    private func hasMembers(_ path: PathID, paths: PathDictionary) -> Bool {
        paths.hasChildren(path) && entries.contains { $0.path > path && paths.isPrefix(path, of: $0.path) }
    }
}
