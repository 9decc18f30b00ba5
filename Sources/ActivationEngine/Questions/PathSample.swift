import ActivationCore

/// Which paths profiles have, and what kinds of values, from a sample of them.
///
/// Of values it holds nothing but the words of lists: texts of paths that have few different ones, each in several profiles.
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

        /// The texts that stand there, in their order, if they are the words of a list; else nil, as they may tell of a person.
        public var words: [Word]? = nil

        /// The keys with dots between them.
        public var dotted: String { keys.joined(separator: ".") }
    }

    /// A text that stands at a path.
    public struct Word: Sendable, Equatable {
        /// The text.
        public var text: String
        /// Profiles of the sample that have it.
        public var profiles: Int
    }

    /// Different texts of a list at most.
    public static let wordsMax = 50
    /// Profiles that have each word of a list, on average at least; a word is shown if so many have it.
    public static let profilesPerWord = 3

    /// Profiles that were looked at.
    public var profiles: Int
    /// The paths, in the order of their dotted texts.
    public var paths: [Figures]
    /// Names of the datasets that they may have events of, in their order.
    public var eventDatasets: [String] = []

    /// A sample of no profile.
    public static let empty = PathSample(profiles: 0, paths: [])
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
            /// How many profiles have each text; nil when there are too many, or one that is not looked at.
            var words: [ByteKey: Int]? = [:]

            mutating func note(_ fact: PathFact) {
                guard let key = fact.text.map({ ByteKey($0) }), let known = words else { return words = nil }
                guard known[key] != nil || known.count < PathSample.wordsMax else { return words = nil }
                words?[key, default: 0] += 1
            }
        }
        var counts: [PathID: Count] = [:]
        var eventNumbers: Set<UInt16> = []
        for profile in stored {
            let stated = try profile.pathFacts(paths: paths, datasets: datasets)
            eventNumbers.formUnion(stated.eventDatasets)
            var seen: Set<PathID> = []
            var texts: Set<PathFact> = []
            for fact in stated.facts {
                guard let kind = Kind(fact.kind) else { continue }
                counts[fact.path, default: Count()].kinds.insert(kind)
                counts[fact.path, default: Count()].datasets.insert(fact.dataset)
                // What several datasets state alike is one profile's all the same.
                var ofAny = fact
                ofAny.dataset = 0
                if kind == .text, texts.insert(ofAny).inserted { counts[fact.path, default: Count()].note(fact) }
                if seen.insert(fact.path).inserted { counts[fact.path, default: Count()].profiles += 1 }
            }
        }
        profiles = stored.count
        eventDatasets = eventNumbers.compactMap { datasets.name(of: $0) }.sorted()
        self.paths = counts.map { path, count in
            Figures(
                keys: paths.keys(of: path),
                profiles: count.profiles,
                kinds: count.kinds.sorted(),
                datasets: count.datasets.compactMap { datasets.name(of: $0) }.sorted(),
                words: PathSample.words(count.words, of: count.profiles)
            )
        }.sorted { $0.dotted < $1.dotted }
    }

    /// Texts as the words of a list; nil when they are none.
    private static func words(_ counts: [ByteKey: Int]?, of profiles: Int) -> [Word]? {
        guard let counts, !counts.isEmpty, counts.count * profilesPerWord <= profiles else { return nil }
        return counts.sorted { $0.key < $1.key }.map { Word(text: $0.key.string, profiles: $0.value) }
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
