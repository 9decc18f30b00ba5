import ActivationCore

/// A dataflow of the model.
struct ReferenceFlow {
    struct Mapping: Equatable {
        var audience: Audience.ID
        var createdAt: Int64
        var updatedAt: Int64
        /// Whether the dataflow came to ask for consent after this, in the same second.
        var precedesConsent = false

        /// As the engine is told.
        var definition: Dataflow.MappedAudience {
            var mapped = Dataflow.MappedAudience(
                audience: audience,
                createdAt: Timestamp(milliseconds: createdAt),
                updatedAt: Timestamp(milliseconds: updatedAt)
            )
            mapped.precedesConsent = precedesConsent
            return mapped
        }
    }

    /// A mapped attribute; paths are written with dots.
    struct Attribute {
        var path: String
        /// Where it stands in messages.
        var destination: String
        /// Which writes call for a record; nil = as the dataflow says.
        var export: Dataflow.AttributeExport?

        init(_ path: String, destination: String? = nil, export: Dataflow.AttributeExport? = nil) {
            self.path = path
            self.destination = destination ?? path
            self.export = export
        }

        /// As the engine is told.
        var definition: Dataflow.MappedAttribute {
            func keys(_ path: String) -> [String] { path.split(separator: ".").map(String.init) }
            return Dataflow.MappedAttribute(keys(path), destination: keys(destination), export: export)
        }
    }

    var id: Dataflow.ID
    var isEnabled = true
    var mappings: [Mapping]
    var attributes: [Attribute]
    var showsNames = false
    var showsTimestamps = false
    var options = Dataflow.Options()

    /// The attributes that it names.
    var paths: [ReferencePath] {
        var paths = attributes.map { ReferencePath($0.path) }
        if case .attribute(let keys) = options.partitionKey { paths.append(ReferencePath(keys.joined(separator: "."))) }
        return paths
    }

    /// Which writes to an attribute call for a record (BEHAVIOUR 2.3, 3.2).
    func export(of attribute: Attribute) -> Dataflow.AttributeExport {
        attribute.export ?? (options.suppressesNoopAttributeUpdates ? .valueChange : .anyWrite)
    }

    /// The value at a mapped path as a record would show it; nil = nothing.
    func value(at path: ReferencePath, of view: ReferenceView) -> [UInt8]? {
        guard !options.allowsArraysAndMaps else { return view.json(at: path) }
        guard let leaf = view.leaves[path], leaf.first != UInt8(ascii: "["), leaf.first != UInt8(ascii: "{") else {
            return nil
        }
        return leaf
    }

    /// The mapped attributes that have a value, nested where they stand, members in the order of mapping
    /// (BEHAVIOUR 3.3).
    func attributes(of view: ReferenceView) -> [[UInt8]] {
        members(
            attributes.map { attribute in
                let keys = attribute.destination.split(separator: ".").map { key in
                    Array(ReferenceJSON.string(String(key)).dropFirst().dropLast())
                }
                return (keys, ReferencePath(attribute.path))
            },
            of: view
        )
    }

    private func members(_ mapped: [(keys: [[UInt8]], path: ReferencePath)], of view: ReferenceView) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for attribute in mapped where !keys.contains(attribute.keys[0]) { keys.append(attribute.keys[0]) }
        return keys.compactMap { key in
            let below = mapped.filter { $0.keys[0] == key }.map { (Array($0.keys.dropFirst()), $0.path) }
            if let (_, path) = below.first(where: { $0.0.isEmpty }) {
                return value(at: path, of: view).map { ReferenceJSON.member(key, $0) }
            }
            let inner = members(below, of: view)
            return inner.isEmpty ? nil : ReferenceJSON.member(key, ReferenceJSON.object(inner))
        }
    }

    // MARK: Identities

    /// Whether messages show an identity (BEHAVIOUR 3.3).
    func shows(_ identity: Identity) -> Bool {
        func isAmong(_ symbols: [String]) -> Bool {
            symbols.contains { $0.lowercased() == identity.namespace.lowercased() }
        }
        return switch options.identityNamespaces {
        case .all: true
        case .allow(let symbols): isAmong(symbols)
        case .deny(let symbols): !isAmong(symbols)
        }
    }

    /// The identities that are shown, by namespace, in the order in which they joined (BEHAVIOUR 3.4).
    func identityMap(of person: ReferencePerson) -> [UInt8] {
        let map = ReferencePerson.map(of: person.identities.filter(shows)) {
            options.namespaceCase == .lower ? $0.lowercased() : $0
        }
        return ReferenceJSON.member("identityMap".utf8, map)
    }
}

/// A record that must reach a dataflow's stream.
struct ReferenceRow {
    /// The person who made it.
    var maker: Int
    /// The person whose it is now.
    var person: Int
    var policy: MergePolicy.ID
    var revision: Int
    var lane = OutboxLane.live
    var reasons: TriggerReasons
    var partitionKey: String
    var payload: [UInt8]
    /// How often the target had moved when the record was called for.
    var place: Int
    var admittedAt: Int64
    /// The audiences of which it tells.
    var told: Set<Audience.ID> = []
    /// When it became a dead letter.
    var parkedAt: Int64 = 0
}
