import ActivationCore
import TestSupport
import Testing

@testable import ActivationServer

/// The configuration in memory: lists stay in order, and who uses an object is known without a look at all the others.
@Suite struct ControlSnapshotTests {
    private static func id(_ number: Int) -> String { UUIDBytes(high: 7, low: UInt64(number)).description }

    private static func entry(
        _ kind: ControlKind,
        _ number: Int,
        made: Int64 = 0,
        _ body: JSONObject
    ) -> ControlEntry {
        ControlEntry(
            kind: kind,
            id: id(number),
            etag: "\(number)-\(made)",
            createdAt: Timestamp(milliseconds: made),
            updatedAt: Timestamp(milliseconds: made),
            body: body
        )
    }

    private static func flow(mapping audiences: [Int], target: Int, isDeleting: Bool = false) -> JSONObject {
        let selectors = audiences.map { number -> JSONValue in
            ["type": "PLATFORM_SEGMENT", "value": ["id": .string(id(number))]]
        }
        return [
            "state": .string(isDeleting ? FlowState.deleting : FlowState.enabled),
            "targetConnectionIds": [.string(id(target))],
            "transformations": [["params": ["segmentSelectors": ["selectors": .array(selectors)]]]],
        ]
    }

    @Test func `after any changes lists are in order, and users are those that a look at all objects finds`() {
        var random = SeededGenerator(seed: TestSeed.next())
        var snapshot = ControlSnapshot()
        var all: [ControlName: ControlEntry] = [:]
        for _ in 0..<600 {
            func number() -> Int { Int.random(in: 0..<8, using: &random) }
            let (kind, body): (ControlKind, JSONObject) =
                switch Int.random(in: 0..<3, using: &random) {
                case 0: (.targetConnection, ["baseConnectionId": .string(ControlSnapshotTests.id(number()))])
                case 1: (.backfill, ["dataflowId": .string(ControlSnapshotTests.id(number()))])
                default:
                    (
                        .flow,
                        ControlSnapshotTests.flow(
                            mapping: [number(), number()],
                            target: number(),
                            isDeleting: number() == 0
                        )
                    )
                }
            let name = ControlName(kind, ControlSnapshotTests.id(number()))
            if Bool.random(using: &random) {
                snapshot.remove(kind, name.id.string)
                all[name] = nil
            } else {
                var entry = ControlSnapshotTests.entry(kind, 0, made: Int64.random(in: 0..<4, using: &random), body)
                entry.id = name.id.string
                snapshot.put(entry)
                all[name] = entry
            }
        }
        // Whatever the dice say there is one of each kind that counts.
        let certain = [
            ControlSnapshotTests.entry(.targetConnection, 6, ["baseConnectionId": .string(ControlSnapshotTests.id(5))]),
            ControlSnapshotTests.entry(.flow, 6, ControlSnapshotTests.flow(mapping: [5], target: 6)),
            ControlSnapshotTests.entry(.flow, 7, ControlSnapshotTests.flow(mapping: [5], target: 6, isDeleting: true)),
        ]
        for entry in certain {
            snapshot.put(entry)
            all[ControlName(entry.kind, entry.id)] = entry
        }
        func listed(_ kind: ControlKind, _ isIncluded: (ControlEntry) -> Bool = { _ in true }) -> [ControlEntry] {
            all.values.filter { $0.kind == kind && isIncluded($0) }
                .sorted { ($0.createdAt, ByteKey($0.id)) < ($1.createdAt, ByteKey($1.id)) }
        }
        let live = listed(.flow) { $0.string("state") != FlowState.deleting }
        #expect(!live.isEmpty && live.count < listed(.flow).count)
        for kind in [ControlKind.flow, .targetConnection, .backfill] {
            #expect(snapshot.entries(kind) == listed(kind))
            #expect(snapshot.count(kind) == listed(kind).count)
        }
        for number in 0..<8 {
            let id = ControlSnapshotTests.id(number)
            let audience = Audience.ID(uuid: UUIDBytes(high: 7, low: UInt64(number)))
            #expect(
                snapshot.flowsMapping(audience: audience)
                    == live.filter { FlowTransformation($0).audiences.contains { $0.audience == audience } }
            )
            #expect(
                snapshot.flows(usingBase: id)
                    == live.filter { snapshot.target(of: $0)?.string("baseConnectionId") == id }
            )
            #expect(
                snapshot.entries(.backfill, using: ControlName(.flow, id))
                    == listed(.backfill) { $0.string("dataflowId") == id }
            )
        }
    }

    @Test func `who asks for an audience is known by its id and its name, as they are now`() throws {
        var snapshot = ControlSnapshot()
        func put(_ number: Int, _ name: String, _ rule: String, format: String = "pql/text") {
            let expression: JSONValue = ["format": .string(format), "value": .string(rule)]
            snapshot.put(
                ControlSnapshotTests.entry(
                    .segmentDefinition,
                    number,
                    ["name": .string(name), "expression": expression]
                )
            )
        }
        func askers(_ number: Int) throws -> [String] {
            let entry = try #require(snapshot.entry(.segmentDefinition, ControlSnapshotTests.id(number)))
            return snapshot.definitionsAsking(for: try #require(SegmentDefinition(entry))).map(\.name)
        }
        let tree = try PQLExpression(parsing: #"inSegment("asked")"#).json()
        put(1, "asked", "a = 1")
        put(2, "by id", #"inSegment("\#(ControlSnapshotTests.id(1).uppercased())")"#)
        put(3, "by name", #"inSegment("asked") and not inSegment("asked")"#)
        put(4, "by tree", tree, format: "pql/json")
        put(5, "in a text", #"a = "inSegment""#)
        put(6, "unreadable", #"inSegment("asked") and"#)
        #expect(try askers(1).sorted() == ["by id", "by name", "by tree"])
        #expect(try askers(2).isEmpty)

        // Another audience has the name now.
        put(1, "renamed", "a = 1")
        put(7, "asked", "a = 1")
        #expect(try askers(1) == ["by id"])
        #expect(try askers(7).sorted() == ["by name", "by tree"])
        put(3, "by name", "a = 1")
        snapshot.remove(.segmentDefinition, ControlSnapshotTests.id(4))
        #expect(try askers(7).isEmpty)
    }

    @Test func `what was read of an audience or a dataflow stands until it, or its target, is another`() throws {
        var snapshot = ControlSnapshot()
        var readings = CatalogReadings()
        func put(names: Bool, etag: String) {
            var target = ControlSnapshotTests.entry(.targetConnection, 2, ["params": ["stream": "s"]])
            if names { target.body["params"] = ["stream": "s", "includeSegmentNames": true] }
            target.etag = etag
            snapshot.put(target)
        }
        func read() -> CatalogDefinition {
            snapshot.catalogDefinition(in: .utc, reusing: &readings).definition
        }
        func rule(_ value: String, etag: String) {
            var entry = ControlSnapshotTests.entry(
                .segmentDefinition,
                1,
                ["mergePolicyId": .string(ControlSnapshotTests.id(9)), "expression": ["value": .string(value)]]
            )
            entry.etag = etag
            snapshot.put(entry)
        }
        rule("a = 1", etag: "1")
        put(names: false, etag: "1")
        snapshot.put(ControlSnapshotTests.entry(.flow, 3, ControlSnapshotTests.flow(mapping: [1], target: 2)))
        let first = read()
        #expect(first.audiences.compactMap(\.rule.expression?.text) == ["a = 1"])
        #expect(first.dataflows.map(\.includesSegmentNames) == [false])

        rule("a = 2", etag: "2")
        put(names: true, etag: "2")
        let second = read()
        #expect(second.audiences.compactMap(\.rule.expression?.text) == ["a = 2"])
        #expect(second.dataflows.map(\.includesSegmentNames) == [true])

        rule("a = ", etag: "3")
        let (third, unreadable) = snapshot.catalogDefinition(in: .utc, reusing: &readings)
        #expect(third.audiences.isEmpty && unreadable.count == 1 && third.unusableAudiences.count == 1)
        snapshot.remove(.flow, ControlSnapshotTests.id(3))
        #expect(read().dataflows.isEmpty)
    }
}
