/// The numbered attribute paths of one store: names to ``PathID`` and back.
///
/// Keys are kept as canonical JSON content, as they stand in documents. Every prefix of a known path is known too. Ids are dense, start at 1 and are never reused, so a dictionary is
/// rebuilt by interning its persisted entries in id order. Maps with data-valued keys (`identityMap`,
/// `segmentMembership`) are never interned. At most ``Limits/attributePathsMax`` paths.
public struct PathDictionary: Sendable {
    private struct Node: Sendable {
        var parent: UInt32
        var nameStart: UInt32
        var nameLength: UInt32
        var children: UInt32 = 0
    }

    private var nodes: [Node]
    private var names: [UInt8]
    /// Open addressing; 0 = free, else a path id.
    private var slots: [UInt32]

    /// Creates a dictionary that knows the root only.
    public init() {
        nodes = [Node(parent: 0, nameStart: 0, nameLength: 0)]
        names = []
        slots = [UInt32](repeating: 0, count: 256)
    }

    /// Known paths, the root not counted.
    public var count: Int { nodes.count - 1 }

    /// The child of `parent` with this key, or nil when it was never interned.
    public func child(of parent: PathID, key: some Collection<UInt8>) -> PathID? {
        let slot = self.slot(of: parent, key: key)
        return slots[slot] == 0 ? nil : PathID(rawValue: slots[slot])
    }

    /// Whether a path, if it is known, is the child of `parent` with this key.
    @inline(__always)
    func isChild(_ path: PathID, of parent: PathID, key: UnsafeBufferPointer<UInt8>) -> Bool {
        guard contains(path) else { return false }
        let node = nodes[Int(path.rawValue)]
        return node.parent == parent.rawValue && Int(node.nameLength) == key.count && hasName(node, key)
    }

    /// The child of `parent` with this key, interned if need be.
    ///
    /// - Returns: The id, or nil when the dictionary is full and the path new.
    public mutating func intern(_ key: some Collection<UInt8>, under parent: PathID) -> PathID? {
        var slot = self.slot(of: parent, key: key)
        if slots[slot] != 0 { return PathID(rawValue: slots[slot]) }
        guard count < Limits.attributePathsMax else { return nil }
        if nodes.count * 2 > slots.count {
            grow()
            slot = self.slot(of: parent, key: key)
        }
        let id = UInt32(nodes.count)
        nodes.append(Node(parent: parent.rawValue, nameStart: UInt32(names.count), nameLength: UInt32(key.count)))
        nodes[Int(parent.rawValue)].children += 1
        names.append(contentsOf: key)
        slots[slot] = id
        return PathID(rawValue: id)
    }

    /// The id of a path given by its keys, or nil.
    public func id(of keys: some Sequence<String>) -> PathID? {
        var path = PathID.root
        for key in keys {
            guard let next = child(of: path, key: PathDictionary.content(of: key)) else { return nil }
            path = next
        }
        return path
    }

    /// The id of a path given by its keys, interned with its prefixes if need be; nil when the dictionary is full.
    public mutating func intern(_ keys: some Sequence<String>) -> PathID? {
        var path = PathID.root
        for key in keys {
            guard let next = intern(PathDictionary.content(of: key), under: path) else { return nil }
            path = next
        }
        return path
    }

    /// Whether any longer path is known.
    public func hasChildren(_ path: PathID) -> Bool {
        nodes[Int(path.rawValue)].children > 0
    }

    /// The path one level up; the root is its own parent.
    public func parent(of path: PathID) -> PathID {
        PathID(rawValue: nodes[Int(path.rawValue)].parent)
    }

    /// The last key of a path, as canonical JSON content.
    public func name(of path: PathID) -> ArraySlice<UInt8> {
        let node = nodes[Int(path.rawValue)]
        return names[Int(node.nameStart)..<Int(node.nameStart + node.nameLength)]
    }

    /// The keys from the root to the path.
    public func keys(of path: PathID) -> [String] {
        var keys: [String] = []
        var path = path
        while path != .root {
            keys.append(String(decoding: JSONWriter.unescape(name(of: path)), as: UTF8.self))
            path = parent(of: path)
        }
        return keys.reversed()
    }

    /// Whether `ancestor` is `path` itself or one of its prefixes.
    public func isPrefix(_ ancestor: PathID, of path: PathID) -> Bool {
        var path = path
        // A child is interned after its parent, so its id is larger.
        while path > ancestor { path = parent(of: path) }
        return path == ancestor
    }

    /// Forgets the paths interned last, so that only the first `count` are known; for what was interned in vain.
    public mutating func forget(after count: Int) {
        while self.count > max(count, 0) {
            let id = PathID(rawValue: UInt32(nodes.count - 1))
            // The last interned is the end of its probe sequence, so nothing else is looked for across its slot.
            slots[slot(of: parent(of: id), key: name(of: id))] = 0
            let node = nodes.removeLast()
            names.removeLast(names.count - Int(node.nameStart))
            nodes[Int(node.parent)].children -= 1
        }
    }

    /// Whether a number is a path of this dictionary, the root not counted.
    public func contains(_ path: PathID) -> Bool {
        path != .root && Int(path.rawValue) < nodes.count
    }

    /// What a storage has to learn that knows the first `count` paths.
    public func writes(after count: Int) -> [CommitPlan.PathWrite] {
        (count..<max(self.count, count)).map { index in
            let path = PathID(rawValue: UInt32(index + 1))
            return CommitPlan.PathWrite(id: path, parent: parent(of: path), name: Array(name(of: path)))
        }
    }

    private static func content(of key: String) -> [UInt8] {
        var content: [UInt8] = []
        JSONWriter.appendContent(key.utf8, to: &content)
        return content
    }

    private func slot(of parent: PathID, key: some Collection<UInt8>) -> Int {
        key.withContiguousBytes { slot(of: parent, key: $0) }
    }

    private func slot(of parent: PathID, key: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(parent.rawValue)
        hasher.combine(bytes: UnsafeRawBufferPointer(key))
        let mask = slots.count - 1
        var slot = hasher.finalize() & mask
        while slots[slot] != 0 {
            let node = nodes[Int(slots[slot])]
            if node.parent == parent.rawValue, Int(node.nameLength) == key.count, hasName(node, key) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func hasName(_ node: Node, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(node.nameStart)
        for index in key.indices where names[start + index] != key[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for id in 1..<nodes.count {
            let node = nodes[id]
            let name = names[Int(node.nameStart)..<Int(node.nameStart + node.nameLength)]
            slots[slot(of: PathID(rawValue: node.parent), key: name)] = UInt32(id)
        }
    }
}
