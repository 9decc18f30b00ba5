import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct DatasetTests {
    private let path = "/data/foundation/catalog/dataSets"

    @Test func `a dataset is made from a name and listed under its id`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(
                .post,
                path,
                #"{"name":"CRM","schemaRef":{"id":"https://x/s","contentType":"c"},"tags":{"a":["b"]},"id":"mine"}"#
            )
            let reference = try #require(created.json[0]?.string)
            let id = String(reference.dropFirst("@/dataSets/".count))
            let list = try await world.send(.get, path)
            let one = try await world.send(.get, "\(path)/\(id)")

            #expect(created.status == 201)
            #expect(reference.hasPrefix("@/dataSets/"))
            #expect(id.count == 24)
            #expect(list[id]?["name"] == "CRM")
            #expect(list[id]?["schemaRef"]?["id"] == "https://x/s")
            #expect(list[id]?["tags"] == ["a": ["b"], "adobe/pqs/table": ["crm"]])
            #expect(list[id]?["classification"] == ["managedBy": "CUSTOMER"])
            #expect(list[id]?["sandboxId"]?.string == world.dependencies.control.sandboxID)
            #expect(list[id]?["version"] == "1.0.0")
            #expect(list[id]?["id"] == nil)
            #expect(list[id]?["imsOrg"]?.string == world.start.orgID)
            #expect(one.json == list.json)
            #expect(try await world.send(.get, path + "/none").status == 404)
        }
    }

    @Test func `a dataset of a class itself says what it holds`() async throws {
        try await IngestWorld.run { world in
            for (schema, behavior) in [
                ("https://ns.adobe.com/xdm/context/profile", "record"),
                ("https://ns.adobe.com/xdm/context/experienceevent", "time-series"),
            ] {
                let id = try await world.makeDataset("of \(behavior)", schema: schema)
                let shown = try await world.send(.get, "\(path)/\(id)")
                #expect(shown[id]?["classification"]?["dataBehavior"]?.string == behavior)
            }
        }
    }

    @Test func `a dataset is changed by members or by JSON Patch, and says how long events stay`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("web")
            func shown() async throws -> JSONValue? { try await world.send(.get, "\(path)/\(id)").json[id] }
            func expiration() async throws -> JSONValue? {
                try await shown()?["extensions"]?["adobe_unifiedProfile"]?["rowExpiration"]?["ttlValue"]
            }
            func expires(_ days: String) -> String {
                #"{"extensions":{"adobe_unifiedProfile":{"rowExpiration":{"ttlValue":\#(days)}}}}"#
            }
            func body(_ number: Int, timestamp: String) -> String {
                let entity =
                    #"{"identityMap":{"Email":[{"id":"m@x"}]},"_id":"\#(number)","timestamp":"\#(timestamp)"}"#
                return entity
            }

            let changed = try await world.send(.patch, "\(path)/\(id)", expires(#""P30D""#))
            #expect(changed.status == 200)
            #expect(changed.json == [.string("@/dataSets/\(id)")])
            #expect(try await expiration() == "P30D")
            #expect(try await shown()?["name"] == "web")

            let old = try await world.send(.post, "/v1/events?dataset=web", body(1, timestamp: "2026-01-01T00:00:00Z"))
            #expect(old["accepted"] == 0)
            #expect(old["errors"]?[0]?["code"] == "EVENT_EXPIRED")

            _ = try await world.send(.patch, "\(path)/\(id)", #"[{"op":"add","path":"/description","value":"d"}]"#)
            #expect(try await shown()?["description"] == "d")
            #expect(try await expiration() == "P30D")
            _ = try await world.send(.patch, "\(path)/\(id)", expires("null"))
            #expect(try await expiration() == nil)
            let kept = try await world.send(.post, "/v1/events?dataset=web", body(2, timestamp: "2026-01-01T00:00:00Z"))
            #expect(kept["accepted"] == 1)

            for (refused, status) in [
                (expires(#""30 days""#), 400), (expires(#""P0D""#), 400), (expires("30"), 400), (#"{"name":""}"#, 400),
                (#"{"name":null}"#, 400), ("7", 400), (#"[{"op":"remove","path":"/name"}]"#, 400),
            ] {
                #expect(try await world.send(.patch, "\(path)/\(id)", refused).status == status, "\(refused)")
            }
            #expect(try await world.send(.patch, "\(path)/none", #"{"name":"x"}"#).status == 404)
            #expect(try await shown()?["name"] == "web")
        }
    }

    @Test(arguments: [
        (#"{"name":"renamed","created":5}"#, "FIELD_INVALID"), (#"{"name":"renamed","imsOrg":"x"}"#, "FIELD_INVALID"),
        (#"{"name":"renamed","createdUser":"x"}"#, "FIELD_INVALID"), (#"{"version":"7"}"#, "FIELD_INVALID"),
        (#"[{"op":"add","path":"/name","value":"r"},{"op":"add","path":"/id","value":"x"}]"#, "1411-400"),
        (#"[{"op":"add","path":"/eventExpirationSince","value":5}]"#, "1411-400"),
        (#"[{"op":"replace","path":"","value":{"name":"r"}}]"#, "1411-400"),
    ])
    func `what only the server sets of a dataset does not change`(body: String, code: String) async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("web")
            let before = try await world.send(.get, "\(path)/\(id)").json

            let answer = try await world.send(.patch, "\(path)/\(id)", body)
            var whole = try #require(before[id]?.object)
            let isKept = try await world.send(.get, "\(path)/\(id)").json == before
            whole["name"] = "web 2"
            let sentBack = try await world.send(.patch, "\(path)/\(id)", JSONValue.object(whole).text)

            #expect(answer.status == 400)
            #expect(answer.errorCode == code)
            #expect(isKept)
            #expect(sentBack.status == 200)
            #expect(try await world.send(.get, "\(path)/\(id)").json[id]?["name"] == "web 2")
        }
    }

    @Test func `the time that events stay counts from when it was set, whatever else changes`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("web")
            func expires(_ days: String) async throws -> Int64? {
                _ = try await world.send(
                    .patch,
                    "\(path)/\(id)",
                    #"{"extensions":{"adobe_unifiedProfile":{"rowExpiration":{"ttlValue":\#(days)}}}}"#
                )
                return try await since()
            }
            func since() async throws -> Int64? {
                try await world.send(.get, "\(path)/\(id)").json[id]?["eventExpirationSince"]?.int64
            }
            func version() -> String? { world.dependencies.control.snapshot.eventExpirations.version }

            #expect(try await since() == nil)
            let first = try #require(try await expires(#""P30D""#))
            let firstVersion = version()
            _ = try await world.send(
                .patch,
                "\(path)/\(id)",
                #"{"description":"d","eventExpirationSince":5,"name":"web 2"}"#
            )
            #expect(try await expires(#""P30D""#) == first)
            #expect(version() == firstVersion)
            let second = try #require(try await expires("null"))
            #expect(second > first)
            #expect(version() == nil)
            #expect(try #require(try await expires(#""P30D""#)) > second)
            #expect(version() != firstVersion)
        }
    }

    @Test(arguments: [
        ("P1D", 1), ("P9999D", 9_999), ("P2W", 14), ("P3M", 90), ("P1Y", 365), ("P0D", nil), ("PT1H", nil), ("P1", nil),
        ("P", nil), ("P10000D", nil), ("P01D", nil), ("p1D", nil), ("P1D ", nil), ("P-1D", nil),
    ]) func `how long events stay is a count of one unit`(text: String, days: Int?) {
        #expect(EventExpiration(text)?.days == days)
    }

    @Test func `datasets come in pages when asked`() async throws {
        try await IngestWorld.run { world in
            for number in 0..<5 { _ = try await world.makeDataset("dataset \(number)") }
            func count(_ query: String) async throws -> Int? {
                try await world.send(.get, path + query).json.object?.keys.count
            }

            #expect(try await count("") == 5)
            #expect(try await count("?limit=2") == 2)
            #expect(try await count("?limit=2&start=4") == 1)
            #expect(try await count("?limit=100&start=5") == 0)
            #expect(try await world.send(.get, path + "?limit=0").status == 400)
        }
    }

    @Test func `a dataset can be named by id or by name when lines come in`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("CRM")
            let record = #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":1}"#
            _ = try await world.send(.post, "/v1/profiles?dataset=CRM", record)
            _ = try await world.send(.post, "/v1/profiles?dataset=\(id)", record)

            #expect(try await world.send(.get, path).json.object?.keys == [id])
            let profile = try await world.dependencies.engine.profile(Identity(namespace: "Email", value: "a@x.org"))
            #expect(profile?.datasets == [id])
        }
    }

    private func record(_ person: String, step: Int, _ date: String) -> String {
        """
        {"identityMap":{"Email":[{"id":"\(person)@x.org"}]},"step":\(step),\
        "extSourceSystemAudit":{"lastUpdatedDate":\(date)}}

        """
    }

    @Test func `a dataset may let its records say when they were written`() async throws {
        try await IngestWorld.run { world in
            _ = try await world.send(.post, path, #"{"name":"Source","usesSourceTime":true}"#)
            let lines =
                record("a", step: 2, #""2020-01-02T00:00:00Z""#) + record("a", step: 1, #""2020-01-01T00:00:00Z""#)
            let source = try await world.send(.post, "/v1/profiles?dataset=Source", lines)
            let wrong = try await world.send(.post, "/v1/profiles?dataset=Source", record("a", step: 3, "17"))
            let other = try await world.send(
                .post,
                "/v1/profiles?dataset=Other",
                lines.replacing("a@x.org", with: "b@x.org")
            )
            func step(_ person: String) async throws -> JSONValue? {
                let query = "schema.name=_xdm.context.profile&entityIdNS=Email&entityId=\(person)@x.org"
                let answer = try await world.send(.get, "/data/core/ups/access/entities?\(query)")
                return answer.json.object?.keys.first.flatMap { answer[$0]?["entity"]?["step"] }
            }

            #expect(source["accepted"] == 2)
            #expect(wrong["errors"]?[0]?["code"] == "TIMESTAMP_INVALID")
            #expect(other["accepted"] == 2)
            #expect(try await step("a") == 2, "the older write came later")
            #expect(try await step("b") == 1, "the later admission counts")
        }
    }

    @Test(arguments: [
        "[]", "{}", #"{"name":""}"#, #"{"name":3}"#, #"{"name":"a","schemaRef":"x"}"#,
        #"{"name":"a","usesSourceTime":1}"#,
    ])
    func `a dataset that cannot be is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.post, path, body)

            #expect(answer.status == 400)
        }
    }
}
