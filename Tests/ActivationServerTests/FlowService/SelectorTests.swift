import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

/// Mapped audiences and attributes of a flow (BEHAVIOUR 1.5, 3.8).
struct SelectorTests {
    private static func ids(_ flow: JSONValue) -> [String] {
        (flow["transformations"]?[0]?["params"]?["segmentSelectors"]?["selectors"]?.array ?? [])
            .compactMap { $0["value"]?["id"]?.string }
    }

    @Test func `an audience is mapped with a backfill of its members`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let id = Audience.ID(uuid: try #require(UUIDBytes(audience)))
            world.engine.state.withLock { $0.members[id] = 42 }
            let (flow, _) = try await world.makeFlow()

            let mapped = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
            )

            let backfill = try #require(mapped["backfillId"]?.string.flatMap { UUIDBytes($0) })
            #expect(mapped["warnings"] == nil)
            let orders = try #require(world.engine.catalog?.backfills)
            #expect(orders.map(\.id.uuid) == [backfill])
            #expect(orders.map(\.audiences) == [[id]])
            #expect(orders.map(\.dataflow.uuid.description) == [flow.id])
            let refused = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
            )
            #expect(refused.status == 400)
            #expect(world.engine.catalog?.backfills.count == 1)
        }
    }

    @Test func `an audience that has members is mapped without a backfill with a warning that says how many`()
        async throws
    {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let id = Audience.ID(uuid: try #require(UUIDBytes(audience)))
            world.engine.state.withLock { $0.members[id] = 42 }
            let (flow, _) = try await world.makeFlow()

            let mapped = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience, backfill: false))]
            )
            let renamed = try await world.patchFlow(flow.id, [["op": "replace", "path": "/name", "value": "again"]])

            #expect(mapped.status == 202)
            let warning = mapped["warnings"]?[0]
            #expect(warning?["code"] == "EXISTING_MEMBERS_NOT_EXPORTED")
            #expect(warning?["audienceId"]?.string == audience)
            #expect(warning?["members"] == 42)
            #expect(renamed["warnings"] == nil, "it was mapped before")
        }
    }

    @Test func `a path that no profile has had is mapped with a warning`() async throws {
        try await FlowWorld.run { world in
            world.engine.state.withLock { $0.knownPaths = [["person", "name", "lastName"]] }
            let (flow, _) = try await world.makeFlow()

            let answer = try await world.patchFlow(
                flow.id,
                [
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("person.name.lastName")),
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("person.lastname")),
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("segmentMembership.status")),
                ]
            )

            #expect(answer.status == 202, "\(answer.text)")
            #expect(answer["warnings"]?.array?.count == 1)
            #expect(answer["warnings"]?[0]?["code"] == "PATH_UNKNOWN")
            #expect(answer["warnings"]?[0]?["path"] == "person.lastname")
            #expect(
                world.engine.catalog?.dataflows.first?.attributes.map(\.path)
                    == [["person", "name", "lastName"], ["person", "lastname"]]
            )
        }
    }

    @Test func `batch-only keys are dropped with a warning`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let (flow, _) = try await world.makeFlow()
            let selector: JSONValue = [
                "type": "PLATFORM_SEGMENT",
                "value": [
                    "id": .string(audience), "filenameTemplate": "x", "exportMode": "DAILY_FULL_EXPORT",
                    "createTime": "1", "updateTime": "2",
                ],
            ]

            let answer = try await world.patchFlow(flow.id, [FlowWorld.add(FlowWorld.segments + "/-", selector)])
            let value = try await world.flow(.get, "/flows/\(flow.id)")
                .item["transformations"]?[0]?["params"]?["segmentSelectors"]?["selectors"]?[0]?["value"]

            #expect(answer["warnings"]?[0]?["code"] == "BATCH_ONLY_IGNORED")
            #expect(value?["filenameTemplate"] == nil)
            #expect(value?["createTime"] == "1700000000", "times are the server's")
            #expect(value?["name"] == "VIP", "the name is the audience's when none is given")
        }
    }

    @Test func `a replaced audience keeps its mapping time and gets a new update time`() async throws {
        try await FlowWorld.run { world in
            let first = try await world.makeAudience("first")
            let second = try await world.makeAudience("second")
            let (flow, _) = try await world.makeFlow()
            _ = try await world.patchFlow(
                flow.id,
                [
                    FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(first)),
                    FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(second)),
                ]
            )
            world.clock.advance(by: 300_000)

            _ = try await world.patchFlow(
                flow.id,
                [
                    [
                        "op": "Replace", "path": .string(FlowWorld.segments + "/0"),
                        "value": FlowWorld.segment(first, name: "new name"),
                    ]
                ]
            )

            let audiences = try #require(world.engine.catalog?.dataflows.first?.audiences)
            #expect(audiences.map(\.createdAt.milliseconds) == [1_700_000_000_000, 1_700_000_000_000])
            #expect(audiences.map(\.updatedAt.milliseconds) == [1_700_000_300_000, 1_700_000_000_000])
        }
    }

    @Test func `removals apply one after the other, and a guard that names another audience is refused`() async throws {
        try await FlowWorld.run { world in
            var audiences: [String] = []
            for name in ["a", "b", "c"] { audiences.append(try await world.makeAudience(name)) }
            let (flow, _) = try await world.makeFlow()
            _ = try await world.patchFlow(
                flow.id,
                audiences.map { FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment($0)) }
            )
            func remove(_ index: Int, guardedBy id: String?) -> JSONValue {
                var operation: JSONObject = ["op": "remove", "path": .string(FlowWorld.segments + "/\(index)")]
                if let id { operation["value"] = FlowWorld.segment(id) }
                return .object(operation)
            }

            let refused = try await world.patchFlow(
                flow.id,
                [remove(0, guardedBy: audiences[0]), remove(1, guardedBy: audiences[1])]
            )
            let afterRefusal = try await world.flow(.get, "/flows/\(flow.id)").item
            let removed = try await world.patchFlow(flow.id, [remove(0, guardedBy: nil), remove(1, guardedBy: nil)])
            let afterRemoval = try await world.flow(.get, "/flows/\(flow.id)").item
            let guarded = try await world.patchFlow(flow.id, [remove(0, guardedBy: audiences[1].uppercased())])

            #expect(refused.status == 400)
            #expect(refused.errorCode == "PATCH_REFUSED")
            #expect(SelectorTests.ids(afterRefusal) == audiences)
            #expect(removed.status == 202)
            #expect(SelectorTests.ids(afterRemoval) == [audiences[1]])
            #expect(guarded.status == 202)
            #expect(world.engine.catalog?.dataflows.first?.audiences.isEmpty == true)
        }
    }

    @Test func `selectors of the wrong shape are refused with their pointer`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let (flow, _) = try await world.makeFlow()
            func attribute(_ value: JSONValue) -> JSONValue {
                FlowWorld.add(FlowWorld.attributes + "/-", ["type": "JSON_PATH", "value": value])
            }
            let cases: [JSONValue] = [
                attribute(["path": ""]), attribute(["path": "a..b"]), attribute(["path": "a.items[*].b"]),
                attribute(["path": "a.items[0]"]), attribute(["path": "/a/b"]), attribute(["path": "$.a"]),
                attribute(["path": "a b"]), attribute(["path": 1]), attribute([:]),
                attribute(["path": "identityMap.Email"]),
                attribute(["path": "a", "identity": ["namespace": "Email"]]),
                attribute(["path": "a", "mapping": ["identity": true]]),
                attribute(["path": "a", "mapping": ["primaryIdentity": true]]),
                attribute(["path": "a", "operator": "EQUALS"]),
                FlowWorld.add(FlowWorld.attributes + "/-", ["type": "XPATH", "value": ["path": "a"]]),
                FlowWorld.add(FlowWorld.segments + "/-", ["type": "SEGMENT", "value": ["id": .string(audience)]]),
                FlowWorld.add(FlowWorld.segments + "/-", ["type": "PLATFORM_SEGMENT", "value": ["id": 1]]),
                FlowWorld.add(FlowWorld.segments + "/-", ["type": "PLATFORM_SEGMENT"]),
                FlowWorld.add(FlowWorld.segments, "all"),
                FlowWorld.add("/transformations/0/name", "OtherTransform"),
                FlowWorld.add("/transformations/-", ["name": "GeneralTransform"]),
            ]

            for operation in cases {
                let answer = try await world.patchFlow(flow.id, [operation])
                #expect(answer.status == 400, "\(operation.text)")
                #expect(answer.errorCode == "FIELD_INVALID", "\(operation.text): \(answer.text)")
                #expect(answer.detail.contains("/transformations"), "\(answer.detail)")
            }

            let twice = try await world.patchFlow(
                flow.id,
                [
                    FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience)),
                    FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience)),
                ]
            )
            #expect(twice.errorCode == "FIELD_INVALID")
        }
    }

    @Test func `the full form of an attribute selector is accepted and kept`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let selector: JSONValue = [
                "type": "JSON_PATH",
                "value": [
                    "path": "person.name.firstName", "operator": "EXISTS",
                    "mapping": [
                        "sourceType": "text/x.schema-path", "source": "person.name.firstName",
                        "destination": "person.name.firstName", "identity": false, "primaryIdentity": false,
                        "functionVersion": 0, "copyModeMapping": false, "sourceAttribute": "person.name.firstName",
                        "destinationXdmPath": "person.name.firstName",
                    ],
                ],
            ]

            let answer = try await world.patchFlow(flow.id, [FlowWorld.add(FlowWorld.attributes + "/-", selector)])
            let item = try await world.flow(.get, "/flows/\(flow.id)").item

            #expect(answer.status == 202, "\(answer.text)")
            #expect(item["transformations"]?[0]?["params"]?["profileSelectors"]?["selectors"]?[0] == selector)
        }
    }
}
