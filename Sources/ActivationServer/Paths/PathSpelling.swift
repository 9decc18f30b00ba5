/// Finds the path that somebody most likely meant who typed another.
enum PathSpelling {
    /// The known path that is nearest to a typed one: the same but for case, or a few letters more, less or changed.
    ///
    /// - Parameters:
    ///   - typed: What was typed, dotted.
    ///   - known: The paths there are.
    /// - Returns: The nearest; the first of several, nil when none is near.
    static func nearest(to typed: String, among known: some Sequence<String>) -> String? {
        let wanted = Array(typed.lowercased().utf8)
        var best: (path: String, slips: Int)?
        for path in known {
            let most = best.map { $0.slips - 1 } ?? max(1, min(3, wanted.count / 5))
            let letters = Array(path.lowercased().utf8)
            guard most >= 0, let slips = slips(from: wanted, to: letters, most: most) else { continue }
            best = (path, slips)
        }
        return best?.path
    }

    /// How many letters have to be added, left out or changed; nil when that is more than `most`.
    private static func slips(from one: [UInt8], to other: [UInt8], most: Int) -> Int? {
        guard abs(one.count - other.count) <= most else { return nil }
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var next = [index + 1]
            next.reserveCapacity(row.count)
            for (place, otherLetter) in other.enumerated() {
                let changed = row[place] + (letter == otherLetter ? 0 : 1)
                next.append(min(changed, row[place + 1] + 1, next[place] + 1))
            }
            guard next.contains(where: { $0 <= most }) else { return nil }
            row = next
        }
        return row.last.flatMap { $0 <= most ? $0 : nil }
    }
}
