/// Where the value of an attribute comes from: of several facts that it is made of, the one that was written last.
public struct AttributeOrigin: Sendable, Equatable {
    /// The dataset; nil when it is not known, or no fact shows.
    public var dataset: String?
    /// The namespace of the identity that it was stated for; nil when no fact shows.
    public var namespace: String?
    /// When it was written; nil when no fact shows.
    public var writtenAt: Timestamp?
    /// How many other facts there are about the attribute that do not show: older, outranked, not merged, replaced.
    public var others: Int
}

/// The facts of one profile as a merge policy sees them, to look up where values come from.
public struct AttributeOrigins: Sendable {
    private struct Fact {
        var entry: AttributeEntry
        var isShown: Bool
    }

    /// The facts at a path and below it.
    private var facts: [PathID: [Fact]] = [:]
    private let namespaces: [String]
    private let datasets: DatasetDictionary

    /// Reads a stored profile.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - identity: By which of its identities it is looked up; that one alone is read when the policy links nobody.
    ///   - policy: The policy of the view.
    ///   - paths: The path dictionary.
    ///   - datasets: The datasets' dictionary.
    /// - Throws: When the stored value cannot be read.
    public init(
        _ stored: StoredProfile,
        of identity: Identity,
        policy: MergePolicy,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) {
        let state = try ProfileValue.decode(stored, of: identity, seenBy: policy, paths: paths, datasets: datasets)
        namespaces = state.identities.map(\.identity.namespace)
        self.datasets = datasets
        let shown = state.shownEntries(DatasetRanking(policy, datasets: datasets), paths: paths)
        let winners = Dictionary(shown.map { ($0.path, $0) }) { first, _ in first }
        for entry in state.entries {
            let isShown = winners[entry.path].map { $0.isSameStatement(as: entry) } ?? false
            var path = entry.path
            while path != .root {
                facts[path, default: []].append(Fact(entry: entry, isShown: isShown))
                path = paths.parent(of: path)
            }
        }
    }

    /// Where the value at a path comes from, one within an array from the array.
    ///
    /// - Parameters:
    ///   - path: The path; the dictionary of the profile need not know it.
    ///   - prefixes: The paths above it, without the root.
    /// - Returns: The origin; nil when nobody stated anything there.
    func origin(of path: PathID, below prefixes: [PathID]) -> AttributeOrigin? {
        var found = facts[path] ?? []
        for prefix in prefixes { found += (facts[prefix] ?? []).filter { $0.entry.path == prefix } }
        guard !found.isEmpty else { return nil }
        let shown = found.filter(\.isShown).map(\.entry)
        let newest = shown.max { $1.isNewer(than: $0) }
        return AttributeOrigin(
            dataset: newest.flatMap { datasets.name(of: $0.dataset) },
            namespace: newest.flatMap {
                namespaces.indices.contains(Int($0.source)) ? namespaces[Int($0.source)] : nil
            },
            writtenAt: newest?.writtenAt,
            others: found.count - shown.count
        )
    }
}
