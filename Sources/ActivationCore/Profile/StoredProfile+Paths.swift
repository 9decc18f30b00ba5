/// That a profile has something at a path, without what it is.
public struct PathFact: Sendable, Hashable {
    /// The path.
    public var path: PathID
    /// What kind of value stands there; never `null`.
    public var kind: JSONKind
    /// The number of the dataset that stated it.
    public var dataset: UInt16
}

extension StoredProfile {
    /// What the profile's datasets state at which paths, whichever of them a merge policy would prefer.
    ///
    /// - Parameters:
    ///   - paths: The dictionary of the profile's paths.
    ///   - datasets: The datasets' dictionary.
    /// - Returns: The facts, each once, in no order.
    /// - Throws: When the stored value cannot be read.
    public func pathFacts(
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> Set<PathFact> {
        let entries = try ProfileValue.decode(self, paths: paths, datasets: datasets).entries
        return Set(
            entries.lazy.filter { $0.kind != .null }
                .map { PathFact(path: $0.path, kind: $0.kind, dataset: $0.dataset) }
        )
    }
}
