import ActivationCore
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// What one version of a schema says otherwise than the one before (BEHAVIOUR 3.20).
@Suite struct SchemaDifferenceTests {
    private static let audiences = (1...2).map { Audience.ID(uuid: UUIDBytes(high: 3, low: $0)) }

    private static func dataflow(_ change: (inout Dataflow) -> Void = { _ in }) -> Dataflow {
        let instant = Timestamp(milliseconds: 1_000)
        var dataflow = Dataflow(
            id: Dataflow.ID(uuid: UUIDBytes(high: 1, low: 1)),
            isEnabled: true,
            audiences: [Dataflow.MappedAudience(audience: audiences[0], createdAt: instant, updatedAt: instant)],
            attributes: [["person", "age"], ["person", "name"]]
        )
        change(&dataflow)
        return dataflow
    }

    private static func difference(
        _ change: (inout Dataflow) -> Void,
        from before: Dataflow = dataflow()
    ) -> SchemaDifference {
        var after = before
        change(&after)
        func schema(_ dataflow: Dataflow) -> JSONValue {
            .object(MessageSchema(dataflow: dataflow, name: "", namespaces: NamespaceDirectory()).document)
        }
        return SchemaDifference(from: schema(before), to: schema(after))
    }

    /// Changes that a schema shows, each with whether it breaks who reads.
    private static let changes: [(name: String, breaks: Bool, change: @Sendable (inout Dataflow) -> Void)] = [
        ("an attribute more", false, { $0.attributes.append(Dataflow.MappedAttribute(["a/b"])) }),
        ("an attribute less", true, { $0.attributes.removeLast() }),
        ("an attribute elsewhere", true, { $0.attributes[1].destination = ["who"] }),
        ("a whole object", true, { $0.attributes = [Dataflow.MappedAttribute(["person"])] }),
        ("a part", true, { $0.attributes[1] = Dataflow.MappedAttribute(["person", "name", "first"]) }),
        ("no audience", true, { $0.audiences = [] }),
        (
            "an audience more", false,
            { dataflow in
                let instant = Timestamp(milliseconds: 2_000)
                let more = Dataflow.MappedAudience(audience: audiences[1], createdAt: instant, updatedAt: instant)
                dataflow.audiences.append(more)
            }
        ),
        ("names", false, { $0.includesSegmentNames = true }),
        ("timestamps", false, { $0.includesSegmentTimestamps = true }),
        ("an envelope", true, { $0.options.envelope = .cloudEvents }),
        ("case", true, { $0.options.namespaceCase = .asDefined }),
        ("identities less", true, { $0.options.identityNamespaces = .deny(["ECID"]) }),
        ("identities of one", true, { $0.options.identityNamespaces = .allow(["ECID"]) }),
        ("existing", true, { $0.options.showsExisting = true }),
        ("no arrays", true, { $0.options.allowsArraysAndMaps = false }),
        ("memberships of the mapped", true, { $0.options.membershipScope = .mapped }),
        ("records of the unmapped", false, { $0.options.emitsUnmapping = true }),
    ]

    @Test(arguments: changes.indices)
    func `it says of every change that a schema shows what a rehearsal says of it`(index: Int) {
        let (name, breaks, change) = Self.changes[index]
        let difference = Self.difference(change)

        #expect(difference.breaking.isEmpty == !breaks, "\(name): \(difference)")
        #expect(breaks || !difference.compatible.isEmpty, "\(name): \(difference)")
        // Taken back, what came goes again.
        var changed = Self.dataflow()
        change(&changed)
        let back = Self.difference({ $0 = Self.dataflow() }, from: changed)
        #expect(!back.breaking.isEmpty || breaks && !back.compatible.isEmpty, "\(name): \(back)")
        let known = ContractDifference(from: Self.side(Self.dataflow()), to: Self.side(changed)) { _ in [] }
        #expect(known.breaking.isEmpty == difference.breaking.isEmpty, "\(name): \(known)")
    }

    private static func side(_ dataflow: Dataflow) -> ContractDifference.Side {
        ContractDifference.Side(dataflow: dataflow, address: nil, externalNamespaces: [:], names: [:])
    }

    @Test func `paths lead to what is otherwise, and of equal schemas nothing is said`() {
        #expect(Self.difference { $0.isEnabled = false } == Self.difference { _ in })
        let gone = Self.difference { $0.attributes.removeLast() }
        #expect(gone.breaking == [.init(path: "/person/name", what: "is not sent any more")])
        #expect(gone.compatible.isEmpty)
        let more = Self.difference { $0.attributes.append(Dataflow.MappedAttribute(["a/b"])) }
        #expect(more.compatible == [.init(path: "/a~1b", what: "is sent as well")])
        let named = Self.difference { $0.includesSegmentNames = true }
        let some = Self.dataflow { $0.options.identityNamespaces = .allow(["Email"]) }
        let all = Self.difference({ $0.options.identityNamespaces = .all }, from: some)
        #expect(all.breaking.isEmpty && all.compatible == [.init(path: "/identityMap/*", what: "shows others as well")])
        #expect(named.compatible == [.init(path: "/segmentMembership/*/*/name", what: "is sent as well")])
    }

    @Test func `in an envelope reasons may come as well, and one that goes is missed`() {
        let enveloped = Self.dataflow { $0.options.envelope = .cloudEvents }
        let less = Self.difference({ $0.options.triggers = [.membership, .attribute] }, from: enveloped)
        #expect(less.breaking == [.init(path: "/data/reasons/*", what: "is never identity any more")])
        var few = enveloped
        few.options.triggers = [.membership, .attribute]
        let more = Self.difference({ $0 = enveloped }, from: few)
        #expect(more.breaking.isEmpty && more.compatible.map(\.path) == ["/data/reasons/*"])
        // Attributes are compared across the envelope.
        let both = Self.difference { dataflow in
            dataflow.options.envelope = .cloudEvents
            dataflow.attributes.removeLast()
        }
        #expect(both.breaking.map(\.path) == ["", "/person/name"])
    }
}
