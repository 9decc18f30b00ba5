/// A dataflow made ready for change detection and rendering.
struct CompiledDataflow: Sendable {
    /// One audience of the dataflow, by index into the catalog.
    struct Mapped: Sendable {
        var audience: Int
        var mapping: Dataflow.MappedAudience
    }

    /// Mapped audiences of one merge policy; each policy gives its own message (BEHAVIOUR 3.3).
    struct PolicyGroup: Sendable {
        /// Index into the catalog's policies.
        var policy: Int
        /// All audiences of the policy: the mapped ones in mapping order, then the others in the order of their making.
        var shown: [(audience: Int, mapping: Dataflow.MappedAudience?)]
        /// Where each of them stands there.
        var places: [Audience.ID: Int]
        var mapped: [Mapped]
    }

    /// A node of the tree of mapped attributes; objects hold members in mapping order.
    struct AttributeNode: Sendable {
        /// The key as canonical JSON content.
        var key: [UInt8]
        var path: PathID
        var isMapped: Bool
        var members: [AttributeNode]
    }

    let dataflow: Dataflow
    let groups: [PolicyGroup]
    let mappedPaths: [PathID]
    let attributes: [AttributeNode]

    init(
        _ dataflow: Dataflow,
        audiences: [Catalog.CompiledAudience],
        indices: [Audience.ID: Int],
        paths: inout PathDictionary
    ) throws(CatalogError) {
        self.dataflow = dataflow
        let mapped = dataflow.audiences.compactMap { mapping in
            indices[mapping.audience].map { Mapped(audience: $0, mapping: mapping) }
        }
        let policies = Dictionary(
            mapped.map { (audiences[$0.audience].policy, audiences[$0.audience].definition.mergePolicy.uuid) },
            uniquingKeysWith: { first, _ in first }
        )
        // By the policies' ids, which decides the order of a revision's rows (BEHAVIOUR 3.16).
        groups = policies.sorted { $0.value < $1.value }.map(\.key).map { policy in
            let ofPolicy = mapped.filter { audiences[$0.audience].policy == policy }
            let isMapped = SmallIndexSet(ofPolicy.map(\.audience))
            let unmapped = audiences.indices.filter { audiences[$0].policy == policy && !isMapped.contains($0) }
                .sorted {
                    let (left, right) = (audiences[$0].definition, audiences[$1].definition)
                    return (left.createdAt, left.id.uuid) < (right.createdAt, right.id.uuid)
                }
            let shown: [(audience: Int, mapping: Dataflow.MappedAudience?)] =
                ofPolicy.map { ($0.audience, $0.mapping) } + unmapped.map { ($0, nil) }
            let ids = shown.indices.map { (audiences[shown[$0].audience].definition.id, $0) }
            return PolicyGroup(
                policy: policy,
                shown: shown,
                places: Dictionary(ids) { first, _ in first },
                mapped: ofPolicy
            )
        }
        var mappedPaths: [PathID] = []
        var root = AttributeNode(key: [], path: .root, isMapped: false, members: [])
        for keys in dataflow.attributes where !keys.isEmpty {
            guard let path = paths.intern(keys) else {
                throw CatalogError(
                    dataflow: dataflow.id,
                    message: "dataflow \(dataflow.id.uuid) maps a new attribute path, but the store already knows "
                        + "\(Limits.attributePathsMax)"
                )
            }
            mappedPaths.append(path)
            root.insert(keys[...], paths: paths)
        }
        self.mappedPaths = mappedPaths
        attributes = root.members
    }
}

extension CompiledDataflow.AttributeNode {
    fileprivate mutating func insert(_ keys: ArraySlice<String>, paths: PathDictionary) {
        guard let key = keys.first else {
            isMapped = true
            return
        }
        var content: [UInt8] = []
        JSONWriter.appendContent(key.utf8, to: &content)
        let index: Int
        if let known = members.firstIndex(where: { $0.key == content }) {
            index = known
        } else {
            guard let path = paths.child(of: path, key: content) else { return }
            index = members.count
            members.append(Self(key: content, path: path, isMapped: false, members: []))
        }
        members[index].insert(keys.dropFirst(), paths: paths)
    }
}
