import ActivationCore

/// What a flow's `transformations` say: mapped audiences and mapped attributes (BEHAVIOUR 1.5).
struct FlowTransformation {
    /// The mapped audiences in mapping order, each once.
    var audiences: [Dataflow.MappedAudience] = []
    /// The mapped attributes in mapping order, each once in one place.
    var attributes: [Dataflow.MappedAttribute] = []

    /// Reads a stored flow, whose selectors were checked when it was written.
    init(_ flow: ControlEntry) {
        var seenAudiences = Set<Audience.ID>()
        var seenPlaces = Set<ByteKey>()
        for transformation in flow.body["transformations"]?.array ?? [] {
            let params = transformation["params"]
            for selector in params?["segmentSelectors"]?["selectors"]?.array ?? [] {
                guard let value = selector["value"], let mapped = Dataflow.MappedAudience(value, of: flow),
                    seenAudiences.insert(mapped.audience).inserted
                else { continue }
                audiences.append(mapped)
            }
            for selector in params?["profileSelectors"]?["selectors"]?.array ?? [] {
                guard let value = selector["value"], let path = value["path"]?.string else { continue }
                let keys = path.dottedKeys.filter { !$0.isEmpty }
                // Memberships are in every message anyway; Adobe's own console maps this path by default.
                let destination = value["mapping"]?["destination"]?.string?.dottedKeys.filter { !$0.isEmpty } ?? []
                let attribute = Dataflow.MappedAttribute(
                    keys,
                    destination: destination.isEmpty ? nil : destination,
                    export: value["exportOn"]?.string.flatMap { Dataflow.AttributeExport(rawValue: $0) }
                )
                guard let first = keys.first, first != "segmentMembership",
                    seenPlaces.insert(ByteKey("\(path) \(attribute.destination.joined(separator: "."))")).inserted
                else { continue }
                attributes.append(attribute)
            }
        }
    }
}

extension Dataflow.MappedAudience {
    /// Reads the value of a stored selector; nil when it names no audience.
    init?(_ value: JSONValue, of entry: ControlEntry) {
        guard let uuid = value["id"]?.string.flatMap({ UUIDBytes($0) }) else { return nil }
        self.init(
            audience: Audience.ID(uuid: uuid),
            createdAt: Self.instant(value["createTime"]) ?? entry.createdAt,
            updatedAt: Self.instant(value["updateTime"]) ?? entry.updatedAt
        )
    }

    /// Epoch seconds as a string, Adobe's form of these times (BEHAVIOUR 1.5).
    private static func instant(_ value: JSONValue?) -> Timestamp? {
        value?.string.flatMap { Int64($0) }.map { Timestamp(milliseconds: $0 &* 1_000) }
    }
}

extension ControlSnapshot {
    /// The flows that export an audience, by (createdAt, id); such an audience cannot be deleted.
    func flowsMapping(audience: Audience.ID) -> [ControlEntry] {
        entries(.flow, using: ControlName(.segmentDefinition, audience.uuid.description))
            .filter { $0.string("state") != FlowState.deleting }
    }
}
