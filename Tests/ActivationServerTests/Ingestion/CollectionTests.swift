import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

@Suite struct CollectionTests {
    private func message(_ dataset: String, _ entity: String, header: String = "") -> String {
        #"{"header":{"datasetId":"\#(dataset)"\#(header)},"body":{"xdmEntity":\#(entity)}}"#
    }

    private let record = #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"person":{"name":{"firstName":"Mira"}}}"#

    /// The one violation of a report.
    private func violation(_ answer: IngestWorld.Answer) -> JSONValue? {
        answer["report"]?["cause"]?["_streamingValidation"]?[0]
    }

    @Test func `A47 a batch over one megabyte is 413 and stores nothing`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let one = message(dataset, record)
            let count = Limits.collectionBytesMax / one.utf8.count + 1
            let body = #"{"messages":["# + Array(repeating: one, count: count).joined(separator: ",") + "]}"
            #expect(body.utf8.count > Limits.collectionBytesMax)

            let answer = try await world.send(.post, "/collection/batch/\(world.start.inletID)", body)
            let single = try await world.send(.post, "/collection/\(world.start.inletID)", body)

            #expect(answer.status == 413)
            #expect(single.status == 413)
            #expect(try await world.dependencies.engine.profileCount() == 0)
        }
    }

    @Test func `A48 one good and one bad message of a batch have their own results`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let body =
                #"{"messages":[\#(message(dataset, record)),\#(message(dataset, "{}")),\#(message("no", record))]}"#

            let answer = try await world.send(.post, "/collection/batch/\(world.start.inletID)", body)

            #expect(answer.status == 207)
            #expect(answer["inletId"]?.string == world.start.inletID)
            #expect(answer["receivedTimeMs"]?.int64 == world.dependencies.time.now().milliseconds)
            let batch = try #require(answer["batchId"]?.string)
            #expect(answer["responses"]?[0]?["xactionId"]?.string == "\(batch):0")
            #expect(answer["responses"]?[0]?["statusCode"] == nil)
            #expect(answer["responses"]?[1]?["statusCode"] == 400)
            #expect(answer["responses"]?[1]?["code"] == "IDENTITY_MISSING")
            #expect(answer["responses"]?[2]?["message"]?.string?.contains("\"no\"") == true)
            #expect(try await world.dependencies.engine.profileCount() == 1)
        }
    }

    @Test(arguments: [
        ("https://evil.example", 403), ("null", 403), ("", 403), ("https://shop.example.evil.example", 403),
        ("http://127.0.0.1", 200), ("HTTP://127.0.0.1", 200), (nil, 200),
    ])
    func `what a page that is not listed sends without asking is not stored`(_ origin: String?, _ status: Int)
        async throws
    {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let single = message(dataset, record)
            var headers = [(HTTPField.Name.contentType, "text/plain")]
            if let origin { headers.append((.origin, origin)) }

            for (path, body) in [("", single), ("batch/", "{\"messages\":[\(single)]}")] {
                for base in ["/collection/", "/data/foundation/import/collection/"] {
                    let url = "\(base)\(path)\(world.start.inletID)"
                    let answer = try await world.send(.post, url, body, headers: headers)
                    #expect(
                        answer.status == (status == 200 && path == "batch/" ? 207 : status),
                        "\(url) \(answer.text)"
                    )
                    #expect(answer.errorCode == (status == 403 ? "INLET_ORIGIN" : nil))
                }
            }
            #expect(try await world.dependencies.engine.profileCount() == (status == 403 ? 0 : 1))
        }
    }

    @Test func `A49 a bad record is 400 with a report and is dropped`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let bad = message(dataset, #"{"identityMap":{"Email":[{"id":17}]}}"#)
            for query in ["?syncValidation=true", "?synchronousValidation=true", ""] {
                let answer = try await world.send(.post, "/collection/\(world.start.inletID)\(query)", bad)

                #expect(answer.status == 400)
                #expect(answer.headers[.contentType] == "application/problem+json")
                #expect(answer["title"] == "Invalid XDM Message Format")
                #expect(answer["requestId"]?.string?.isEmpty == false)
                #expect(violation(answer)?["pointerToViolation"] == "#/identityMap/Email/0/id")
                #expect(violation(answer)?["keyword"] == "type")
                #expect(violation(answer)?["schemaLocation"] == "#")
            }
            #expect(try await world.dependencies.engine.profileCount() == 0)
        }
    }

    @Test func `the published path of imports is an inlet too`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let base = "/data/foundation/import/collection"
            let one = message(dataset, record)
            let other = message(dataset, record.replacing("a@x.org", with: "b@x.org"))

            let single = try await world.send(.post, "\(base)/\(world.start.inletID)?syncValidation=False", one)
            let batch = try await world.send(
                .post,
                "\(base)/batch/\(world.start.inletID)",
                #"{"messages":[\#(one),\#(other)]}"#
            )
            let unknown = try await world.send(.post, "\(base)/nobody", one)

            #expect(single.status == 200)
            #expect(single["syncValidation"] == ["skipped": true])
            #expect(batch.status == 207)
            #expect(unknown.errorCode == "INLET_UNKNOWN")
            #expect(try await world.dependencies.engine.profileCount() == 2)
        }
    }

    @Test func `a truth value that is none is refused before anything is stored`() async throws {
        try await IngestWorld.run { world in
            let body = message(try await world.makeDataset(), record)
            for name in ["syncValidation", "synchronousValidation"] {
                let refused = try await world.send(.post, "/collection/\(world.start.inletID)?\(name)=maybe", body)
                #expect(refused.errorCode == "QUERY_INVALID")
            }
            #expect(try await world.dependencies.engine.profileCount() == 0)
            let taken = try await world.send(.post, "/collection/\(world.start.inletID)?syncValidation=TRUE", body)
            #expect(taken["syncValidation"] == ["status": "pass"])
        }
    }

    @Test func `a good message is stored, and validation only changes what is answered`() async throws {
        try await IngestWorld.run { world in
            let body = message(try await world.makeDataset(), record)
            let path = "/collection/\(world.start.inletID)"

            let plain = try await world.send(.post, path, body)
            let asked = try await world.send(.post, path + "?syncValidation=true", body)
            let older = try await world.send(.post, path + "?synchronousValidation=true", body)

            #expect(plain.status == 200)
            #expect(plain["inletId"]?.string == world.start.inletID)
            #expect(plain["syncValidation"] == ["skipped": true])
            #expect(asked["syncValidation"] == ["status": "pass"])
            #expect(older["synchronousValidation"] == ["status": "pass"])
            let parts = plain["xactionId"]?.string?.split(separator: ":").compactMap { Int64($0) } ?? []
            #expect(parts.count == 3)
            #expect(parts.first == world.dependencies.time.now().milliseconds)
            #expect(plain["xactionId"] != asked["xactionId"])
            let profile = try await world.dependencies.engine.profile(Identity(namespace: "Email", value: "a@x.org"))
            #expect(profile != nil)
        }
    }

    @Test(arguments: [
        (#"[]"#, "#", "type"),
        (#"{"body":{"xdmEntity":{}}}"#, "#/header", "required"),
        (#"{"header":{"datasetId":"D"}}"#, "#/body", "required"),
        (#"{"header":[],"body":{"xdmEntity":{}}}"#, "#/header", "type"),
        (#"{"header":{"datasetId":"D"},"body":{}}"#, "#/body/xdmEntity", "required"),
        (#"{"header":{"datasetId":"D"},"body":{"xdmEntity":"x"}}"#, "#/body/xdmEntity", "type"),
        (#"{"header":{},"body":{"xdmEntity":{}}}"#, "#/header/datasetId", "required"),
        (#"{"header":{"datasetId":"gone"},"body":{"xdmEntity":{}}}"#, "#/header/datasetId", "enum"),
        (#"{"header":{"datasetId":"D","imsOrgId":"X@Org"},"body":{"xdmEntity":{}}}"#, "#/header/imsOrgId", "const"),
        (
            #"{"header":{"datasetId":"D","schemaRef":{"id":"https://x/other"}},"body":{"xdmEntity":{}}}"#,
            "#/header/schemaRef/id", "const"
        ),
        (#"{"header":"#, "#", "format"),
    ])
    func `a wrong envelope says where`(text: String, pointer: String, keyword: String) async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset(schema: "https://x/mine")
            let body = text.split(separator: "\"D\"", omittingEmptySubsequences: false).joined(
                separator: "\"\(dataset)\""
            )

            let answer = try await world.send(.post, "/collection/\(world.start.inletID)", body)

            #expect(answer.status == 400)
            #expect(violation(answer)?["pointerToViolation"]?.string == pointer)
            #expect(violation(answer)?["keyword"]?.string == keyword)
        }
    }

    @Test func `the organisation may be stated, and the schema when it is the dataset's`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset(schema: "https://x/mine")
            let header = #","imsOrgId":"\#(world.start.orgID)","schemaRef":{"id":"https://x/mine"}"#

            let answer = try await world.send(
                .post,
                "/collection/\(world.start.inletID)",
                message(dataset, record, header: header)
            )

            #expect(answer.status == 200)
        }
    }

    @Test func `an entity with a timestamp is an event, which counts once`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let entity = #"{"_id":"e1","timestamp":"2026-03-02T09:15:04Z","identityMap":{"Email":[{"id":"a@x.org"}]}}"#
            let noID = #"{"timestamp":"2026-03-02T09:15:04Z","identityMap":{"Email":[{"id":"a@x.org"}]}}"#
            let path = "/collection/\(world.start.inletID)"

            let first = try await world.send(.post, path, message(dataset, entity))
            let again = try await world.send(.post, path, message(dataset, entity))
            let refused = try await world.send(.post, path, message(dataset, noID))
            let class_ = #","schemaRef":{"id":"https://ns.adobe.com/xdm/context/experienceevent"}"#
            let byClass = try await world.send(.post, path, message(dataset, record, header: class_))

            #expect(first.status == 200)
            #expect(again.status == 200)
            #expect(violation(refused)?["code"] == "EVENT_ID_MISSING")
            #expect(violation(byClass)?["code"] == "EVENT_ID_MISSING")
            let events = try await world.dependencies.engine.events(
                Identity(namespace: "Email", value: "a@x.org"),
                limit: 10
            )
            #expect(events?.map(\.id) == ["e1"])
        }
    }

    @Test func `a batch is a list under messages`() async throws {
        try await IngestWorld.run { world in
            for body in ["[]", "{}", #"{"messages":{}}"#, #"{"messages":"#, ""] {
                let answer = try await world.send(.post, "/collection/batch/\(world.start.inletID)", body)
                #expect(answer.status == 400, "\(body)")
            }
            let empty = try await world.send(.post, "/collection/batch/\(world.start.inletID)", #"{"messages":[]}"#)
            #expect(empty.status == 207)
            #expect(empty["responses"] == [])
        }
    }

    @Test func `an inlet must exist, and wants a token unless it was made without`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let body = Array(message(dataset, record).utf8)
            let path = "/collection/\(world.start.inletID)"
            var open = Inlet.connectionBody(id: "open", name: "Open")
            open["auth"] = ["params": ["authenticationRequired": false]]
            let connection = open
            _ = try await world.dependencies.control.write { draft throws(APIError) in
                try draft.insert(.connection, body: connection)
            }

            let unknown = try await world.send(.post, "/collection/nobody", bytes: body)
            let without = try await world.send(.post, path, bytes: body, isSigned: false)
            let wrong = try await world.send(
                .post,
                path,
                bytes: body,
                headers: [(.authorization, "Bearer x.y.z")],
                isSigned: false
            )
            let free = try await world.send(.post, "/collection/open", bytes: body, isSigned: false)

            #expect(unknown.status == 404)
            #expect(without.status == 401)
            #expect(wrong.status == 403)
            #expect(free.status == 200)
        }
    }

    @Test func `an inlet's selectors stand in for identityMap`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            var body = Inlet.connectionBody(id: "selecting", name: "Selecting")
            body["auth"] = [
                "params": [
                    "authenticationRequired": false,
                    "identities": [["path": "workEmail.address", "namespace": "email", "primary": true]],
                ]
            ]
            let connection = body
            _ = try await world.dependencies.control.write { draft throws(APIError) in
                try draft.insert(.connection, body: connection)
            }

            let answer = try await world.send(
                .post,
                "/collection/selecting",
                message(dataset, #"{"workEmail":{"address":"w@x.org"}}"#)
            )

            #expect(answer.status == 200)
            let profile = try await world.dependencies.engine.profile(Identity(namespace: "Email", value: "w@x.org"))
            #expect(profile != nil)
        }
    }

    @Test func `a busy engine is 429 with Retry-After and a full disk 507`() async throws {
        for (code, status) in [(EngineError.Code.overloaded, 429), (.storageFull, 507), (.storage, 503)] {
            let engine = ScriptedEngine { _, _ throws(EngineError) in
                throw EngineError(code, "not now", retryAfterSeconds: 4)
            }
            try await IngestWorld.run(engine: engine) { world in
                let body = message(try await world.makeDataset(), record)

                let single = try await world.send(.post, "/collection/\(world.start.inletID)", body)
                let batch = try await world.send(
                    .post,
                    "/collection/batch/\(world.start.inletID)",
                    #"{"messages":[\#(body)]}"#
                )

                #expect(single.status == status)
                #expect(batch.status == status)
                if status != 507 { #expect(single.headers[.retryAfter] == "4") }
            }
        }
    }

    @Test func `a compressed message is expanded, up to the same megabyte`() async throws {
        try await IngestWorld.run { world in
            let body = message(try await world.makeDataset(), record)
            let path = "/collection/\(world.start.inletID)"
            let gzip: [(HTTPField.Name, String)] = [(.contentEncoding, "gzip")]
            let bomb = [UInt8](repeating: UInt8(ascii: " "), count: Limits.collectionBytesMax + 1)

            let good = try await world.send(.post, path, bytes: Gzip.compress(Array(body.utf8)), headers: gzip)
            let large = try await world.send(.post, path, bytes: Gzip.compress(bomb), headers: gzip)

            #expect(good.status == 200)
            #expect(large.status == 413)
        }
    }

    @Test func `values of identities and attributes never come back in an error`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            let entities = [
                #"{"identityMap":{"ECID":[{"id":"private-value"}]}}"#,
                #"{"identityMap":{"private-value":[{"id":"private-value"}]}}"#,
                #"{"identityMap":{"Email":[{"id":"private-value","primary":"private-value"}]}}"#,
                #"{"timestamp":"private-value","_id":"private-value","identityMap":{"Email":[{"id":"private-value"}]}}"#,
                #"{"identityMap":{"Email":[{"id":"private-value"}]},"a":private-value}"#,
            ]
            for entity in entities {
                let answer = try await world.send(
                    .post,
                    "/collection/\(world.start.inletID)",
                    message(dataset, entity)
                )
                #expect(answer.status == 400)
                #expect(!answer.text.contains("private"))
            }
        }
    }
}
