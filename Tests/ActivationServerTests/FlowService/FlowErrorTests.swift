import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Every refusal of Flow Service, by its code (BEHAVIOUR 1.9, appendix A).
struct FlowErrorTests {
    private static func rename(_ name: String) -> JSONValue {
        [["op": "replace", "path": "/name", "value": .string(name)]]
    }

    @Test func `A28: PATCH of a flow without If-Match is 1403-400`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let answer = try await world.flow(.patch, "/flows/\(flow.id)", FlowErrorTests.rename("x"))

            #expect(answer.status == 400)
            #expect(answer.errorCode == "1403-400")
            #expect(answer["status"] == 400)
            #expect(answer["requestId"]?.string == answer.headers[.requestID])
            #expect(answer.headers[.contentType] == "application/problem+json")
        }
    }

    @Test(arguments: ["*", "W/\"a-1\"", "", "\"\"", "\"a-1\", \"b-2\""])
    func `an If-Match that is not one strong tag is 1403-400`(header: String) async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let answer = try await world.flow(
                .patch,
                "/flows/\(flow.id)",
                FlowErrorTests.rename("x"),
                ifMatch: header
            )

            #expect(answer.errorCode == "1403-400")
        }
    }

    @Test func `A29: PATCH of a flow with a stale etag is 1404-412 and changes nothing`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let first = try await world.patchFlow(flow.id, [["op": "replace", "path": "/name", "value": "new"]])

            let answer = try await world.flow(
                .patch,
                "/flows/\(flow.id)",
                FlowErrorTests.rename("stale"),
                ifMatch: flow.etag
            )

            #expect(answer.status == 412)
            #expect(answer.errorCode == "1404-412")
            let now = try await world.flow(.get, "/flows/\(flow.id)").item
            #expect(now["name"] == "new")
            #expect(now["etag"]?.string == first.etag)
        }
    }

    @Test func `If-Match is read with and without quotes`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let bare = String(flow.etag.dropFirst().dropLast())

            let answer = try await world.flow(
                .patch,
                "/flows/\(flow.id)",
                FlowErrorTests.rename("x"),
                ifMatch: bare
            )

            #expect(answer.status == 202)
            #expect(flow.etag.hasPrefix("\""))
        }
    }

    @Test func `A30: POST of a flow with state is 1410-400`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            var body = FlowWorld.flowBody(source: parts.source, target: parts.target)
            body["state"] = "enabled"

            let answer = try await world.flow(.post, "/flows", body)

            #expect(answer.status == 400)
            #expect(answer.errorCode == "1410-400")
            #expect(try await world.flow(.get, "/flows?count=true")["count"] == 0)
        }
    }

    @Test func `A31: DELETE of a base connection in use is 1418-400, and works once the flow is gone`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()

            let refused = try await world.flow(.delete, "/connections/\(parts.kinesisBase)")
            let refusedSource = try await world.flow(.delete, "/connections/\(parts.profileBase)")
            _ = try await world.flow(.delete, "/flows/\(flow.id)")
            let deleted = try await world.flow(.delete, "/connections/\(parts.kinesisBase)")
            let gone = try await world.flow(.get, "/connections/\(parts.kinesisBase)")

            #expect(refused.status == 400)
            #expect(refused.errorCode == "1418-400")
            #expect(refusedSource.errorCode == "1418-400")
            #expect(deleted.status == 204)
            #expect(deleted.text.isEmpty)
            #expect(gone.status == 404)
        }
    }

    @Test func `A32: DELETE of a flow is 202, then GET is 404`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let deleted = try await world.flow(.delete, "/flows/\(flow.id)")
            let read = try await world.flow(.get, "/flows/\(flow.id)")
            let again = try await world.flow(.delete, "/flows/\(flow.id)")
            try await world.engine.finishRetirements()

            #expect(deleted.status == 202)
            #expect(deleted.text.isEmpty)
            #expect(read.status == 404)
            #expect(read.errorCode == "1430-404")
            #expect(again.status == 404)
            #expect(world.engine.catalog?.dataflows.isEmpty == true)
            #expect(world.engine.state.withLock { $0.discarded.map(\.uuid.description) } == [flow.id])
        }
    }

    @Test func `A33: GET of flows with count and limit is 1401-400`() async throws {
        try await FlowWorld.run { world in
            let answer = try await world.flow(.get, "/flows?count=true&limit=5")

            #expect(answer.status == 400)
            #expect(answer.errorCode == "1401-400")
        }
    }

    @Test func `ids in the path that nobody has are 404`() async throws {
        try await FlowWorld.run { world in
            let id = "00000000-0000-4000-8000-000000000000"
            for path in ["connections", "sourceConnections", "targetConnections"] {
                let answer = try await world.flow(.get, "/\(path)/\(id)")
                #expect(answer.status == 404)
                #expect(answer.errorCode == "1439-404")
                let patch = try await world.flow(.patch, "/\(path)/\(id)", FlowErrorTests.rename("x"), ifMatch: "a-1")
                #expect(patch.errorCode == "1439-404")
                #expect(try await world.flow(.delete, "/\(path)/\(id)").errorCode == "1439-404")
            }
            #expect(try await world.flow(.get, "/flows/\(id)").errorCode == "1430-404")
            #expect(try await world.flow(.post, "/flows/\(id)/action?op=enable").errorCode == "1430-404")
            #expect(try await world.flow(.get, "/connectionSpecs/\(id)").errorCode == "1439-404")
            #expect(try await world.flow(.get, "/nothing").status == 404)
        }
    }

    @Test func `ids in the body that nobody has are 1439-400`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            let nobody = "00000000-0000-4000-8000-000000000000"

            let target = try await world.flow(.post, "/targetConnections", FlowWorld.targetBody(base: nobody))
            let source = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: nobody, target: parts.target)
            )
            var withAudience = FlowWorld.flowBody(source: parts.source, target: parts.target)
            withAudience["transformations"] = [
                ["params": ["segmentSelectors": ["selectors": [FlowWorld.segment(nobody)]]]]
            ]
            let audience = try await world.flow(.post, "/flows", withAudience)

            for answer in [target, source, audience] {
                #expect(answer.status == 400)
                #expect(answer.errorCode == "1439-400", "\(answer.text)")
            }
        }
    }

    @Test func `unknown and mismatched specs are 1413-400`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            var unknown = FlowWorld.kinesisBody
            unknown["connectionSpec"] = ["id": "bf9f5905-92b7-48bf-bf20-455bc6b60a4e", "version": "1.0"]
            var version = FlowWorld.kinesisBody
            version["connectionSpec"] = ["id": "86043421-563b-46ec-8e6c-e23184711bf6", "version": "2.0"]
            let mismatched = FlowWorld.targetBody(base: parts.profileBase)
            var flowSpec = FlowWorld.flowBody(source: parts.source, target: parts.target)
            flowSpec["flowSpec"] = ["id": "d69717ba-71b4-4313-b654-49f9cf126d7a", "version": "1.0"]

            #expect(try await world.flow(.post, "/connections", unknown).errorCode == "1413-400")
            #expect(try await world.flow(.post, "/connections", version).errorCode == "1413-400")
            #expect(try await world.flow(.post, "/targetConnections", mismatched).errorCode == "1413-400")
            #expect(try await world.flow(.post, "/flows", flowSpec).errorCode == "1413-400")
        }
    }

    @Test func `the wrong auth spec is 1415-400`() async throws {
        try await FlowWorld.run { world in
            var body = FlowWorld.kinesisBody
            body["auth"] = ["specName": "Azure EventHub authentication credentials", "params": [:]]
            var without = FlowWorld.kinesisBody
            without["auth"] = nil

            let wrongName = try await world.flow(.post, "/connections", body)
            let noAuth = try await world.flow(.post, "/connections", without)

            #expect(wrongName.errorCode == "1415-400")
            #expect(noAuth.errorCode == "1415-400")
            #expect(world.probe.state.withLock { $0.accounts.isEmpty })
        }
    }

    @Test func `bodies that are missing, empty, no JSON or of another type have their own codes`() async throws {
        try await FlowWorld.run { world in
            let path = FlowWorld.base + "/connections"
            var json = world.credentials
            json[.contentType] = "application/json; charset=utf-8"

            let untyped = try await world.raw(.post, path, "{}", headers: world.credentials)
            let empty = try await world.raw(.post, path, "", headers: json)
            let broken = try await world.raw(.post, path, #"{"name": tru}"#, headers: json)
            let array = try await world.raw(.post, path, "[]", headers: json)
            let large = try await world.raw(
                .post,
                path,
                "\"" + String(repeating: "x", count: Limits.apiBytesMax) + "\"",
                headers: json
            )
            let deep = try await world.raw(.post, path, String(repeating: "[", count: 1_000), headers: json)

            #expect(untyped.status == 400)
            #expect(untyped.errorCode == "CONTENT_TYPE")
            #expect(empty.errorCode == "1405-400")
            #expect(broken.errorCode == "BODY_NOT_JSON")
            #expect(broken.detail.contains("byte 9") || broken.detail.contains("byte 1"))
            #expect(array.errorCode == "FIELD_INVALID")
            #expect(large.status == 413)
            #expect(large.errorCode == "BODY_TOO_LARGE")
            #expect(deep.errorCode == "BODY_NOT_JSON")
        }
    }

    @Test func `missing and mistyped fields name their pointer`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            var nameless = FlowWorld.kinesisBody
            nameless["name"] = ""
            var numbered = FlowWorld.kinesisBody
            numbered["description"] = 7
            var sourceless = FlowWorld.flowBody(source: parts.source, target: parts.target)
            sourceless["sourceConnectionIds"] = []
            var format = FlowWorld.targetBody(base: parts.kinesisBase)
            format["data"] = ["format": "csv"]

            let answers = [
                ("/name", try await world.flow(.post, "/connections", nameless)),
                ("/description", try await world.flow(.post, "/connections", numbered)),
                ("/sourceConnectionIds", try await world.flow(.post, "/flows", sourceless)),
                ("/data/format", try await world.flow(.post, "/targetConnections", format)),
            ]

            for (pointer, answer) in answers {
                #expect(answer.status == 400)
                #expect(answer.errorCode == "FIELD_INVALID")
                #expect(answer.detail.contains(pointer), "\(answer.detail)")
            }
        }
    }

    @Test func `patches that cannot be applied have their codes and change nothing`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let before = try await world.flow(.get, "/flows/\(flow.id)").item
            let cases: [(String, JSONValue)] = [
                ("1434-400", ["op": "move", "from": "/name", "path": "/description"]),
                ("1434-400", ["op": "test", "path": "/name", "value": "vip-to-kinesis"]),
                ("1434-400", ["op": "copy", "from": "/name", "path": "/description"]),
                ("1434-400", ["path": "/name", "value": "x"]),
                ("1411-400", ["op": "replace", "path": "/id", "value": "x"]),
                ("1411-400", ["op": "replace", "path": "/flowSpec", "value": [:]]),
                ("1411-400", ["op": "replace", "path": "", "value": [:]]),
                ("1411-400", ["op": "replace", "path": "name", "value": "x"]),
                ("1411-400", ["op": "replace", "path": "/na~2me", "value": "x"]),
                ("1411-400", ["op": "replace", "value": "x"]),
                ("1455-400", ["op": "remove", "path": .string(FlowWorld.segments + "/0")]),
                ("1455-400", ["op": "replace", "path": .string(FlowWorld.segments + "/3"), "value": [:]]),
                ("1455-400", ["op": "add", "path": "/transformations/0/params/nothing/x", "value": 1]),
                ("1456-400", ["op": "replace", "path": "/state", "value": "broken"]),
                ("PATCH_REFUSED", ["op": "replace", "path": "/name"]),
                ("PATCH_REFUSED", "replace"),
                ("FIELD_INVALID", ["op": "replace", "path": "/name", "value": 7]),
                ("FIELD_INVALID", ["op": "remove", "path": "/name"]),
                ("FIELD_INVALID", ["op": "replace", "path": "/transformations", "value": 7]),
                ("FIELD_INVALID", ["op": "add", "path": .string(FlowWorld.segments + "/-"), "value": 7]),
            ]

            for (code, operation) in cases {
                let answer = try await world.patchFlow(flow.id, [operation])
                #expect(answer.status == 400)
                #expect(answer.errorCode == code, "\(operation.text): \(answer.text)")
            }

            let list = try await world.flow(.patch, "/flows/\(flow.id)", ["op": "add"], ifMatch: flow.etag)
            #expect(list.errorCode == "PATCH_REFUSED")
            let none = try await world.flow(.patch, "/flows/\(flow.id)", [], ifMatch: flow.etag)
            #expect(none.errorCode == "1405-400")
            #expect(try await world.flow(.get, "/flows/\(flow.id)").item == before)
        }
    }

    @Test func `a patch whose second operation fails does not do the first`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let answer = try await world.patchFlow(
                flow.id,
                [
                    ["op": "replace", "path": "/name", "value": "half"],
                    ["op": "remove", "path": .string(FlowWorld.segments + "/0")],
                ]
            )

            #expect(answer.errorCode == "1455-400")
            #expect(try await world.flow(.get, "/flows/\(flow.id)").item["name"] == "vip-to-kinesis")
        }
    }

    @Test func `a full disk is 507 and leaves everything as it was`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let told = world.engine.state.withLock { $0.catalogs.count }
            world.storage.failNextWrite(with: StorageError(.full, "no room"))

            let answer = try await world.patchFlow(flow.id, [["op": "replace", "path": "/name", "value": "x"]])

            #expect(answer.status == 507)
            #expect(answer.errorCode == "STORAGE_FULL")
            #expect(try await world.flow(.get, "/flows/\(flow.id)").item["name"] == "vip-to-kinesis")
            #expect(world.engine.state.withLock { $0.catalogs.count } == told)
        }
    }

    @Test func `deep values cannot be patched in beyond what can be read back`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let deep = (0..<60).reduce(JSONValue.integer(1)) { value, _ in .array([value]) }

            let answer = try await world.patchFlow(
                flow.id,
                [
                    FlowWorld.add(
                        FlowWorld.attributes + "/-",
                        ["type": "JSON_PATH", "value": ["path": "a.b", "extra": deep]]
                    )
                ]
            )

            #expect(answer.status == 400)
            #expect(answer.errorCode == "FIELD_INVALID")
        }
    }
}
