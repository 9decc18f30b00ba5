/// One message's statement about a profile: the leaves it names, sorted by path.
///
/// Leaves are scalars, whole arrays, explicit nulls and empty objects (BEHAVIOUR 4.6). `identityMap`, `_id`,
/// `timestamp` and the system's own `segmentMembership` are never among them.
struct ProfileFragment: Sendable {
    /// A named leaf; the slice points into the message's canonical text.
    struct Leaf: Sendable {
        var path: PathID
        var kind: JSONKind
        var start: UInt32
        var length: UInt32
    }

    var leaves: [Leaf]

    /// Reads the leaves of an entity, interning their paths.
    ///
    /// - Throws: `ATTRIBUTE_NAME_TOO_LONG`, or `ATTRIBUTE_PATHS_EXHAUSTED` when the dictionary has no room for a new path.
    init(
        of document: JSONDocument,
        paths: inout PathDictionary,
        order: inout PathOrder
    ) throws(MessageError) {
        leaves = []
        leaves.reserveCapacity(16)
        order.startOver()
        try document.text.withUnsafeBufferPointer { (text) throws(MessageError) in
            try document.nodes.withUnsafeBufferPointer { (nodes) throws(MessageError) in
                try readMembers(of: 0, path: .root, nodes, text, paths: &paths, order: &order)
            }
        }
        let isSorted = zip(leaves, leaves.dropFirst()).allSatisfy { $0.path < $1.path }
        if !isSorted { leaves.sort { $0.path < $1.path } }
    }

    /// Reads the leaves below an object; it calls itself as deep as JSON may be nested.
    private mutating func readMembers(
        of object: Int,
        path parent: PathID,
        _ nodes: UnsafeBufferPointer<JSONNode>,
        _ text: UnsafeBufferPointer<UInt8>,
        paths: inout PathDictionary,
        order: inout PathOrder
    ) throws(MessageError) {
        var index = object + 1
        while index < Int(nodes[object].next) {
            let node = nodes[index]
            defer { index = Int(node.next) }
            let key = UnsafeBufferPointer(rebasing: text[node.keyRange])
            if parent == .root, ProfileFragment.isReserved(key) { continue }
            guard key.count <= Limits.attributeKeyBytesMax else {
                throw MessageError(
                    code: "ATTRIBUTE_NAME_TOO_LONG",
                    pointer: "",
                    keyword: "maxLength",
                    message: "the name of an attribute has \(key.count) bytes; at most "
                        + "\(Limits.attributeKeyBytesMax) are accepted"
                )
            }
            guard let path = order.next(in: &paths, under: parent, key: key) else {
                throw MessageError(
                    code: "ATTRIBUTE_PATHS_EXHAUSTED",
                    pointer: "",
                    keyword: "additionalProperties",
                    message:
                        "the store already knows \(Limits.attributePathsMax) attribute paths and the message names "
                        + "a new one; send maps with data-valued keys as arrays"
                )
            }
            if node.kind == .object, node.count > 0 {
                try readMembers(of: index, path: path, nodes, text, paths: &paths, order: &order)
            } else {
                leaves.append(Leaf(path: path, kind: node.kind, start: node.start, length: node.length))
            }
        }
    }

    /// Of the leaves of an entity the paths, of a path that is new its longest known prefix; each at least once.
    static func knownPaths(of document: JSONDocument, paths: borrowing PathDictionary) -> [PathID] {
        let nodes = document.nodes
        var known: [PathID] = []
        var ancestors: [(path: PathID, end: UInt32)] = [(.root, nodes[0].next)]
        var index = 1
        while index < nodes.count {
            let node = nodes[index]
            while UInt32(index) >= ancestors[ancestors.count - 1].end { ancestors.removeLast() }
            let parent = ancestors[ancestors.count - 1].path
            let key = document.text[Int(node.keyStart)..<Int(node.keyStart + node.keyLength)]
            if parent == .root, ProfileFragment.isReserved(key) {
                index = Int(node.next)
                continue
            }
            let path = paths.child(of: parent, key: key)
            if let path, node.kind == .object, node.count > 0 {
                ancestors.append((path, node.next))
                index += 1
                continue
            }
            known.append(path ?? parent)
            index = Int(node.next)
        }
        return known
    }

    private static func isReserved(_ key: some Collection<UInt8>) -> Bool {
        switch key.count {
        case 3: key.elementsEqual("_id".utf8)
        case 9: key.elementsEqual("timestamp".utf8)
        case 11: key.elementsEqual("identityMap".utf8)
        case 17: key.elementsEqual("segmentMembership".utf8)
        default: false
        }
    }
}
