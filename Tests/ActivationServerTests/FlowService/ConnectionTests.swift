import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Accounts and targets: checks of the destination, secrets, changes (BEHAVIOUR 1.6, 2, 10.6).
struct ConnectionTests {
    @Test(arguments: [
        ("AWS-401", "ListStreams"), ("AWS-403", "ListStreams"), ("NET-001", "endpoint"), ("CFG-001", "endpoint"),
    ])
    func `a refused key is 400 with the step and what to do, and nothing is stored`(
        code: String,
        step: String
    ) async throws {
        try await FlowWorld.run { world in
            world.probe.fail(DestinationProbeError(code: code, step: step, message: "do this"))

            let answer = try await world.flow(.post, "/connections", FlowWorld.kinesisBody)

            #expect(answer.status == 400)
            #expect(answer.errorCode == code)
            #expect(answer["step"]?.string == step)
            #expect(answer.detail == "\(step): do this")
            #expect(try await world.flow(.get, "/connections?count=true")["count"] == 1, "the inlet alone")
        }
    }

    @Test func `a missing stream is 400 with the step, on create and on change`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let target = try await world.flow(.get, "/targetConnections/\(parts.target)").item
            world.probe.fail(
                DestinationProbeError(code: "AWS-404", step: "DescribeStreamSummary", message: "no stream x")
            )

            let created = try await world.flow(
                .post,
                "/targetConnections",
                FlowWorld.targetBody(base: parts.kinesisBase)
            )
            let changed = try await world.flow(
                .patch,
                "/targetConnections/\(parts.target)",
                [["op": "replace", "path": "/params/stream", "value": "x"]],
                ifMatch: target["etag"]?.string
            )

            for answer in [created, changed] {
                #expect(answer.status == 400)
                #expect(answer.errorCode == "AWS-404")
                #expect(answer["step"] == "DescribeStreamSummary")
            }
            #expect(try await world.flow(.get, "/targetConnections/\(parts.target)").item == target)
        }
    }

    @Test func `fields that the kind refuses are CFG-001 with their place before anything is asked`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            let asked = world.probe.state.withLock { ($0.accounts.count, $0.targets.count) }
            for (key, value) in [("accessKeyId", nil), ("secretKey", "a b"), ("secretKey", 7)] as [(String, JSONValue?)]
            {
                var body = FlowWorld.kinesisBody
                var params = try #require(body["auth"]?["params"]?.object)
                params[key] = value
                body["auth"] = ["specName": "Aws Kinesis authentication credentials", "params": .object(params)]

                let answer = try await world.flow(.post, "/connections", body)

                #expect(answer.status == 400)
                #expect(answer.errorCode == "CFG-001", "\(key): \(answer.text)")
                #expect(answer["step"] == "fields")
                #expect(answer.detail.contains("/auth/params/\(key) is required, a word"), "\(answer.detail)")
            }
            var target = FlowWorld.targetBody(base: parts.kinesisBase)
            target["params"] = [:]
            let answer = try await world.flow(.post, "/targetConnections", target)

            #expect(answer.status == 400 && answer.errorCode == "CFG-001")
            #expect(answer.detail.contains("/params/stream is required, a word"), "\(answer.detail)")
            #expect(world.probe.state.withLock { ($0.accounts.count, $0.targets.count) } == asked)
        }
    }

    @Test(arguments: ["includeSegmentNames", "includeSegmentTimestamps"])
    func `toggles of every target are the server's and must be true or false`(key: String) async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            for value: JSONValue in ["yes", 1] {
                var body = FlowWorld.targetBody(base: parts.kinesisBase)
                body["params"] = .object(["stream": "s", key: value])

                let answer = try await world.flow(.post, "/targetConnections", body)

                #expect(answer.status == 400 && answer.errorCode == "FIELD_INVALID")
                #expect(answer.detail.contains("/params/\(key)"))
            }
        }
    }

    @Test func `secrets appear in no answer, no stored byte and no log line`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let base = try await world.flow(.get, "/connections/\(parts.kinesisBase)")
            var texts = [base.text]
            texts.append(try await world.flow(.get, "/connections").text)
            texts.append(try await world.flow(.get, "/connections?projectionFields=auth.params,sealedSecrets").text)
            texts.append(try await world.flow(.get, "/flows/\(flow.id)").text)
            texts.append(try await world.flow(.get, "/targetConnections").text)
            let patched = try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                [["op": "replace", "path": "/auth/params/secretKey", "value": "s3cr3t-needle-in-no-answer-2"]],
                ifMatch: base.item["etag"]?.string
            )
            texts.append(patched.text)
            world.probe.fail(DestinationProbeError(code: "AWS-401", step: "ListStreams", message: "refused"))
            texts.append(try await world.flow(.post, "/connections", FlowWorld.kinesisBody).text)
            var wrong = FlowWorld.kinesisBody
            wrong["auth"] = [
                "specName": "Aws Kinesis authentication credentials",
                "params": ["accessKeyId": "a", "secretKey": .string(FlowWorld.secretKey + " with a space")],
            ]
            texts.append(try await world.flow(.post, "/connections", wrong).text)
            world.storage.failNextWrite(with: StorageError(.io, "broken"))
            world.probe.fail(nil)
            texts.append(try await world.flow(.post, "/connections", FlowWorld.kinesisBody).text)
            #expect(!world.log.lines.isEmpty, "a failed write is logged")
            texts += world.log.lines
            for kind in ControlKind.allCases {
                for object in try await world.storage.objects(kind: kind.rawValue, scope: .production) {
                    texts.append(String(decoding: object.body, as: UTF8.self))
                }
            }

            #expect(patched.status == 200, "\(patched.text)")
            #expect(base.item["auth"]?["params"]?["accessKeyId"] == "AKIAEXAMPLE0001")
            #expect(base.item["auth"]?["params"]?["secretKey"] == nil)
            #expect(base.item["sealedSecrets"] == nil)
            for text in texts {
                #expect(!text.contains("needle"), "\(text)")
                #expect(!text.contains(world.start.clientSecret))
            }
        }
    }

    @Test func `new credentials are checked, stored, and the flow's destination is opened anew`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            let etag = try await world.flow(.get, "/connections/\(parts.kinesisBase)").item["etag"]?.string

            let answer = try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                [
                    [
                        "op": "add", "path": "/auth/params",
                        "value": ["accessKeyId": "AKIANEW", "secretKey": "rotated", "region": "eu-west-1"],
                    ]
                ],
                ifMatch: etag
            )

            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.etag != etag)
            #expect(world.probe.state.withLock { $0.accounts.last?["secretKey"] } == "rotated")
            #expect(world.engine.state.withLock { $0.restarted } == [id])
            let account = try world.dependencies.control.sinkParameters(for: id).account
            #expect(account["accessKeyId"] == "AKIANEW")
            #expect(account["secretKey"] == "rotated")
            #expect(account["sessionToken"] == nil, "the whole of params was replaced")
        }
    }

    @Test func `a renamed connection keeps its secret and asks nothing`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            let etag = try await world.flow(.get, "/connections/\(parts.kinesisBase)").item["etag"]?.string

            let answer = try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                [["op": "replace", "path": "/name", "value": "renamed"]],
                ifMatch: etag
            )

            #expect(answer.status == 200)
            #expect(world.probe.state.withLock { $0.accounts.count } == 1)
            #expect(world.engine.state.withLock { $0.restarted.isEmpty })
            let account = try world.dependencies.control.sinkParameters(for: id).account
            #expect(account["secretKey"]?.string == FlowWorld.secretKey)
        }
    }

    @Test func `the connection spec is immutable: 1414-400; other places are 1411-400`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            for (path, list) in [(parts.kinesisBase, "connections"), (parts.target, "targetConnections")] {
                let etag = try await world.flow(.get, "/\(list)/\(path)").item["etag"]?.string
                let spec = try await world.flow(
                    .patch,
                    "/\(list)/\(path)",
                    [["op": "replace", "path": "/connectionSpec/id", "value": "x"]],
                    ifMatch: etag
                )
                let other = try await world.flow(
                    .patch,
                    "/\(list)/\(path)",
                    [["op": "replace", "path": "/sealedSecrets", "value": "x"]],
                    ifMatch: etag
                )
                let stale = try await world.flow(
                    .patch,
                    "/\(list)/\(path)",
                    [["op": "replace", "path": "/name", "value": "x"]],
                    ifMatch: "old-1"
                )
                #expect(spec.errorCode == "1414-400")
                #expect(other.errorCode == "1411-400")
                #expect(stale.errorCode == "1404-412")
            }
        }
    }

    @Test func `a change keeps to the documented types as a new object does`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let etag = try await world.flow(.get, "/targetConnections/\(parts.target)").item["etag"]?.string

            let answer = try await world.flow(
                .patch,
                "/targetConnections/\(parts.target)",
                [["op": "add", "path": "/params/wire", "value": 5]],
                ifMatch: etag
            )

            #expect(answer.status == 400)
            #expect(answer.text.contains("/params/wire must be of type string"))
            #expect(try await world.flow(.get, "/targetConnections/\(parts.target)").item["etag"]?.string == etag)
        }
    }

    @Test func `toggles of the target reach decisions and its other params the sink`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            let etag = try await world.flow(.get, "/targetConnections/\(parts.target)").item["etag"]?.string

            let answer = try await world.flow(
                .patch,
                "/targetConnections/\(parts.target)",
                [
                    ["op": "add", "path": "/params/includeSegmentNames", "value": true],
                    ["op": "add", "path": "/params/wire", "value": "cbor"],
                    ["op": "add", "path": "/params/retries", "value": 2],
                ],
                ifMatch: etag
            )

            #expect(answer.status == 200)
            let dataflow = try #require(world.engine.catalog?.dataflows.first)
            #expect(dataflow.includesSegmentNames)
            #expect(!dataflow.includesSegmentTimestamps)
            let parameters = try world.dependencies.control.sinkParameters(for: id)
            #expect(parameters.target["wire"] == "cbor")
            #expect(parameters.target["retries"] == 2)
            #expect(world.engine.state.withLock { $0.restarted } == [id])
        }
    }

    @Test func `targets and sources that a flow contains cannot be deleted: 1447-400`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()

            #expect(try await world.flow(.delete, "/targetConnections/\(parts.target)").errorCode == "1447-400")
            #expect(try await world.flow(.delete, "/sourceConnections/\(parts.source)").errorCode == "1447-400")
            _ = try await world.flow(.delete, "/flows/\(flow.id)")
            #expect(try await world.flow(.delete, "/targetConnections/\(parts.target)").status == 204)
            #expect(try await world.flow(.delete, "/sourceConnections/\(parts.source)").status == 204)
        }
    }

    @Test func `a secret under another data key is reported, never guessed`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let other = try await ControlPlane(
                store: world.storage,
                keys: ServerKeys(tokenKey: .init(size: .bits256), dataKey: .init(size: .bits256)),
                time: world.clock,
                logger: world.dependencies.logger
            )

            let error = #expect(throws: SinkFactoryError.self) {
                try other.sinkParameters(for: Dataflow.ID(uuid: UUIDBytes(flow.id) ?? UUIDBytes(high: 0, low: 0)))
            }

            #expect(error?.code == "SECRET_UNREADABLE")
            #expect(error?.message.contains(parts.kinesisBase) == true)
        }
    }
}

/// Inlets are connections too (BEHAVIOUR 6.1).
struct InletConnectionTests {
    private static func body(_ params: JSONValue?) -> JSONValue {
        var body: JSONValue = [
            "name": "website",
            "connectionSpec": ["id": "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "version": "1.0"],
        ]
        if let params { body["auth"] = ["specName": "Streaming Connection", "params": params] }
        return body
    }

    @Test func `a streaming connection has an inlet with its URL`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.flow(
                .post,
                "/connections",
                InletConnectionTests.body([
                    "sourceId": "web", "dataType": "xdm", "name": "web", "authenticationRequired": false,
                    "identities": [["path": "_acme.crm.id", "namespace": "email", "primary": true]],
                ])
            )
            let item = try await world.flow(.get, "/connections/\(made.id)").item

            #expect(made.status == 201, "\(made.text)")
            let inletID = try #require(item["inletId"]?.string)
            #expect(item["inletUrl"]?.string == "http://127.0.0.1:8080/collection/\(inletID)")
            let inlet = try #require(world.dependencies.control.snapshot.inlets[ByteKey(inletID)])
            #expect(!inlet.isAuthenticationRequired)
            #expect(
                inlet.identities == [
                    IdentitySelector(path: ["_acme", "crm", "id"], namespace: "email", isPrimary: true)
                ]
            )
        }
    }

    @Test func `an inlet needs an access token unless it says otherwise, and goes with its connection`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.flow(.post, "/connections", InletConnectionTests.body(nil))
            let inletID = try #require(try await world.flow(.get, "/connections/\(made.id)").item["inletId"]?.string)

            #expect(world.dependencies.control.snapshot.inlets[ByteKey(inletID)]?.isAuthenticationRequired == true)
            #expect(world.dependencies.control.snapshot.inlets[ByteKey(world.start.inletID)] != nil)
            #expect(try await world.flow(.delete, "/connections/\(made.id)").status == 204)
            #expect(world.dependencies.control.snapshot.inlets[ByteKey(inletID)] == nil)
        }
    }

    @Test func `an inlet keeps its id when its params change`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.flow(.post, "/connections", InletConnectionTests.body([:]))
            let before = try await world.flow(.get, "/connections/\(made.id)").item

            let patched = try await world.flow(
                .patch,
                "/connections/\(made.id)",
                [["op": "add", "path": "/auth/params/authenticationRequired", "value": false]],
                ifMatch: made.etag
            )

            #expect(patched.status == 200, "\(patched.text)")
            let after = try await world.flow(.get, "/connections/\(made.id)").item
            #expect(after["inletId"] == before["inletId"])
            #expect(after["auth"]?["params"]?["authenticationRequired"] == false)
        }
    }

    @Test(arguments: [
        #"{"dataType":"csv"}"#, #"{"authenticationRequired":"no"}"#, #"{"identities":{}}"#,
        #"{"identities":[{"path":"a"}]}"#, #"{"identities":[{"path":"a..b","namespace":"Email"}]}"#,
        #"{"identities":[{"path":"a","namespace":"Nobody"}]}"#,
        #"{"identities":[{"path":"a","namespace":"Email","primary":true},{"path":"b","namespace":"Email","primary":true}]}"#,
    ])
    func `an inlet with wrong params is refused`(params: String) async throws {
        try await FlowWorld.run { world in
            let answer = try await world.flow(
                .post,
                "/connections",
                InletConnectionTests.body(try JSONValue(parsing: params))
            )

            #expect(answer.status == 400)
            #expect(answer.errorCode == "FIELD_INVALID")
        }
    }
}
