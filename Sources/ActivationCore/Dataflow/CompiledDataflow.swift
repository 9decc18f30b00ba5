/// A dataflow made ready for change detection and rendering.
///
/// An object, as its groups are, so that whoever takes one out of a catalog does not copy what it refers to.
final class CompiledDataflow: Sendable {
    /// One audience of the dataflow, by index into the catalog.
    struct Mapped: Sendable {
        var audience: Int
        var mapping: Dataflow.MappedAudience
    }

    /// Mapped audiences of one merge policy; each policy gives its own message (BEHAVIOUR 3.3).
    final class PolicyGroup: Sendable {
        /// Index into the catalog's policies.
        let policy: Int
        /// The mapped audiences, in mapping order.
        let mapped: [Mapped]
        /// Where each of them stands there, by audience.
        let places: [Int: Int]
        /// Which they are.
        let isMapped: SmallIndexSet

        init(policy: Int, mapped: [Mapped]) {
            self.policy = policy
            self.mapped = mapped
            places = Dictionary(mapped.enumerated().map { ($1.audience, $0) }) { first, _ in first }
            isMapped = SmallIndexSet(mapped.map(\.audience))
        }
    }

    /// One mapped attribute.
    struct Attribute: Sendable {
        var path: PathID
        /// Where it stands in messages, its keys joined by dots.
        var destination: String
        var export: Dataflow.AttributeExport
    }

    /// A node of the tree of what messages hold; objects hold members in mapping order.
    struct AttributeNode: Sendable {
        /// The key as canonical JSON content.
        var key: [UInt8]
        /// The attribute that stands here; nil for an object of several.
        var path: PathID?
        var members: [AttributeNode]
    }

    /// What the partition key is made of.
    enum PartitionKey: Sendable {
        case profile, random
        /// A namespace in lower case.
        case namespace(String)
        case attribute(PathID)
    }

    let dataflow: Dataflow
    let groups: [PolicyGroup]
    let attributes: [Attribute]
    /// The attributes where they stand in messages.
    let tree: [AttributeNode]
    let partitionKey: PartitionKey
    /// The namespaces of which identities are shown, or left out, in lower case; nil = all are shown.
    let namespaceFilter: (isAllowed: Bool, symbols: Set<ByteKey>)?
    /// Whether any write to any attribute calls for a record, and nobody asks which attributes were written.
    let takesAnyWrite: Bool
    /// Since when it may tell only of those who consent; nil = it asks nobody.
    let asksSince: Timestamp?

    /// Whether it may tell only of those who consent.
    var asksConsent: Bool { asksSince != nil }

    init(
        _ dataflow: Dataflow,
        audiences: [Catalog.CompiledAudience],
        indices: [Audience.ID: Int],
        paths: inout PathDictionary
    ) throws(CatalogError) {
        self.dataflow = dataflow
        let withheld = indices[dataflow.id.withheld].map { audiences[$0].definition }
        asksSince = withheld.flatMap { $0.withheldFrom == nil ? nil : $0.createdAt }
        groups = CompiledDataflow.groups(of: dataflow.audiences, audiences, indices)
        let options = dataflow.options
        let byDefault = options.suppressesNoopAttributeUpdates ? Dataflow.AttributeExport.valueChange : .anyWrite
        var attributes: [Attribute] = []
        var root = AttributeNode(key: [], path: nil, members: [])
        for attribute in dataflow.attributes where !attribute.path.isEmpty && !attribute.destination.isEmpty {
            let path = try CompiledDataflow.intern(attribute.path, for: dataflow, into: &paths)
            attributes.append(
                Attribute(
                    path: path,
                    destination: attribute.destination.joined(separator: "."),
                    export: attribute.export ?? byDefault
                )
            )
            root.insert(path, at: attribute.destination[...])
        }
        self.attributes = attributes
        tree = root.members
        takesAnyWrite = options.envelope == .none && attributes.allSatisfy { $0.export == .anyWrite }
        partitionKey =
            switch options.partitionKey {
            case .profile: .profile
            case .random: .random
            case .namespace(let symbol): .namespace(symbol.asciiLowercased)
            case .attribute(let keys): .attribute(try CompiledDataflow.intern(keys, for: dataflow, into: &paths))
            }
        namespaceFilter =
            switch options.identityNamespaces {
            case .all: nil
            case .allow(let symbols): (true, Set(symbols.map { ByteKey($0.asciiLowercased) }))
            case .deny(let symbols): (false, Set(symbols.map { ByteKey($0.asciiLowercased) }))
            }
    }

    /// Audiences by merge policy, in the order of the policies' ids, which decides the order of a revision's rows
    /// (BEHAVIOUR 3.16).
    private static func groups(
        of mappings: [Dataflow.MappedAudience],
        _ audiences: [Catalog.CompiledAudience],
        _ indices: [Audience.ID: Int]
    ) -> [PolicyGroup] {
        let mapped = mappings.compactMap { mapping in
            indices[mapping.audience].map { Mapped(audience: $0, mapping: mapping) }
        }
        let policies = Dictionary(
            mapped.map { (audiences[$0.audience].policy, audiences[$0.audience].definition.mergePolicy.uuid) },
            uniquingKeysWith: { first, _ in first }
        )
        return policies.sorted { $0.value < $1.value }.map(\.key).map { policy in
            PolicyGroup(policy: policy, mapped: mapped.filter { audiences[$0.audience].policy == policy })
        }
    }

    /// The same dataflow with other audiences.
    private init(_ other: CompiledDataflow, groups: [PolicyGroup]) {
        dataflow = other.dataflow
        self.groups = groups
        attributes = other.attributes
        tree = other.tree
        partitionKey = other.partitionKey
        namespaceFilter = other.namespaceFilter
        takesAnyWrite = other.takesAnyWrite
        asksSince = other.asksSince
    }

    /// The dataflow as if audiences were mapped that were taken out of it.
    func mapping(
        also unmapped: [Dataflow.MappedAudience],
        _ audiences: [Catalog.CompiledAudience],
        _ indices: [Audience.ID: Int]
    ) -> CompiledDataflow {
        let again = Set(dataflow.audiences.map(\.audience))
        let groups = CompiledDataflow.groups(
            of: dataflow.audiences + unmapped.filter { !again.contains($0.audience) },
            audiences,
            indices
        )
        return CompiledDataflow(self, groups: groups)
    }

    private static func intern(
        _ keys: [String],
        for dataflow: Dataflow,
        into paths: inout PathDictionary
    ) throws(CatalogError) -> PathID {
        guard let path = paths.intern(keys) else {
            throw CatalogError(
                dataflow: dataflow.id,
                message: "dataflow \(dataflow.id.uuid) maps a new attribute path, but the store already knows "
                    + "\(Limits.attributePathsMax)"
            )
        }
        return path
    }

    /// Whether messages show identities of a namespace.
    func shows(namespace: String) -> Bool {
        guard let namespaceFilter else { return true }
        return namespaceFilter.symbols.contains(ByteKey(namespace.asciiLowercased)) == namespaceFilter.isAllowed
    }

    /// The identities that messages show.
    func shown(_ members: [ProfileState.Member]) -> [ProfileState.Member] {
        namespaceFilter == nil ? members : members.filter { shows(namespace: $0.identity.namespace) }
    }
}

extension CompiledDataflow.AttributeNode {
    /// Enters an attribute; of two in one place the first stays.
    fileprivate mutating func insert(_ path: PathID, at keys: ArraySlice<String>) {
        guard let key = keys.first else {
            self.path = self.path ?? path
            return
        }
        var content: [UInt8] = []
        JSONWriter.appendContent(key.utf8, to: &content)
        let index = members.firstIndex { $0.key == content } ?? members.count
        if index == members.count { members.append(Self(key: content, path: nil, members: [])) }
        members[index].insert(path, at: keys.dropFirst())
    }
}
