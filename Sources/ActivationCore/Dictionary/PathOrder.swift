/// Which path came after which in the entities that were read last; most name their attributes in one order, so that a path
/// is known by a look at one key where a search would hash it.
struct PathOrder: Sendable {
    /// By path.
    private var followers: [PathID] = []
    private var last = PathID.root

    /// Begins with the next entity.
    mutating func startOver() { last = .root }

    /// The path of the next key, interned if need be.
    ///
    /// - Returns: The path, or nil when the dictionary is full and the path new.
    @inline(__always)
    mutating func next(
        in paths: inout PathDictionary,
        under parent: PathID,
        key: UnsafeBufferPointer<UInt8>
    ) -> PathID? {
        let place = Int(last.rawValue)
        if place < followers.count, paths.isChild(followers[place], of: parent, key: key) {
            last = followers[place]
            return last
        }
        guard let path = paths.intern(key, under: parent) else { return nil }
        if place >= followers.count {
            followers.append(contentsOf: repeatElement(.root, count: paths.count + 1 - followers.count))
        }
        followers[place] = path
        last = path
        return path
    }
}
