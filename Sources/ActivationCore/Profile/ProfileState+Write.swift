extension ProfileState {
    /// Enters a fragment's leaves as one dataset's and identity's statements (RULINGS 11).
    ///
    /// Absent paths stay, arrays are replaced whole, null is a fact, and a scalar replaces an object or the reverse within the same dataset and
    /// identity. A statement older than the stored one changes nothing.
    mutating func write(
        _ fragment: ProfileFragment,
        text: [UInt8],
        dataset: UInt16,
        source: Int,
        writtenAt: Timestamp,
        revision: Int64,
        paths: PathDictionary
    ) {
        guard !fragment.leaves.isEmpty else { return }
        let source = UInt16(source)
        removeShapeConflicts(with: fragment, dataset: dataset, source: source, writtenAt: writtenAt, paths: paths)
        var merged: [AttributeEntry] = []
        merged.reserveCapacity(entries.count + fragment.leaves.count)
        var old = 0
        for leaf in fragment.leaves {
            var entry = AttributeEntry(
                path: leaf.path,
                dataset: dataset,
                source: source,
                writtenAt: writtenAt,
                revision: UInt32(truncatingIfNeeded: revision),
                kind: leaf.kind,
                start: UInt32(bytes.count),
                length: leaf.length
            )
            while old < entries.count, entries[old].isBefore(entry) {
                merged.append(entries[old])
                old += 1
            }
            if old < entries.count, entries[old].isSameStatement(as: entry) {
                if entries[old].writtenAt > writtenAt { continue }
                // A value of the same length takes the old one's place, so that a hot profile does not grow.
                if entries[old].length == leaf.length {
                    entry.start = entries[old].start
                }
                old += 1
            } else if leaf.kind == .object, hasMembers(leaf.path, dataset: dataset, source: source, paths: paths) {
                continue
            }
            let value = text[Int(leaf.start)..<Int(leaf.start + leaf.length)]
            if entry.start < bytes.count {
                bytes.replaceSubrange(Int(entry.start)..<Int(entry.start + entry.length), with: value)
            } else {
                bytes.append(contentsOf: value)
            }
            merged.append(entry)
        }
        merged.append(contentsOf: entries[old...])
        entries = merged
    }

    /// Drops this dataset's and identity's entries that a leaf cannot stand beside: scalars above it, members below it.
    private mutating func removeShapeConflicts(
        with fragment: ProfileFragment,
        dataset: UInt16,
        source: UInt16,
        writtenAt: Timestamp,
        paths: PathDictionary
    ) {
        func isOurs(_ entry: AttributeEntry) -> Bool {
            entry.dataset == dataset && entry.source == source && entry.writtenAt <= writtenAt
        }
        for leaf in fragment.leaves {
            var above = paths.parent(of: leaf.path)
            while above != .root {
                let path = above
                if let index = firstIndex(of: path),
                    entries[index...].prefix(while: { $0.path == path }).contains(where: isOurs)
                {
                    entries.removeAll { $0.path == path && isOurs($0) }
                }
                above = paths.parent(of: above)
            }
            if leaf.kind != .object, paths.hasChildren(leaf.path) {
                entries.removeAll { isOurs($0) && $0.path != leaf.path && paths.isPrefix(leaf.path, of: $0.path) }
            }
        }
    }

    private func hasMembers(_ path: PathID, dataset: UInt16, source: UInt16, paths: PathDictionary) -> Bool {
        paths.hasChildren(path)
            && entries.contains {
                $0.dataset == dataset && $0.source == source && $0.path != path && paths.isPrefix(path, of: $0.path)
            }
    }

    /// Index of the first entry of a path, or nil.
    private func firstIndex(of path: PathID) -> Int? {
        let index = entries.sortedIndex { $0.path < path }
        return index < entries.count && entries[index].path == path ? index : nil
    }
}
