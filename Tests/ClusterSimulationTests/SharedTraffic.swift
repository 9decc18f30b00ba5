import ActivationCore
import TestSupport

/// What people do and operators change in a simulation: few people, so that they meet all the time.
struct SharedTraffic {
    static let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: 1)),
        name: "M1",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
    static let namespaces = NamespaceDirectory(custom: [
        IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true),
        IdentityNamespace(symbol: "Card", name: "Card", type: .crossDevice, isCustom: true),
    ])
    static let start = Timestamp(milliseconds: 1_772_000_000_000)
    private static let people = 5

    private var lastObject: UInt64 = 0
    private var lastPath = 0

    /// The paths that every catalog names.
    static var paths: PathDictionary {
        var paths = PathDictionary()
        for path in ["size", "city", "color"] { _ = paths.intern([path]) }
        return paths
    }

    // MARK: Catalogs

    /// What everybody begins with.
    mutating func definition() throws -> CatalogDefinition {
        var definition = CatalogDefinition(
            mergePolicies: [Self.policy],
            namespaces: Self.namespaces,
            audiences: [],
            dataflows: []
        )
        let large = try addAudience("size > 10", to: &definition)
        let red = try addAudience(#"color = "red""#, to: &definition)
        addDataflow([large], to: &definition)
        addDataflow([large, red], to: &definition)
        return definition
    }

    private mutating func number() -> UInt64 {
        lastObject += 1
        return lastObject
    }

    private mutating func addAudience(_ text: String, to definition: inout CatalogDefinition) throws -> Audience.ID {
        let id = Audience.ID(uuid: UUIDBytes(high: 0xB, low: number()))
        definition.audiences.append(
            AudienceDefinition(
                id: id,
                name: "audience \(id.uuid)",
                mergePolicy: Self.policy.id,
                expression: try PQLExpression(parsing: text),
                createdAt: Self.start,
                updatedAt: Self.start
            )
        )
        return id
    }

    private mutating func addDataflow(_ audiences: [Audience.ID], to definition: inout CatalogDefinition) {
        var flow = Dataflow(
            id: Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: number())),
            isEnabled: true,
            audiences: audiences.map {
                Dataflow.MappedAudience(audience: $0, createdAt: Self.start, updatedAt: Self.start)
            },
            attributes: [["size"], ["city"]]
        )
        flow.options.emitsDeletes = true
        definition.dataflows.append(flow)
    }

    /// Changes a catalog.
    ///
    /// - Returns: The audience that is new and is to be evaluated for everybody, if there is one.
    mutating func change(
        _ definition: inout CatalogDefinition,
        _ random: inout SeededGenerator
    ) throws -> Audience.ID? {
        let flow = definition.dataflows.indices.randomElement(using: &random)
        switch (Int.random(in: 0..<6, using: &random), flow) {
        case (0, let flow?): definition.dataflows.remove(at: flow)
        case (1, let flow?), (2, let flow?): definition.dataflows[flow].isEnabled.toggle()
        case (3, _): addDataflow(definition.audiences.prefix(2).map(\.id), to: &definition)
        case (4, let flow?) where definition.dataflows[flow].audiences.count > 1:
            definition.dataflows[flow].audiences.removeLast()
        default:
            let id = try addAudience("size > \(Int.random(in: 0..<20, using: &random))", to: &definition)
            if let flow {
                definition.dataflows[flow].audiences.append(
                    Dataflow.MappedAudience(audience: id, createdAt: Self.start, updatedAt: Self.start)
                )
            }
            return id
        }
        return nil
    }

    // MARK: Inputs

    private static func identity(_ random: inout SeededGenerator) -> Identity {
        let namespace = Bool.random(using: &random) ? "CRM" : "Card"
        // Half of all that happens is about one of them.
        let person = Bool.random(using: &random) ? 1 : Int.random(in: 1...people, using: &random)
        return Identity(namespace: namespace, value: "p\(person)")
    }

    /// Something that happens.
    mutating func cause(_ random: inout SeededGenerator) throws -> Input.Cause {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<5: .unlink(Self.identity(&random), Self.identity(&random))
        case 5..<10: .removal(Self.identity(&random))
        case 10..<14: .deletion(Self.identity(&random), onReturn: nil)
        default: .message(try message(&random))
        }
    }

    private mutating func message(_ random: inout SeededGenerator) throws -> Message {
        var identities = [Self.identity(&random)]
        for _ in 0..<3 where Int.random(in: 0..<4, using: &random) == 0 {
            let other = Self.identity(&random)
            if !identities.contains(other) { identities.append(other) }
        }
        let map = ["CRM", "Card"].compactMap { namespace -> String? in
            let values = identities.filter { $0.namespace == namespace }.map { #"{"id":"\#($0.value)"}"# }
            return values.isEmpty ? nil : #""\#(namespace)":[\#(values.joined(separator: ","))]"#
        }
        var fields = [#""size":\#(Int.random(in: 0..<20, using: &random))"#]
        if Bool.random(using: &random) { fields.append(#""color":"\#(Bool.random(using: &random) ? "red" : "blue")""#) }
        if Int.random(in: 0..<12, using: &random) == 0 {
            // What nobody has named before.
            lastPath += 1
            fields.append(#""x\#(lastPath / 2)":1"#)
        }
        let text = #"{"identityMap":{\#(map.joined(separator: ","))},\#(fields.joined(separator: ","))}"#
        return try Message(record: JSONDocument(parsing: text), dataset: "crm", namespaces: Self.namespaces)
    }
}
