import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

/// Dataflows that are made and deleted with all that they stand on (BEHAVIOUR 1.4).
struct WholeDataflowTests {
    private static let path = "/v1/dataflows"

    private static func draft(_ members: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = [
            "name": "whole", "description": "with all",
            "account": [
                "connectionSpec": FlowWorld.kinesisSpec, "auth": FlowWorld.kinesisBody["auth"] ?? .null,
            ],
            "params": ["stream": "events", "region": "eu-west-1", "envelope": "cloudevents"],
        ]
        for (key, value) in members { body[key] = value }
        return .object(body)
    }

    private static func transformations(_ audiences: [String], _ attributes: [String]) -> JSONValue {
        [
            [
                "name": "GeneralTransform",
                "params": [
                    "segmentSelectors": ["selectors": .array(audiences.map { FlowWorld.segment($0) })],
                    "profileSelectors": ["selectors": .array(attributes.map(FlowWorld.attribute))],
                ],
            ]
        ]
    }

    /// The ids of all that is stored of dataflows.
    private static func stored(_ world: FlowWorld) -> [String] {
        [ControlKind.connection, .sourceConnection, .targetConnection, .flow, .backfill]
            .flatMap { world.dependencies.control.entries($0) }.map(\.id)
    }

    @Test func `one call makes account, source, target, flow and mapping`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let body = WholeDataflowTests.draft([
                "transformations": WholeDataflowTests.transformations([audience], ["person.name"]),
                "marketingActions": [["type": "core", "name": "emailTargeting"]],
                "alerts": [["type": "lag", "threshold": 30], ["type": "paused"]],
            ])

            let made = try await world.send(.post, WholeDataflowTests.path, body)

            #expect(made.status == 201, "\(made.text)")
            #expect(made["backfillId"] != nil)
            #expect(made["warnings"]?[0]?["code"] == "PATH_UNKNOWN")
            #expect(!made.text.contains(FlowWorld.secretKey))
            let flow = try await world.flow(.get, "/flows/\(made.id)").item
            #expect(flow["etag"] == made["etag"])
            #expect(flow["name"] == "whole")
            #expect(flow["state"] == "enabled")
            #expect(flow["marketingActions"] == [["type": "core", "name": "emailTargeting"]])
            #expect(flow["alerts"] == [["type": "lag", "threshold": 30], ["type": "paused"]])
            #expect(flow["sourceConnectionIds"] == [made["sourceConnectionId"] ?? .null])
            #expect(flow["targetConnectionIds"] == [made["targetConnectionId"] ?? .null])
            let target = try await world.flow(
                .get,
                "/targetConnections/\(made["targetConnectionId"]?.string ?? "")"
            ).item
            #expect(target["baseConnectionId"] == made["accountId"])
            #expect(target["params"]?["envelope"] == "cloudevents")
            let account = try await world.flow(.get, "/connections/\(made["accountId"]?.string ?? "")").item
            #expect(account["name"] == "whole")
            #expect(account["auth"]?["params"]?["secretKey"] == nil)
            #expect(world.probe.state.withLock { $0.accounts.count } == 1)
            #expect(world.probe.state.withLock { $0.targets.count } == 1)
            let dataflow = try #require(world.engine.catalog?.dataflows.first)
            #expect(dataflow.audiences.map(\.audience.uuid.description) == [audience])
            #expect(dataflow.options.envelope == .cloudEvents)
        }
    }

    @Test func `an account that there is serves several`() async throws {
        try await FlowWorld.run { world in
            let account = try await world.flow(.post, "/connections", FlowWorld.kinesisBody)
            let body = WholeDataflowTests.draft(["account": .null, "accountId": .string(account.id)])

            let one = try await world.send(.post, WholeDataflowTests.path, body)
            let other = try await world.send(.post, WholeDataflowTests.path, body)

            #expect([one["accountId"], other["accountId"]] == [.string(account.id), .string(account.id)])
            #expect(try await world.flow(.get, "/flows?count=true")["count"] == 2)
            #expect(try await world.flow(.get, "/sourceConnections?count=true")["count"] == 2)

            let store = try #require(world.dependencies.control.entries(.connection).first { $0.id != account.id })
            let wrong = WholeDataflowTests.draft(["account": .null, "accountId": .string(store.id)])
            let refused = try await world.send(.post, WholeDataflowTests.path, wrong)
            #expect(refused.errorCode == "1413-400" && refused.detail.contains("/accountId"), "\(refused.detail)")
        }
    }

    private struct Refusal: CustomTestStringConvertible, Sendable {
        var members: JSONObject
        var code: String
        /// What the answer says.
        var detail = ""
        var testDescription: String { "\(JSONValue.object(members).text) \(code)" }
    }

    private static let refusals = [
        Refusal(members: ["name": ""], code: "FIELD_INVALID"),
        Refusal(members: ["accountId": "x"], code: "FIELD_INVALID"),
        Refusal(members: ["account": .null], code: "FIELD_INVALID"),
        Refusal(members: ["account": .null, "accountId": "nobody"], code: "1439-400"),
        Refusal(
            members: ["account": ["connectionSpec": ["id": "nothing"], "auth": [:]]],
            code: "1413-400",
            detail: "/account/connectionSpec/id must be"
        ),
        Refusal(
            members: ["account": ["connectionSpec": FlowWorld.profileSpec, "auth": [:]]],
            code: "1413-400",
            detail: "/account/connectionSpec/id must be"
        ),
        Refusal(
            members: ["account": ["connectionSpec": FlowWorld.kinesisSpec, "auth": [:]]],
            code: "1415-400",
            detail: "/account/auth/specName must be"
        ),
        Refusal(
            members: ["marketingActions": [["type": "core", "name": "spying"]]],
            code: "FIELD_INVALID",
            detail: "/marketingActions/0/name must be"
        ),
        Refusal(
            members: ["alerts": [["type": "lag", "threshold": 0]]],
            code: "FIELD_INVALID",
            detail: "/alerts/0/threshold must be"
        ),
        Refusal(members: ["params": .null], code: "FIELD_INVALID"),
        Refusal(members: ["params": ["stream": "two words"]], code: "CFG-001"),
        Refusal(members: ["params": ["stream": "events", "envelope": "maybe"]], code: "FIELD_INVALID"),
        Refusal(members: ["params": ["stream": "events", "partitionKey": ["namespace": "no"]]], code: "FIELD_INVALID"),
        Refusal(members: ["transformations": transformations(["nobody"], [])], code: "1439-400"),
        Refusal(members: ["transformations": transformations([], ["identityMap.Email"])], code: "FIELD_INVALID"),
    ]

    @Test(arguments: refusals)
    private func `what is refused at any step leaves nothing and asks nobody`(refusal: Refusal) async throws {
        try await FlowWorld.run { world in
            let before = WholeDataflowTests.stored(world)

            let answer = try await world.send(
                .post,
                WholeDataflowTests.path,
                WholeDataflowTests.draft(refusal.members)
            )

            #expect(answer.status == 400)
            #expect(answer.errorCode == refusal.code, "\(answer.text)")
            #expect(answer.detail.contains(refusal.detail), "\(answer.detail)")
            #expect(WholeDataflowTests.stored(world) == before)
            #expect(world.probe.state.withLock { $0.accounts.isEmpty && $0.targets.isEmpty })
        }
    }

    @Test func `what the destination or the engine refuses leaves nothing`() async throws {
        try await FlowWorld.run { world in
            let before = WholeDataflowTests.stored(world)

            world.probe.fail(DestinationProbeError(code: "AWS-403", step: "ListStreams", message: "no"))
            let account = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            world.probe.failTargets(DestinationProbeError(code: "AWS-404", step: "DescribeStream", message: "none"))
            let target = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            world.probe.failTargets(
                DestinationProbeError(code: "AWS-403", step: "DescribeStreamSummary", message: "no")
            )
            let unseen = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            world.probe.failTargets(nil)
            world.engine.state.withLock { $0.failure = EngineError(.invalidCatalog, "no") }
            let engine = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            world.engine.state.withLock { $0.failure = nil }

            #expect(account.errorCode == "AWS-403")
            #expect(target.errorCode == "AWS-404")
            #expect(unseen.errorCode == "AWS-403", "only the console takes a target that nobody could look at")
            #expect(engine.status == 400)
            #expect(WholeDataflowTests.stored(world) == before)
        }
    }

    @Test func `deletion takes source and target with it, and the account when that is asked for`() async throws {
        try await FlowWorld.run { world in
            let first = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            let base = WholeDataflowTests.stored(world).count - 4
            let kept = try await world.send(.delete, "\(WholeDataflowTests.path)/\(first.id)")

            #expect(kept.status == 202)
            #expect(
                kept.json == [
                    "id": .string(first.id), "accountIds": [],
                    "sourceConnectionIds": [first["sourceConnectionId"] ?? .null],
                    "targetConnectionIds": [first["targetConnectionId"] ?? .null],
                ]
            )
            #expect(try await world.flow(.get, "/flows/\(first.id)").status == 404)
            #expect(
                try await world.flow(.get, "/connections/\(first["accountId"]?.string ?? "")").status == 200
            )

            let second = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            let path = "\(WholeDataflowTests.path)/\(second.id)"
            let stale = try await world.send(.delete, "\(path)?account=true", ifMatch: "\"old-1\"")
            let odd = try await world.send(.delete, "\(path)?account=perhaps")
            let gone = try await world.send(.delete, "\(path)?account=true", ifMatch: second.etag)
            let again = try await world.send(.delete, "\(path)?account=true")

            #expect(stale.errorCode == "1404-412")
            #expect(odd.errorCode == "QUERY_INVALID")
            #expect(gone["accountIds"] == [second["accountId"] ?? .null])
            #expect(again.errorCode == "1430-404")
            try await world.engine.finishRetirements()
            // The profile store's connection and the account that was kept are left.
            #expect(WholeDataflowTests.stored(world).count == base + 1)
        }
    }

    @Test func `what others use stays, and an account that others use keeps the whole dataflow`() async throws {
        try await FlowWorld.run { world in
            let one = try await world.send(.post, WholeDataflowTests.path, WholeDataflowTests.draft())
            let source = one["sourceConnectionId"]?.string ?? ""
            let target = one["targetConnectionId"]?.string ?? ""
            let other = try await world.flow(.post, "/flows", FlowWorld.flowBody(source: source, target: target))
            let before = WholeDataflowTests.stored(world)

            let refused = try await world.send(.delete, "\(WholeDataflowTests.path)/\(one.id)?account=true")
            let same = WholeDataflowTests.stored(world) == before
            let deleted = try await world.send(.delete, "\(WholeDataflowTests.path)/\(one.id)")

            #expect(refused.errorCode == "1418-400")
            #expect(refused.detail.contains(target))
            #expect(same)
            #expect(try await world.flow(.get, "/flows/\(other.id)").status == 200)
            #expect(deleted["sourceConnectionIds"] == [])
            #expect(deleted["targetConnectionIds"] == [])
            #expect(try await world.flow(.get, "/targetConnections/\(target)").status == 200)
        }
    }
}
