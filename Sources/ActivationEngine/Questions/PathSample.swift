import ActivationCore

/// Which paths profiles have, and what kinds of values, from a sample of them; holds no value.
public struct PathSample: Sendable, Equatable {
    /// What a path holds, as far as it matters to whoever picks one.
    public enum Kind: String, Sendable, CaseIterable, Comparable {
        case text
        case integer
        case number
        case boolean
        case array
        case object

        /// In the order of their names.
        public static func < (one: Kind, other: Kind) -> Bool { one.rawValue < other.rawValue }
    }

    /// One path.
    public struct Figures: Sendable, Equatable {
        /// The keys from the top.
        public var keys: [String]
        /// Profiles of the sample that have a value there.
        public var profiles: Int
        /// Kinds of values, in the order of their names.
        public var kinds: [Kind]
        /// Names of the datasets that state it, in their order.
        public var datasets: [String]

        /// The keys with dots between them.
        public var dotted: String { keys.joined(separator: ".") }
    }

    /// Profiles that were looked at.
    public var profiles: Int
    /// The paths, in the order of their dotted texts.
    public var paths: [Figures]
}

extension PathSample {
    /// Counts what stored profiles have.
    ///
    /// - Throws: When one of them cannot be read.
    init(
        of stored: [StoredProfile],
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) {
        struct Count {
            var profiles = 0
            var kinds: Set<Kind> = []
            var datasets: Set<UInt16> = []
        }
        var counts: [PathID: Count] = [:]
        for profile in stored {
            var seen: Set<PathID> = []
            for fact in try profile.pathFacts(paths: paths, datasets: datasets) {
                guard let kind = Kind(fact.kind) else { continue }
                counts[fact.path, default: Count()].kinds.insert(kind)
                counts[fact.path, default: Count()].datasets.insert(fact.dataset)
                if seen.insert(fact.path).inserted { counts[fact.path, default: Count()].profiles += 1 }
            }
        }
        profiles = stored.count
        let names = datasets.names
        self.paths = counts.map { path, count in
            Figures(
                keys: paths.keys(of: path),
                profiles: count.profiles,
                kinds: count.kinds.sorted(),
                datasets: count.datasets.compactMap { 1...names.count ~= Int($0) ? names[Int($0) - 1] : nil }.sorted()
            )
        }.sorted { $0.dotted < $1.dotted }
    }
}

extension PathSample.Kind {
    /// The kind of a value; nil for none.
    fileprivate init?(_ kind: JSONKind) {
        switch kind {
        case .null: return nil
        case .false, .true: self = .boolean
        case .integer: self = .integer
        case .double: self = .number
        case .string, .escapedString: self = .text
        case .array: self = .array
        case .object: self = .object
        }
    }
}
