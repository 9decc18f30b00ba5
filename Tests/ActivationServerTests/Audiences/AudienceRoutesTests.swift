import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Definitions by their newer door (BEHAVIOUR 5.1).
@Suite struct AudienceRoutesTests {
    private static let path = "/data/core/ups/audiences"
    private static let definitions = "/data/core/ups/segment/definitions"

    private func make(
        _ world: IngestWorld,
        _ name: String,
        _ more: JSONObject = [:]
    ) async throws -> IngestWorld.Answer {
        var body: JSONObject = ["name": .string(name), "expression": ["value": "age > 2"]]
        for (key, value) in more { body[key] = value }
        return try await world.send(.post, Self.path, JSONValue.object(body).text)
    }

    private func names(_ world: IngestWorld, _ query: String) async throws -> [String]? {
        let answer = try await world.send(.get, "\(Self.path)?sort=name:asc&\(query)")
        return answer["children"]?.array?.compactMap { $0["name"]?.string }
    }

    // MARK: The object

    @Test func `an audience that is made here is a definition there, and the other way round`() async throws {
        try await IngestWorld.run { world in
            let made = try await make(
                world,
                "gold",
                [
                    "type": "SegmentDefinition", "labels": ["core/C1"], "ttlInDays": 60, "tags": ["spring", "spring"],
                    "schema": ["name": "_xdm.context.profile"], "profileInstanceId": "ups",
                    "description": "Last 30 days",
                ]
            )
            let id = try #require(made["id"]?.string)
            #expect(made.status == 200)
            #expect(made["audienceId"] == .string(id))
            #expect(made["type"] == "SegmentDefinition" && made["namespace"] == "AEPSegments")
            #expect(made["originName"] == "REAL_TIME_CUSTOMER_PROFILE" && made["isSystem"] == false)
            #expect(made["labels"] == ["core/C1"] && made["tags"] == ["spring"] && made["ttlInDays"] == 60)
            #expect(made["lifecycleState"] == "published" && made["version"] == 1)
            #expect(made["dependents"] == [] && made["dependencies"] == [])
            #expect(made["creationTime"]?.int64 == world.dependencies.time.now().milliseconds)
            #expect(made["createEpoch"]?.int64 == world.dependencies.time.now().milliseconds / 1_000)
            #expect(made["metrics"]?["data"]?["totalProfiles"] == 0)
            #expect(made.headers[.eTag] == made["_etag"]?.string)

            let there = try await world.send(.get, "\(Self.definitions)/\(id)")
            #expect(there["tags"] == ["spring"] && there["description"] == "Last 30 days")
            #expect(there["type"] == nil && there["audienceId"] == nil)

            let other = try await world.send(.post, Self.definitions, #"{"name":"b","expression":{"value":"a = 1"}}"#)
            let here = try await world.send(.get, "\(Self.path)/\(other["id"]?.string ?? "")")
            #expect(here["type"] == "SegmentDefinition" && here["tags"] == [] && here["labels"] == [])
        }
    }

    @Test(arguments: [("type", "Composition"), ("namespace", "aam"), ("originName", "CUSTOM_UPLOAD")])
    func `an audience of a rule comes from nowhere else`(member: String, value: String) async throws {
        try await IngestWorld.run { world in
            for path in [Self.path, Self.definitions] {
                let body: JSONValue = ["name": "other", "expression": ["value": "a = 1"], member: .string(value)]
                let refused = try await world.send(.post, path, body.text)
                #expect(refused.status == 400)
                #expect(["AUDIENCE_TYPE_UNSUPPORTED", "FIELD_INVALID"].contains(refused.errorCode), "\(refused.text)")
            }
        }
    }

    @Test(arguments: [
        #"{"tags":"spring"}"#, #"{"tags":[1]}"#, #"{"tags":[""]}"#, #"{"labels":{}}"#, #"{"lifecycleState":7}"#,
        #"{"lifecycleState":"active"}"#, #"{"ttlInDays":"x"}"#,
    ])
    func `a member that cannot be right is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let id = try #require(try await make(world, "gold")["id"]?.string)
            let refused = try await world.send(.patch, "\(Self.definitions)/\(id)", body)
            #expect(refused.status == 400)
            #expect(refused.errorCode == "FIELD_INVALID")
        }
    }

    @Test func `a tag has its bounds`() async throws {
        try await IngestWorld.run { world in
            let many = JSONValue.array((0...ServerLimits.tagsMax).map { .string("t\($0)") })
            let long = JSONValue.array([.string(String(repeating: "a", count: ServerLimits.tagCharactersMax + 1))])
            for tags in [many, long] {
                let refused = try await make(world, "gold", ["tags": tags])
                #expect(refused.errorCode == "FIELD_INVALID")
            }
        }
    }

    // MARK: Changes

    @Test func `a patch edits members, and leaves the others`() async throws {
        try await IngestWorld.run { world in
            let made = try await make(world, "gold", ["tags": ["spring"], "custom": ["kept": true]])
            let path = "\(Self.path)/\(made["id"]?.string ?? "")"
            let patch = #"""
                [{"op":"add","path":"/expression","value":{"type":"PQL","format":"pql/text","value":"age > 9"}},
                 {"op":"add","path":"/tags/-","value":"new"},{"op":"replace","path":"/name","value":"golden"}]
                """#
            let changed = try await world.send(.patch, path, patch)
            #expect(changed.status == 200, "\(changed.text)")
            #expect(changed["expression"]?["value"] == "age > 9" && changed["name"] == "golden")
            #expect(changed["tags"] == ["spring", "new"] && changed["custom"] == ["kept": true])
            #expect(changed["version"] == 2 && changed["_etag"] != made["_etag"])
            #expect(changed["mergePolicyId"] == made["mergePolicyId"])
        }
    }

    @Test(arguments: [
        (#"[{"op":"add","path":"/id","value":"x"}]"#, "1411-400"),
        (#"[{"op":"remove","path":"/_etag"}]"#, "1411-400"),
        (#"[{"op":"replace","path":"","value":{}}]"#, "1411-400"),
        (#"[{"op":"replace","path":"/nothing","value":1}]"#, "1455-400"),
        (#"[{"op":"move","path":"/name","value":1}]"#, "1434-400"),
        (#"[{"op":"remove","path":"/name"}]"#, "FIELD_INVALID"),
        (#"[{"op":"add","path":"/expression","value":{"value":"age >"}}]"#, "PQL_INVALID"),
        (#"{"name":"x"}"#, "PATCH_REFUSED"), ("[]", "1405-400"),
    ])
    func `a patch that cannot be made changes nothing`(patch: String, code: String) async throws {
        try await IngestWorld.run { world in
            let made = try await make(world, "gold")
            let path = "\(Self.path)/\(made["id"]?.string ?? "")"
            let refused = try await world.send(.patch, path, patch)
            #expect(refused.status == 400)
            #expect(refused.errorCode == code, "\(refused.text)")
            #expect(try await world.send(.get, path)["version"] == 1)
        }
    }

    @Test func `a put replaces all but the state`() async throws {
        try await IngestWorld.run { world in
            let made = try await make(world, "gold", ["tags": ["spring"], "lifecycleState": "draft", "custom": 1])
            let path = "\(Self.path)/\(made["id"]?.string ?? "")"
            let put = try await world.send(.put, path, #"{"name":"golden","expression":{"value":"age > 9"}}"#)
            #expect(put.status == 200, "\(put.text)")
            #expect(put["name"] == "golden" && put["tags"] == [] && put["custom"] == nil)
            #expect(put["lifecycleState"] == "draft" && put["id"] == made["id"])
            let published = try await world.send(
                .put,
                path,
                #"{"name":"golden","expression":{"value":"age > 9"},"lifecycleState":"published"}"#
            )
            #expect(published["lifecycleState"] == "published")
            #expect(try await world.send(.put, path, #"{"name":"golden"}"#).errorCode == "FIELD_INVALID")
            let moved = try await world.send(
                .put,
                path,
                #"{"name":"g","expression":{"value":"a = 1"},"audienceId":"other"}"#
            )
            #expect(moved.errorCode == "FIELD_INVALID")
            // What was read may be sent back.
            let read = try await world.send(.get, path)
            #expect(try await world.send(.put, path, read.text).status == 200)
        }
    }

    @Test func `a version that was named has to be the present one`() async throws {
        try await IngestWorld.run { world in
            let made = try await make(world, "gold")
            let path = "\(Self.path)/\(made["id"]?.string ?? "")"
            let tag = try #require(made["_etag"]?.string)
            let patch = #"[{"op":"add","path":"/description","value":"x"}]"#
            let first = try await world.send(.patch, path, patch, headers: [(.ifMatch, tag)])
            #expect(first.status == 200)
            #expect(try await world.send(.patch, path, patch, headers: [(.ifMatch, tag)]).errorCode == "1404-412")
            #expect(try await world.send(.delete, path, headers: [(.ifMatch, tag)]).errorCode == "1404-412")
            let now = try #require(first["_etag"]?.string)
            #expect(try await world.send(.delete, path, headers: [(.ifMatch, now)]).status == 204)
            #expect(try await world.send(.get, path).errorCode == "DEFINITION_UNKNOWN")
        }
    }

    // MARK: Lists

    @Test func `a list is filtered, sorted and paged`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            let gold = try await make(world, "Gold club", ["tags": ["spring", "a,b"], "description": "The BEST"])
            clock.advance(by: 1)
            _ = try await make(world, "golf", ["tags": ["spring"], "lifecycleState": "draft"])
            clock.advance(by: 1)
            _ = try await make(world, "silver", ["lifecycleState": "inactive", "labels": ["core/C1"]])
            let id = gold["id"]?.string ?? ""
            for (query, found) in [
                ("", ["Gold club", "golf", "silver"]),
                ("property=audienceId==\(id)", ["Gold club"]),
                ("property=lifecycleState==published", ["Gold club"]),
                ("property=lifecycleState!=published", ["golf", "silver"]),
                ("property=lifecycleState==draft,inactive", ["golf", "silver"]),
                ("property=name~%5Egol", ["golf"]), ("property=name~ol", ["Gold club", "golf"]),
                ("property=tags==spring", ["Gold club", "golf"]),
                ("property=tags==spring&property=lifecycleState==draft", ["golf"]),
                ("property=tags!=spring", ["silver"]), ("property=tags~%5Espr", ["Gold club", "golf"]),
                ("property=labels==core/C1", ["silver"]), ("property=type==SegmentDefinition&name=silv", ["silver"]),
                ("property=type==ExternalSegment", []), ("name=GOL", ["Gold club", "golf"]),
                ("description=best", ["Gold club"]), ("entityType=_xdm.context.profile&name=golf", ["golf"]),
                ("property=version==1&name=golf", ["golf"]),
            ] {
                #expect(try await names(world, query) == found, "\(query)")
            }
            let page = try await world.send(.get, "\(Self.path)?sort=name:asc&limit=2&withMetrics=true")
            #expect(page["_page"] == ["totalCount": 3, "pageSize": 2, "next": "2"])
            let next = try #require(page["_links"]?["next"]?["href"]?.string)
            #expect(next.hasPrefix("@/audiences?") && next.contains("start=2") && next.contains("withMetrics=true"))
            #expect(page["children"]?[0]?["metrics"]?["data"]?["totalProfiles"] == 0)
            let last = try await world.send(.get, Self.path + next.dropFirst("@/audiences".count))
            #expect(last["children"]?.array?.compactMap { $0["name"]?.string } == ["silver"])
            #expect(last["_page"] == ["totalCount": 3, "pageSize": 1])
            #expect(last["_links"]?["next"]?["href"] == "")
            let plain = try await world.send(.get, Self.path)
            #expect(plain["children"]?[0]?["metrics"] == nil)
            #expect(plain["children"]?.array?.compactMap { $0["name"]?.string } == ["silver", "golf", "Gold club"])
        }
    }

    @Test(arguments: [
        ("property=name", "1440-400"), ("property=name~", "1440-400"), ("property=name~=x", "1440-400"),
        ("property=version==x", "1448-400"), ("property=name==", "1448-400"), ("entityType=account", "QUERY_INVALID"),
        ("sort=size", "QUERY_INVALID"), ("limit=0", "QUERY_INVALID"), ("withMetrics=7", "QUERY_INVALID"),
    ])
    func `a query that means nothing is refused`(query: String, code: String) async throws {
        try await IngestWorld.run { world in
            let refused = try await world.send(.get, "\(Self.path)?\(query)")
            #expect(refused.status == 400)
            #expect(refused.errorCode == code)
        }
    }

    @Test func `several are shown at once`() async throws {
        try await IngestWorld.run { world in
            let id = try #require(try await make(world, "gold")["id"]?.string)
            let found = try await world.send(.post, "\(Self.path)/bulk-get", #"{"ids":[{"id":"\#(id)"},{"id":"no"}]}"#)
            #expect(found.status == 207)
            #expect(found["results"]?[id]?["audienceId"] == .string(id))
            #expect(found["results"]?["no"]?["errorCode"] == "DEFINITION_UNKNOWN")
        }
    }

    // MARK: Several at once

    private func bulk(_ world: IngestWorld, _ body: JSONObject) async throws -> IngestWorld.Answer {
        try await world.send(.post, "/v1/audiences/bulk", JSONValue.object(body).text)
    }

    @Test func `one thing is done to several audiences`() async throws {
        try await IngestWorld.run { world in
            var ids: [JSONValue] = []
            for name in ["a", "b", "c"] { ids.append(try #require(try await make(world, name)["id"])) }
            let all = JSONValue.array(ids)
            func shown(_ answer: IngestWorld.Answer, _ member: String) -> [JSONValue?]? {
                answer["audiences"]?.array?.map { $0[member] }
            }
            let tagged = try await bulk(world, ["op": "tag", "ids": all, "tags": ["spring", "vip"]])
            #expect(tagged.status == 200, "\(tagged.text)")
            #expect(shown(tagged, "tags") == Array(repeating: ["spring", "vip"], count: 3))
            let again = try await bulk(world, ["op": "tag", "ids": all, "tags": ["vip"]])
            #expect(shown(again, "version") == [2, 2, 2], "what changes nothing is no change")
            let untagged = try await bulk(world, ["op": "untag", "ids": [ids[0]], "tags": ["spring"]])
            #expect(shown(untagged, "tags") == [["vip"]])
            let resting = try await bulk(world, ["op": "deactivate", "ids": all])
            #expect(shown(resting, "lifecycleState") == ["inactive", "inactive", "inactive"])
            let published = try await bulk(world, ["op": "publish", "ids": .array([ids[1], ids[1]])])
            #expect(shown(published, "lifecycleState") == ["published"])
            let deleted = try await bulk(world, ["op": "delete", "ids": all])
            #expect(deleted["audiences"] == [])
            #expect(try await names(world, "") == [])
        }
    }

    @Test func `when one refuses nothing is done, and everyone who refuses is named`() async throws {
        try await IngestWorld.run { world in
            let free = try #require(try await make(world, "free")["id"])
            let asked = try #require(try await make(world, "asked")["id"])
            let draft = try #require(try await make(world, "draft", ["lifecycleState": "draft"])["id"])
            _ = try await make(world, "asker", ["expression": ["value": #"inSegment("asked")"#]])
            let refused = try await bulk(world, ["op": "deactivate", "ids": .array([free, asked, draft, "none"])])
            #expect(refused.status == 409)
            #expect(refused.errorCode == "AUDIENCES_REFUSED")
            #expect(
                refused["refusals"]?.array?.map { [$0["id"], $0["errorCode"]] } == [
                    [asked, "AUDIENCE_IN_USE"], [draft, "AUDIENCE_STATE_CONFLICT"], ["none", "DEFINITION_UNKNOWN"],
                ]
            )
            #expect(try await names(world, "property=lifecycleState==published") == ["asked", "asker", "free"])
            // Alone it says why itself.
            #expect(try await bulk(world, ["op": "delete", "ids": [asked]]).errorCode == "AUDIENCE_IN_USE")
        }
    }

    @Test func `who is used by one that goes too can be deleted with it, in any order`() async throws {
        try await IngestWorld.run { world in
            let asked = try #require(try await make(world, "asked")["id"])
            let asker = try #require(
                try await make(world, "asker", ["expression": ["value": #"inSegment("asked")"#]])["id"]
            )
            #expect(try await bulk(world, ["op": "delete", "ids": [asked, asker]]).status == 200)
            #expect(try await names(world, "") == [])
        }
    }

    @Test(arguments: [
        #"{"op":"explode","ids":["a"]}"#, #"{"op":"publish","ids":[]}"#, #"{"op":"publish"}"#,
        #"{"op":"tag","ids":["a"]}"#, #"{"op":"publish","ids":["a"],"tags":["x"]}"#, "[]",
    ])
    func `a body that means nothing is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let refused = try await world.send(.post, "/v1/audiences/bulk", body)
            #expect(refused.status == 400 && refused.errorCode == "FIELD_INVALID", "\(refused.text)")
        }
    }

    @Test func `25 at once are enough`() async throws {
        try await IngestWorld.run { world in
            let ids = JSONValue.array((0...ServerLimits.bulkAudiencesMax).map { .string("id \($0)") })
            let refused = try await bulk(world, ["op": "publish", "ids": ids])
            #expect(refused.errorCode == "FIELD_INVALID")
        }
    }
}
