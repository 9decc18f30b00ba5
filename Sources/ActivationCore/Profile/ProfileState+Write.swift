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
        let new = text.withUnsafeBytes { text in
            replace(fragment, text: text, dataset: dataset, source: source, stamp: stamp)
        }
        if !new.isEmpty { insert(new) }
    }

    /// Enters the leaves that say something else about what was stated before.
    ///
    /// - Returns: The others, with their values.
    private mutating func replace(
        _ fragment: ProfileFragment,
        text: UnsafeRawBufferPointer,
        dataset: UInt16,
        source: UInt16,
        stamp: AttributeEntry.Stamp
    ) -> [AttributeEntry] {
        var new: [AttributeEntry] = []
        var place = 0
        for leaf in fragment.leaves {
            var entry = AttributeEntry(
                path: leaf.path,
                dataset: dataset,
                source: source,
                writtenAt: stamp.writtenAt,
                sequence: stamp.sequence,
                kind: leaf.kind,
                start: UInt32(bytes.count),
                length: leaf.length
            )
            while place < entries.count, entries[place].isBefore(entry) { place += 1 }
            let value = UnsafeRawBufferPointer(rebasing: text[Int(leaf.start)..<Int(leaf.start + leaf.length)])
            guard place < entries.count, entries[place].isSameStatement(as: entry) else {
                bytes.append(contentsOf: value)
                new.append(entry)
                continue
            }
            if entries[place].stamp > stamp { continue }
            // A value of the same length takes the old one's place, so that a hot profile does not grow.
            if entries[place].length == leaf.length {
                entry.start = entries[place].start
                replace(at: Int(entry.start), with: value)
            } else {
                bytes.append(contentsOf: value)
            }
            entries[place] = entry
        }
        return new
    }

    /// Writes a value over another one of its length.
    private mutating func replace(at start: Int, with value: UnsafeRawBufferPointer) {
        precondition(start + value.count <= bytes.count, "an entry points past the profile's values")
        bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + value.count]).copyMemory(from: value)
        }
    }

    /// Enters statements that nobody made before, in their stored order.
    private mutating func insert(_ new: [AttributeEntry]) {
        guard !entries.isEmpty else {
            entries = new
            return
        }
        var merged: [AttributeEntry] = []
        merged.reserveCapacity(entries.count + new.count)
        var old = 0
        for entry in new {
            while old < entries.count, entries[old].isBefore(entry) {
                merged.append(entries[old])
                old += 1
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
        guard fragment.leaves.contains(where: { $0.kind != .object && paths.hasChildren($0.path) }) else { return }
        let replaced = Set(
            fragment.leaves.lazy.filter { $0.kind != .object && paths.hasChildren($0.path) }.map(\.path)
        )
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
