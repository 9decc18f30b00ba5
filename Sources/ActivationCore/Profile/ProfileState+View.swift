extension ProfileState {
    /// The profile's attributes as a merge policy sees them: one winner per path (BEHAVIOUR 4.4, 4.6).
    func view(_ ranking: DatasetRanking, paths: PathDictionary) -> AttributeView {
        if !ranking.isOrdered, let leaves = latestLeaves(paths: paths) {
            return AttributeView(leaves: leaves, bytes: bytes)
        }
        return AttributeView(
            leaves: shownEntries(ranking, paths: paths).map {
                AttributeLeaf(path: $0.path, kind: $0.kind, start: $0.start, length: $0.length)
            },
            bytes: bytes
        )
    }

    /// What shows where the latest write wins and no fact stands above another, as is usual; nil where one may.
    private func latestLeaves(paths: PathDictionary) -> [AttributeLeaf]? {
        var leaves: [AttributeLeaf] = []
        leaves.reserveCapacity(entries.count)
        var next = 0
        while next < entries.count {
            var winner = entries[next]
            guard !paths.hasChildren(winner.path) else { return nil }
            next += 1
            while next < entries.count, entries[next].path == winner.path {
                if entries[next].isNewer(than: winner) { winner = entries[next] }
                next += 1
            }
            guard winner.kind != .null else { continue }
            leaves.append(
                AttributeLeaf(path: winner.path, kind: winner.kind, start: winner.start, length: winner.length)
            )
        }
        return leaves
    }

    /// The entries that show.
    func shownEntries(_ ranking: DatasetRanking, paths: PathDictionary) -> [AttributeEntry] {
        guard ranking.isOrdered else { return AttributeEntry.latest(of: entries, paths: paths) }
        var ofRank = [[AttributeEntry]](repeating: [], count: ranking.count)
        for entry in entries {
            if let rank = ranking.rank(of: entry.dataset) { ofRank[rank].append(entry) }
        }
        var layers = AttributeLayers()
        for entries in ofRank where !entries.isEmpty {
            layers.add(AttributeEntry.latest(of: entries, paths: paths), paths: paths)
        }
        return layers.shown(paths: paths)
    }
}

extension AttributeEntry {
    /// What shows of entries in their stored order: the latest write wins, whatever the order of arrival
    /// (BEHAVIOUR 4.6).
    fileprivate static func latest(of entries: [AttributeEntry], paths: PathDictionary) -> [AttributeEntry] {
        var winners: [AttributeEntry] = []
        winners.reserveCapacity(entries.count)
        var shapes: ShapeResolution?
        for entry in entries {
            if let last = winners.last, last.path == entry.path {
                if entry.isNewer(than: last) { winners[winners.count - 1] = entry }
            } else {
                winners.append(entry)
            }
            // Only what stands above known paths can be in the way of anything.
            if paths.hasChildren(entry.path) { shapes = shapes ?? ShapeResolution() }
            if entry.kind != .object { shapes?.note(entry, paths: paths) }
        }
        if var shapes {
            winners = shapes.shown(of: winners, paths: paths)
        } else {
            winners.removeAll { $0.kind == .null }
        }
        return winners
    }
}

/// Decides what shows where one fact stands above another.
///
/// A scalar, an array or a null removes what is older below it, for good; what is newer below it removes it in turn. An
/// empty object removes nothing below it and gives way to members. Nulls take part and are left out at the end.
private struct ShapeResolution {
    /// For paths that have longer ones: the latest fact that is no object.
    private var removals: [PathID: AttributeEntry.Stamp] = [:]

    mutating func note(_ entry: AttributeEntry, paths: PathDictionary) {
        guard paths.hasChildren(entry.path) else { return }
        if let known = removals[entry.path], known >= entry.stamp { return }
        removals[entry.path] = entry.stamp
    }

    /// The winners that show, of winners sorted by path.
    mutating func shown(of winners: [AttributeEntry], paths: PathDictionary) -> [AttributeEntry] {
        var aboveLiving = Set<PathID>()
        var aboveShown = Set<PathID>()
        var shown: [AttributeEntry] = []
        // A longer path has the larger number, so this meets members before what holds them.
        for winner in winners.reversed() where isLiving(winner, paths: paths) {
            let isHidden =
                winner.kind == .object ? aboveShown.contains(winner.path) : aboveLiving.contains(winner.path)
            if winner.kind != .null, !isHidden {
                shown.append(winner)
                mark(above: winner.path, in: &aboveShown, paths: paths)
            }
            mark(above: winner.path, in: &aboveLiving, paths: paths)
        }
        return shown.reversed()
    }

    private func isLiving(_ entry: AttributeEntry, paths: PathDictionary) -> Bool {
        guard !removals.isEmpty else { return true }
        var above = paths.parent(of: entry.path)
        while above != .root {
            if let removal = removals[above], removal >= entry.stamp { return false }
            above = paths.parent(of: above)
        }
        return true
    }

    private func mark(above path: PathID, in marked: inout Set<PathID>, paths: PathDictionary) {
        var above = paths.parent(of: path)
        while above != .root, marked.insert(above).inserted { above = paths.parent(of: above) }
    }
}
