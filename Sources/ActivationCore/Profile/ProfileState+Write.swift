extension ProfileState {
    /// Enters a fragment's leaves as one dataset's and identity's statements (BEHAVIOUR 4.6).
    ///
    /// Absent paths stay, arrays are replaced whole, null is a fact. A statement older than the stored one changes
    /// nothing. Costs the leaves and the entries once each.
    mutating func write(
        _ fragment: ProfileFragment,
        text: [UInt8],
        dataset: UInt16,
        source: Int,
        writtenAt: Timestamp,
        sequence: AdmissionSequence,
        paths: PathDictionary
    ) {
        guard !fragment.leaves.isEmpty else { return }
        let source = UInt16(source)
        let stamp = AttributeEntry.Stamp(writtenAt: writtenAt, sequence: sequence)
        dropOutdated(below: fragment, dataset: dataset, source: source, stamp: stamp, paths: paths)
        var merged: [AttributeEntry] = []
        merged.reserveCapacity(entries.count + fragment.leaves.count)
        var old = 0
        for leaf in fragment.leaves {
            var entry = AttributeEntry(
                path: leaf.path,
                dataset: dataset,
                source: source,
                writtenAt: writtenAt,
                sequence: sequence,
                kind: leaf.kind,
                start: UInt32(bytes.count),
                length: leaf.length
            )
            while old < entries.count, entries[old].isBefore(entry) {
                merged.append(entries[old])
                old += 1
            }
            if old < entries.count, entries[old].isSameStatement(as: entry) {
                if entries[old].stamp > stamp { continue }
                // A value of the same length takes the old one's place, so that a hot profile does not grow.
                if entries[old].length == leaf.length {
                    entry.start = entries[old].start
                }
                old += 1
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

    /// Drops what this dataset and identity said earlier below a path to which they now give a scalar, an array or null.
    ///
    /// The new statement would hide it for ever, so this saves room and changes no view.
    private mutating func dropOutdated(
        below fragment: ProfileFragment,
        dataset: UInt16,
        source: UInt16,
        stamp: AttributeEntry.Stamp,
        paths: PathDictionary
    ) {
        let replaced = Set(
            fragment.leaves.lazy.filter { $0.kind != .object && paths.hasChildren($0.path) }.map(\.path)
        )
        guard !replaced.isEmpty else { return }
        entries.removeAll { entry in
            guard entry.dataset == dataset, entry.source == source, entry.stamp < stamp else { return false }
            var above = paths.parent(of: entry.path)
            while above != .root {
                if replaced.contains(above) { return true }
                above = paths.parent(of: above)
            }
            return false
        }
    }
}
