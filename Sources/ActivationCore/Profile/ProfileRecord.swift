/// A stored profile with where each of its facts comes from, for people who look into it.
public struct ProfileRecord: Sendable {
    /// One of the person's identities.
    public struct Member: Sendable {
        /// The identity.
        public var identity: Identity
        /// When it joined.
        public var addedAt: Timestamp
        /// Where it stands by itself, in audiences whose merge policy links nobody.
        public var memberships: [SegmentMembership]
    }

    /// What became of a fact in the view.
    public enum Standing: String, Sendable, Hashable {
        /// It is what shows.
        case shown
        /// A later write of the same path shows.
        case older
        /// A dataset that goes before its own states the path.
        case outranked
        /// The policy does not merge its dataset.
        case unused
        /// Nothing shows: it takes the attribute away, or a later value above or below the path took its place.
        case replaced
    }

    /// What somebody stated about a path.
    public struct Fact: Sendable {
        /// The keys from the top.
        public var keys: [String]
        /// What was stated; null takes the attribute away.
        public var value: JSONValue
        /// The dataset; nil when it is not known.
        public var dataset: String?
        /// Which of ``ProfileRecord/identities`` it was stated for.
        public var source: Int
        /// When it was written.
        public var writtenAt: Timestamp
        /// What became of it.
        public var standing: Standing
    }

    /// The id.
    public var id: Profile.ID
    /// Grows with every change.
    public var revision: Int64
    /// When it was made.
    public var createdAt: Timestamp
    /// When it last changed.
    public var updatedAt: Timestamp
    /// Events that are kept of it.
    public var eventCount: Int
    /// The identities, in the order in which they joined.
    public var identities: [Member]
    /// Pairs of places in ``identities`` that one message named together.
    public var links: [(first: Int, second: Int)]
    /// Where all identities together stand in audiences.
    public var memberships: [SegmentMembership]
    /// Everything that was stated, by path; of one path what shows comes first, then what was written last.
    public var facts: [Fact]

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
        id = state.id
        revision = state.revision
        createdAt = state.createdAt
        updatedAt = state.updatedAt
        eventCount = state.eventCount
        identities = state.identities.map {
            Member(identity: $0.identity, addedAt: $0.addedAt, memberships: $0.memberships)
        }
        links = state.links.map { (Int($0.first), Int($0.second)) }
        memberships = state.memberships
        let ranking = DatasetRanking(policy, datasets: datasets)
        let shown = Dictionary(state.shownEntries(ranking, paths: paths).map { ($0.path, $0) }) { first, _ in first }
        let stated = state.entries.map { entry in
            let fact = Fact(
                keys: paths.keys(of: entry.path),
                value: state.value(of: entry),
                dataset: datasets.name(of: entry.dataset),
                source: Int(entry.source),
                writtenAt: entry.writtenAt,
                standing: ProfileRecord.standing(of: entry, beside: shown[entry.path], ranking)
            )
            return (entry: entry, fact: fact)
        }
        facts = stated.sorted { one, other in
            if one.fact.keys != other.fact.keys { return one.fact.keys.lexicographicallyPrecedes(other.fact.keys) }
            if (one.fact.standing == .shown) != (other.fact.standing == .shown) { return one.fact.standing == .shown }
            return one.entry.isNewer(than: other.entry)
        }.map(\.fact)
    }

    private static func standing(
        of entry: AttributeEntry,
        beside shown: AttributeEntry?,
        _ ranking: DatasetRanking
    ) -> Standing {
        guard let rank = ranking.rank(of: entry.dataset) else { return .unused }
        guard let shown, let first = ranking.rank(of: shown.dataset) else { return .replaced }
        if shown.isSameStatement(as: entry) { return .shown }
        return first < rank ? .outranked : .older
    }
}

extension ProfileState {
    /// What an entry states.
    func value(of entry: AttributeEntry) -> JSONValue {
        var bytes = Array(self.bytes[Int(entry.start)..<Int(entry.start + entry.length)])
        // A text is kept without its quotes.
        if entry.kind == .string || entry.kind == .escapedString {
            bytes = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        }
        return (try? JSONValue(parsing: bytes)) ?? .null
    }
}
