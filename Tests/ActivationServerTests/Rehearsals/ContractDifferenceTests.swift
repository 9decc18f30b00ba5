import ActivationCore
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// What consumers would notice of a change (BEHAVIOUR 3.20).
@Suite struct ContractDifferenceTests {
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
        from before: Dataflow = dataflow(),
        externals: [Audience.ID: String] = [:],
        kinds: [[String]: Set<PathSample.Kind>] = [:]
    ) -> ContractDifference {
        var after = before
        change(&after)
        func side(_ dataflow: Dataflow) -> ContractDifference.Side {
            ContractDifference.Side(
                dataflow: dataflow,
                address: nil,
                externalNamespaces: externals,
                names: [audiences[0]: "VIP", audiences[1]: "Churn"]
            )
        }
        return ContractDifference(from: side(before), to: side(after)) { kinds[$0] ?? [] }
    }

    @Test func `what stays breaks nothing, and what is new may be left aside`() {
        #expect(Self.difference { _ in } == Self.difference { $0.isEnabled = false })
        #expect(Self.difference { _ in }.breaking.isEmpty && Self.difference { _ in }.compatible.isEmpty)

        let more = Self.difference { dataflow in
            let instant = Timestamp(milliseconds: 2_000)
            let mapped = Dataflow.MappedAudience(audience: Self.audiences[1], createdAt: instant, updatedAt: instant)
            dataflow.audiences.append(mapped)
            dataflow.attributes.append(Dataflow.MappedAttribute(["a/b"]))
            dataflow.includesSegmentNames = true
            dataflow.options.appendsNewline = true
            dataflow.options.emitsDeletes = true
        }

        #expect(more.breaking.isEmpty)
        let uuid = Self.audiences[1].uuid
        #expect(
            more.compatible.map(\.path)
                == ["/a~1b", "/segmentMembership/ups/\(uuid)", "", "emitDeletes", "/segmentMembership"]
        )
        #expect(more.compatible[1].what == "the audience Churn is sent as well")
    }

    @Test func `an attribute breaks when it goes, moves, or becomes another`() {
        let gone = Self.difference { $0.attributes.removeLast() }
        #expect(gone.breaking == [.init(path: "/person/name", what: "is not sent any more")])
        let moved = Self.difference { $0.attributes[1].destination = ["who"] }
        #expect(moved.breaking == [.init(path: "/person/name", what: "stands at /who now")])
        #expect(moved.compatible == [.init(path: "/who", what: "is sent as well")])
        let whole = Self.difference { $0.attributes = [Dataflow.MappedAttribute(["person"])] }
        #expect(whole.breaking.map(\.what) == Array(repeating: "is part of a whole object now, of any type", count: 2))
        let part = Self.difference {
            $0.attributes = [$0.attributes[0], Dataflow.MappedAttribute(["person", "name", "first"])]
        }
        #expect(part.breaking == [.init(path: "/person/name", what: "holds only some of its members now")])
    }

    @Test func `of another attribute in the same place the types that were seen are told`() {
        func other(_ kinds: [[String]: Set<PathSample.Kind>]) -> [ContractDifference.Change] {
            Self.difference({ $0.attributes[0].path = ["loyalty", "tier"] }, kinds: kinds).breaking
        }

        let typed = other([["person", "age"]: [.integer], ["loyalty", "tier"]: [.text]])
        #expect(typed == [.init(path: "/person/age", what: "is text now, where integer was seen")])
        let alike = other([["person", "age"]: [.integer, .text], ["loyalty", "tier"]: [.text]])
        #expect(alike == [.init(path: "/person/age", what: "holds loyalty.tier now, another attribute")])
    }

    private static let breaking: [(String, @Sendable (inout Dataflow) -> Void)] = [
        ("", { $0.options.envelope = .cloudEvents }), ("partitionKey", { $0.options.partitionKey = .random }),
        ("/identityMap", { $0.options.namespaceCase = .asDefined }),
        ("/identityMap", { $0.options.identityNamespaces = .deny(["ECID"]) }),
        ("/segmentMembership", { $0.options.membershipScope = .changed }),
        ("/segmentMembership", { $0.options.showsExisting = true }), ("", { $0.options.allowsArraysAndMaps = false }),
        ("triggers", { $0.options.triggers = [.membership, .identity] }),
        ("/person/age", { $0.attributes[0].export = .never }),
        ("/person/age", { $0.attributes[0].export = .valueChange }),
    ]

    @Test func `an attribute that calls for more records breaks nothing`() {
        let quiet = Self.dataflow { $0.attributes[0].export = .never }
        let louder = Self.difference({ $0.attributes[0].export = .valueChange }, from: quiet)
        #expect(louder.breaking.isEmpty && louder.compatible.map(\.path) == ["/person/age"])
    }

    @Test(arguments: breaking.indices)
    func `an option that takes away or reshapes breaks`(index: Int) {
        let (path, change) = Self.breaking[index]
        let difference = Self.difference(change)

        #expect(difference.breaking.map(\.path) == [path])
        // And so does an audience that goes.
        let both = Self.difference { dataflow in
            change(&dataflow)
            dataflow.audiences = []
        }
        #expect(both.breaking.count == 2)
    }

    @Test func `more identities are no harm, and an external audience may stand elsewhere`() {
        let allowed = Self.dataflow { $0.options.identityNamespaces = .allow(["Email"]) }
        let more = Self.difference({ $0.options.identityNamespaces = .allow(["ecid", "EMAIL"]) }, from: allowed)
        #expect(more.breaking.isEmpty && more.compatible.map(\.path) == ["/identityMap"])
        let other = Self.difference({ $0.options.identityNamespaces = .deny(["email"]) }, from: allowed)
        #expect(other.breaking.map(\.path) == ["/identityMap"])

        let uuid = Self.audiences[0].uuid
        let renamed = Self.difference(
            { $0.options.externalNamespace = "Partner" },
            externals: [Self.audiences[0]: "CustomerAudienceUpload"]
        )
        #expect(
            renamed.breaking == [
                .init(
                    path: "/segmentMembership/CustomerAudienceUpload/\(uuid)",
                    what: "the audience VIP stands at /segmentMembership/Partner/\(uuid) now"
                )
            ]
        )
    }
}
