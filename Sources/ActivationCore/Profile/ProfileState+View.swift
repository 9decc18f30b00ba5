extension ProfileState {
    /// The profile's attributes as a merge policy sees them: one winner per path.
    func view(_ policy: MergePolicy, paths: PathDictionary) -> AttributeView {
        switch policy.attributeMerge {
        case .timestampOrdered: latestWrites(paths: paths)
        }
    }

    /// The latest write wins.
    ///
    /// Where one dataset's scalar and another's object meet, the later of the two stays.
    private func latestWrites(paths: PathDictionary) -> AttributeView {
        var winners: [AttributeEntry] = []
        winners.reserveCapacity(entries.count)
        var mayConflict = false
        for entry in entries {
            if let last = winners.last, last.path == entry.path {
                if entry.isNewer(than: last) { winners[winners.count - 1] = entry }
            } else {
                winners.append(entry)
                mayConflict = mayConflict || paths.hasChildren(entry.path)
            }
        }
        winners.removeAll { $0.kind == .null }
        if mayConflict { ProfileState.resolveShapes(&winners, paths: paths) }
        return AttributeView(
            leaves: winners.map {
                AttributeLeaf(path: $0.path, kind: $0.kind, start: $0.start, length: $0.length)
            },
            bytes: bytes
        )
    }

    /// Removes the older of any two winners of which one stands below the other; an empty object gives way to members.
    private static func resolveShapes(_ winners: inout [AttributeEntry], paths: PathDictionary) {
        var losers = Set<PathID>()
        for upper in winners where paths.hasChildren(upper.path) {
            for lower in winners where lower.path > upper.path && paths.isPrefix(upper.path, of: lower.path) {
                let upperWins = upper.kind != .object && upper.isNewer(than: lower)
                losers.insert(upperWins ? lower.path : upper.path)
            }
        }
        winners.removeAll { losers.contains($0.path) }
    }
}
