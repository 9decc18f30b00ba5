import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Audiences whose members are named by others (BEHAVIOUR 5.7).
@Suite(.timeLimit(.minutes(5))) struct ExternalAudienceTests {
    private static let path = "/data/core/ups/audiences"
    private static let definitions = "/data/core/ups/segment/definitions"
    private static let datasets = "/data/foundation/catalog/dataSets"
    private static let day: Int64 = 86_400_000

    private func make(_ world: IngestWorld, _ more: JSONObject = [:]) async throws -> IngestWorld.Answer {
        var body: JSONObject = ["name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"]
        for (key, value) in more { body[key] = value }
        return try await world.send(.post, Self.path, JSONValue.object(body).text)
    }

    private func made(_ world: IngestWorld, _ more: JSONObject = [:]) async throws -> String {
        let answer = try await make(world, more)
        return try #require(answer["id"]?.string, "\(answer.text)")
    }

    private func members(_ world: IngestWorld, _ id: String) async throws -> Int64? {
        try await world.send(.get, "\(Self.path)/\(id)")["memberCount"]?.int64
    }

    private func name(
        _ world: IngestWorld,
        _ method: HTTPRequest.Method,
        _ id: String,
        _ lines: String...
    ) async throws -> IngestWorld.Answer {
        try await world.send(method, "/v1/audiences/\(id)/members", lines.joined(separator: "\n"))
    }

    // MARK: The object

    @Test func `an external audience is made, shown and listed by the newer door alone`() async throws {
        try await IngestWorld.run { world in
            let made = try await make(world, ["description": "from the CRM", "tags": ["crm"]])
            let id = try #require(made["id"]?.string, "\(made.text)")
            #expect(made["type"] == "ExternalSegment" && made["originName"] == "CUSTOM_UPLOAD")
            #expect(made["namespace"] == "CustomerAudienceUpload" && made["audienceId"] == "crm_gold")
            #expect(made["ttlInDays"] == 30 && made["edition"] == 0 && made["lastEdition"] == 0)
            #expect(made["lifecycleState"] == "published" && made["expireTime"] == nil)
            #expect(made["expression"] == nil && made["evaluationInfo"] == nil && made["evaluationExplanation"] == nil)
            #expect(made["mergePolicyId"] != nil && made["memberCount"] == 0)

            let shown = try await world.send(.get, "\(Self.path)/\(id)")
            #expect(shown["tags"] == ["crm"] && shown["description"] == "from the CRM")
            let listed = try await world.send(.get, "\(Self.path)?property=type==ExternalSegment")
            #expect(listed["children"]?.array?.map { $0["id"] } == [.string(id)])
            #expect(
                try await world.send(.get, "\(Self.path)?property=audienceId==crm_gold")["_page"]?["totalCount"] == 1
            )

            #expect(try await world.send(.get, Self.definitions)["segments"] == [])
            for method in [HTTPRequest.Method.get, .patch, .delete] {
                let body = method == .patch ? #"{"name":"x"}"# : nil
                let hidden = try await world.send(method, "\(Self.definitions)/\(id)", body)
                #expect(hidden.errorCode == "DEFINITION_UNKNOWN")
                #expect(hidden["detail"]?.string?.contains(Self.path) == true)
            }
            #expect(try await world.send(.get, "\(Self.path)/\(id)")["name"] == "crm")
        }
    }

    @Test func `an external audience has a dataset of its name, which is changed with it alone`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset("other")
            let made = try await make(world)
            let id = try #require(made["id"]?.string, "\(made.text)")
            let own = try #require(made["datasetId"]?.string)
            let shown = try await world.send(.get, "\(Self.datasets)/\(own)")
            #expect(shown[own]?["name"] == "crm" && shown[own]?["audienceId"] == .string(id), "\(shown.text)")
            #expect(shown[own]?["classification"]?["managedBy"] == "SYSTEM")
            let listed = try await world.send(.get, Self.datasets)
            #expect(listed[own] == shown[own] && listed[dataset]?["name"] == "other")
            let pages = [
                try await world.send(.get, "\(Self.datasets)?limit=1"),
                try await world.send(.get, "\(Self.datasets)?limit=1&start=1"),
            ]
            #expect(pages[0][own] == nil && pages[1][own] == shown[own])

            // Nothing is written to it but the members that files name.
            let patched = try await world.send(.patch, "\(Self.datasets)/\(own)", #"{"name":"x"}"#)
            #expect(patched.errorCode == "DATASET_OF_AUDIENCE" && patched.status == 409)
            let line = #"{"identityMap":{"email":[{"id":"a@x.example"}]}}"#
            let sent = try await world.send(.post, "/v1/profiles?dataset=\(own)", line)
            #expect(sent.errorCode == "DATASET_OF_AUDIENCE", "\(sent.text)")

            let change = #"[{"op":"replace","path":"/name","value":"other crm"}]"#
            _ = try await world.send(.patch, "\(Self.path)/\(id)", change)
            #expect(try await world.send(.get, "\(Self.datasets)/\(own)")[own]?["name"] == "other crm")
            _ = try await world.send(.delete, "\(Self.path)/\(id)")
            #expect(try await world.send(.get, "\(Self.datasets)/\(own)").errorCode == "DATASET_UNKNOWN")
            #expect(try await world.send(.get, Self.datasets)[own] == nil)
        }
    }

    @Test(arguments: [
        (#"{"audienceId":null}"#, "audienceId"), (#"{"audienceId":"7up"}"#, "audienceId"),
        (#"{"audienceId":"a b"}"#, "audienceId"), (#"{"audienceId":"a-b"}"#, "audienceId"),
        (#"{"audienceId":""}"#, "audienceId"), (#"{"namespace":"ups"}"#, "namespace"),
        (#"{"namespace":"aepsegments"}"#, "namespace"), (#"{"namespace":"a b"}"#, "namespace"),
        (#"{"ttlInDays":0}"#, "ttlInDays"), (#"{"ttlInDays":91}"#, "ttlInDays"), (#"{"ttlInDays":-1}"#, "ttlInDays"),
        (#"{"expression":{"type":"PQL","format":"pql/text","value":"age > 2"}}"#, "expression"),
        (#"{"name":null}"#, "name"),
    ])
    func `what it cannot be is refused by name, and nothing is made`(more: String, field: String) async throws {
        try await IngestWorld.run { world in
            let members = try JSONValue(parsing: Array(more.utf8)).object ?? [:]
            let refused = try await make(world, members)
            #expect(refused.status == 400 && refused.errorCode == "FIELD_INVALID", "\(refused.text)")
            #expect(refused["detail"]?.string?.contains(field) == true)
            #expect(try await world.send(.get, Self.path)["children"] == [])
        }
    }

    @Test(arguments: [Int64(1), 30, 90]) func `the days of an expiry have their bounds`(days: Int64) async throws {
        try await IngestWorld.run { world in
            let made = try await make(world, ["ttlInDays": .integer(days)])
            #expect(made["ttlInDays"] == .integer(days))
        }
    }

    @Test func `what others call it is unique within its namespace, and never changes`() async throws {
        try await IngestWorld.run { world in
            let id = try await made(world)
            let taken = try await make(world, ["name": "other", "namespace": "CUSTOMERAUDIENCEUPLOAD"])
            #expect(taken.status == 409 && taken.errorCode == "NAME_TAKEN")
            #expect(try await make(world, ["name": "other", "namespace": "aam"]).status == 200)
            #expect(try await make(world, ["name": "third", "audienceId": "CRM_gold"]).status == 200)

            let path = "\(Self.path)/\(id)"
            for (member, value) in [("audienceId", "else"), ("namespace", "aam"), ("type", "SegmentDefinition")] {
                let moved: JSONValue = ["name": "crm", member: .string(value)]
                #expect(try await world.send(.put, path, moved.text).errorCode == "FIELD_INVALID", "\(member)")
                let patch: JSONValue = [["op": "replace", "path": .string("/\(member)"), "value": .string(value)]]
                #expect(try await world.send(.patch, path, patch.text).errorCode == "1411-400", "\(member)")
            }
            let shown = try await world.send(.get, path)
            #expect(shown["audienceId"] == "crm_gold" && shown["namespace"] == "CustomerAudienceUpload")
            // What was read may be sent back.
            let put = try await world.send(.put, path, shown.text)
            #expect(put.status == 200 && put["edition"] == 0 && put["version"] == 2, "\(put.text)")
            let patched = try await world.send(
                .patch,
                path,
                #"[{"op":"replace","path":"/ttlInDays","value":7},{"op":"replace","path":"/name","value":"CRM"}]"#
            )
            #expect(patched["ttlInDays"] == 7 && patched["name"] == "CRM" && patched["type"] == "ExternalSegment")
        }
    }

    @Test func `one that is made of a rule stays so, and has nothing to preview or to copy here`() async throws {
        try await IngestWorld.run { world in
            let rule = try await world.send(.post, Self.path, #"{"name":"r","expression":{"value":"age > 2"}}"#)
            let path = "\(Self.path)/\(rule["id"]?.string ?? "")"
            let turned = try await world.send(.put, path, #"{"name":"r","type":"ExternalSegment","audienceId":"x"}"#)
            #expect(turned.status == 400, "\(turned.text)")
            #expect(try await world.send(.get, path)["expression"]?["value"] == "age > 2")

            let id = try await made(world)
            let preview: JSONValue = ["predicateExpression": "age > 2", "audienceId": .string(id)]
            #expect(try await world.send(.post, "/data/core/ups/preview", preview.text).errorCode == "FIELD_INVALID")
            let door = try await world.send(
                .post,
                Self.definitions,
                #"{"name":"x","type":"ExternalSegment","audienceId":"y"}"#
            )
            #expect(door.errorCode == "AUDIENCE_TYPE_UNSUPPORTED")
        }
    }

    @Test(arguments: [("published", "inactive", 200), ("published", "draft", 409), ("draft", "published", 200)])
    func `it has the states that every audience has`(from: String, to: String, status: Int) async throws {
        try await IngestWorld.run { world in
            let id = try await made(world, ["lifecycleState": .string(from)])
            let patch: JSONValue = [["op": "replace", "path": "/lifecycleState", "value": .string(to)]]
            let moved = try await world.send(.patch, "\(Self.path)/\(id)", patch.text)
            #expect(moved.status == status, "\(moved.text)")
        }
    }

    // MARK: Members

    @Test func `members are named by lines, each by itself, and withdrawn`() async throws {
        try await IngestWorld.run { world in
            let id = try await made(world)
            let named = try await name(
                world,
                .put,
                id,
                #"{"namespace":"Email","id":"a@x.example"}"#,
                #"{"identityMap":{"Email":[{"id":"b@x.example"}]},"payload":{"payloadType":"boolean","payloadBooleanValue":true}}"#,
                #"{"namespace":"Nobody","id":"c@x.example"}"#,
                #"{"namespace":"Email"}"#,
                #"{"namespace":"Email","id":"d@x.example","validUntil":"2020-01-01T00:00:00Z"}"#,
                "[]"
            )
            #expect(named.status == 200 && named["accepted"] == 2 && named["failed"] == 4, "\(named.text)")
            #expect(
                named["errors"]?.array?.map { $0["code"] }
                    == ["NAMESPACE_UNKNOWN", "IDENTITY_MISSING", "MEMBERSHIP_INVALID", "NOT_AN_OBJECT"],
                "\(named.text)"
            )
            #expect(named["errors"]?.array?.map { $0["line"] } == [3, 4, 5, 6])
            #expect(!named.text.contains("x.example"))
            #expect(try await members(world, id) == 2)

            let withdrawn = try await name(world, .delete, id, #"{"namespace":"Email","id":"a@x.example"}"#)
            #expect(withdrawn["accepted"] == 1)
            #expect(try await members(world, id) == 1)
        }
    }

    @Test func `an audience that nobody can be named for refuses the whole request`() async throws {
        try await IngestWorld.run { world in
            let line = #"{"namespace":"Email","id":"a@x.example"}"#
            let rule = try await world.send(.post, Self.path, #"{"name":"r","expression":{"value":"age > 2"}}"#)
            let inactive = try await made(world, ["lifecycleState": "inactive"])
            for method in [HTTPRequest.Method.put, .delete] {
                let refused = try await name(world, method, rule["id"]?.string ?? "", line)
                #expect(refused.status == 409 && refused.errorCode == "AUDIENCE_NOT_EXTERNAL")
                #expect(try await name(world, method, inactive, line).errorCode == "AUDIENCE_STATE_CONFLICT")
                let unknown = "00000000-0000-0000-0000-000000000000"
                #expect(try await name(world, method, unknown, line).errorCode == "DEFINITION_UNKNOWN")
            }
        }
    }

    @Test func `who is named without an end stays for 30 days, else until then`() async throws {
        try await IngestWorld.run { world in
            let id = try await made(world)
            let soon = Timestamp(milliseconds: world.dependencies.time.now().milliseconds + Self.day).rfc3339
            _ = try await name(
                world,
                .put,
                id,
                #"{"namespace":"Email","id":"a@x.example"}"#,
                #"{"namespace":"Email","id":"b@x.example","validUntil":"\#(soon)"}"#
            )
            let explained = try await world.send(.get, "/v1/explain?audience=\(id)&namespace=Email&value=a@x.example")
            #expect(
                explained["qualifies"] == true && explained["membership"]?["status"] == "realized",
                "\(explained.text)"
            )
            let rule = explained["rule"]
            #expect(rule?["kind"] == "condition" && rule?["condition"] == 1 && rule?["holds"] == true)
            let end = Timestamp(milliseconds: world.dependencies.time.now().milliseconds + 30 * Self.day).rfc3339
            #expect(explained["changesAt"] == .string(end))
            #expect(
                rule?["statements"] == [
                    [
                        "namespace": "Email", "edition": 0, "counts": true, "validUntil": .string(end),
                        "statedAt": .string(world.dependencies.time.now().rfc3339),
                    ]
                ]
            )
            let other = try await world.send(.get, "/v1/explain?audience=crm&namespace=Email&value=b@x.example")
            #expect(other["changesAt"] == .string(soon))
            _ = try await world.send(
                .post,
                "/v1/profiles",
                #"{"identityMap":{"Email":[{"id":"c@x.example"}]},"age":3}"#
            )
            let nobody = try await world.send(.get, "/v1/explain?audience=crm&namespace=Email&value=c@x.example")
            #expect(nobody["qualifies"] == false && nobody["rule"]?["statements"] == nil)
            #expect(nobody["reversal"]?["conditions"] == [1])
        }
    }
}
