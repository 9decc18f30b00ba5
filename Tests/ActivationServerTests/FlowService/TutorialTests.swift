import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

/// The six calls by which a dataflow is made, as Adobe's tutorial has them (BEHAVIOUR 1.4).
struct TutorialTests {
    @Test func `the six calls make a dataflow that exports an audience`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP shoppers")
            world.engine.state.withLock { $0.knownPaths = [["person", "name", "firstName"]] }

            let specs = try await world.flow(.get, "/connectionSpecs")
            let profileBase = try await world.flow(
                .post,
                "/connections",
                ["name": "profile-base", "description": "reads profiles", "connectionSpec": FlowWorld.profileSpec]
            )
            let source = try await world.flow(
                .post,
                "/sourceConnections",
                [
                    "name": "profile-source", "description": "any text", "connectionSpec": FlowWorld.profileSpec,
                    "baseConnectionId": .string(profileBase.id), "data": ["format": "json"], "params": [:],
                ]
            )
            let kinesisBase = try await world.flow(.post, "/connections", FlowWorld.kinesisBody)
            let target = try await world.flow(.post, "/targetConnections", FlowWorld.targetBody(base: kinesisBase.id))
            let flow = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: source.id, target: target.id)
            )
            let patch = try await world.flow(
                .patch,
                "/flows/\(flow.id)",
                [
                    FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience, name: "VIP shoppers")),
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("person.name.firstName")),
                ],
                ifMatch: flow.etag
            )
            let read = try await world.flow(.get, "/flows/\(flow.id)")

            #expect(specs.status == 200)
            let ids = specs["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(ids.contains("86043421-563b-46ec-8e6c-e23184711bf6"))
            #expect(ids.contains("8a9c3494-9708-43d7-ae3f-cda01e5030e1"))
            for answer in [profileBase, source, kinesisBase, target, flow] {
                #expect(answer.status == 201, "\(answer.text)")
                #expect(UUIDBytes(answer.id) != nil)
                #expect(answer.headers[.eTag] == answer.etag)
            }
            #expect(patch.status == 202, "\(patch.text)")
            #expect(patch.id == flow.id)
            #expect(patch.etag != flow.etag)
            #expect(patch["warnings"] == nil)
            #expect(read.status == 200)
            let item = read.item
            #expect(item["state"] == "enabled")
            #expect(item["etag"]?.string == patch.etag)
            #expect(item["version"] == item["etag"])
            #expect(item["createdAt"] == 1_700_000_000_123)
            #expect(item["sandboxName"] == "prod")
            #expect(item["imsOrgId"]?.string == world.start.orgID)
            #expect(item["createdClient"]?.string == world.start.clientID)
            let inherited = item["inheritedAttributes"]
            #expect(inherited?["sourceConnections"]?[0]?["typeInfo"] == ["type": "ProfileFragments", "id": "ups"])
            #expect(inherited?["targetConnections"]?[0]?["connectionSpec"] == FlowWorld.kinesisSpec)
            #expect(inherited?["targetConnections"]?[0]?["baseConnection"]?["id"]?.string == kinesisBase.id)
            #expect(inherited?["properties"]?["isDestinationFlow"] == true)
            let params = item["transformations"]?[0]?["params"]
            #expect(
                params?["segmentSelectors"]?["selectors"]?[0]
                    == [
                        "type": "PLATFORM_SEGMENT",
                        "value": [
                            "id": .string(audience), "name": "VIP shoppers", "description": "",
                            "createTime": "1700000000", "updateTime": "1700000000",
                        ],
                    ]
            )
            #expect(params?["profileSelectors"]?["selectors"]?[0]?["value"]?["operator"] == "EXISTS")
            let dataflow = try #require(world.engine.catalog?.dataflows.first)
            #expect(dataflow.id.uuid.description == flow.id)
            #expect(dataflow.isEnabled)
            #expect(dataflow.audiences.map(\.audience.uuid.description) == [audience])
            #expect(dataflow.audiences.map(\.createdAt.milliseconds) == [1_700_000_000_000])
            #expect(dataflow.attributes.map(\.path) == [["person", "name", "firstName"]])
        }
    }

    @Test func `the destination is checked with the given key, and the stream in the given region`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.makeParts()

            let (accounts, targets) = world.probe.state.withLock { ($0.accounts, $0.targets) }
            #expect(accounts.count == 1)
            #expect(accounts.first?["accessKeyId"] == "AKIAEXAMPLE0001")
            #expect(accounts.first?["secretKey"]?.string == FlowWorld.secretKey)
            #expect(accounts.first?["sessionToken"]?.string == FlowWorld.sessionToken)
            #expect(accounts.first?["region"] == "eu-west-1")
            #expect(targets == [["stream": "audience-events", "region": "eu-west-1"]])
        }
    }

    @Test func `what was made is still there after a restart, with its secrets`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let id = try #require(UUIDBytes(flow.id))

            let reopened = try await ControlPlane(
                store: world.storage,
                keys: world.dependencies.keys,
                time: world.clock,
                logger: world.dependencies.logger
            )
            let parameters = try reopened.sinkParameters(for: Dataflow.ID(uuid: id))

            #expect(reopened.entry(.flow, flow.id) == world.dependencies.control.entry(.flow, flow.id))
            #expect(parameters.spec == "86043421-563b-46ec-8e6c-e23184711bf6")
            #expect(parameters.target == ["stream": "audience-events", "region": "eu-west-1"])
            #expect(parameters.account["secretKey"]?.string == FlowWorld.secretKey)
            #expect(parameters.account["sessionToken"]?.string == FlowWorld.sessionToken)
        }
    }

    @Test func `flow specs name the specs they join`() async throws {
        try await FlowWorld.run { world in
            let answer = try await world.flow(.get, "/flowSpecs?property=id==71471eba-b620-49e4-90fd-23f1fa0174d8")

            #expect(answer.item["sourceConnectionSpecIds"] == ["8a9c3494-9708-43d7-ae3f-cda01e5030e1"])
            #expect(answer.item["targetConnectionSpecIds"] == ["86043421-563b-46ec-8e6c-e23184711bf6"])
            #expect(answer.item["transformationSpecs"]?[0]?["name"] == "GeneralTransform")
        }
    }
}
