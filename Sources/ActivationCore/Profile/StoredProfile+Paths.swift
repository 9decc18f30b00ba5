/// That a profile has something at a path, and what it is where that is a short text.
public struct PathFact: Sendable, Hashable {
    /// The path.
    public var path: PathID
    /// What kind of value stands there; never `null`.
    public var kind: JSONKind
    /// The number of the dataset that stated it.
    public var dataset: UInt16
    /// A text that stands there, if it is short; nil for anything else.
    public var text: String?
}

/// What a profile's datasets state, as a sample of profiles needs it.
public struct PathFacts: Sendable {
    /// The facts, each once, in no order.
    public var facts: Set<PathFact>
    /// The numbers of the datasets that it may have events of.
    public var eventDatasets: [UInt16]
}

extension StoredProfile {
    /// What the profile's datasets state at which paths, whichever of them a merge policy would prefer.
    ///
    /// - Parameters:
    ///   - paths: The dictionary of the profile's paths.
    ///   - datasets: The datasets' dictionary.
    /// - Returns: The facts.
    /// - Throws: When the stored value cannot be read.
    public func pathFacts(
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> PathFacts {
        let state = try ProfileValue.decode(self, paths: paths, datasets: datasets)
        let facts = state.entries.lazy.filter { $0.kind != .null }
            .map { PathFact(path: $0.path, kind: $0.kind, dataset: $0.dataset, text: state.shortText(of: $0)) }
        return PathFacts(facts: Set(facts), eventDatasets: state.eventAges.map(\.dataset))
    }
}

extension ProfileState {
    /// The text of an entry; nil for one that is long, has escapes or is none.
    fileprivate func shortText(of entry: AttributeEntry) -> String? {
        guard entry.kind == .string, entry.length <= Limits.sampledTextBytesMax else { return nil }
        return String(decoding: bytes[Int(entry.start)..<Int(entry.start + entry.length)], as: UTF8.self)
    }
}
