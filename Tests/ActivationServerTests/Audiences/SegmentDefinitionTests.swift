import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct SegmentDefinitionTests {
    private let path = "/data/core/ups/segment/definitions"

    private func definition(_ name: String, _ rule: String, _ more: String = "") -> String {
        let value = JSONValue.string(rule).text
        return #"{"name":"\#(name)","expression":{"type":"PQL","format":"pql/text","value":\#(value)}\#(more)}"#
    }

    private let americans = #"homeAddress.countryCode = "US""#

    private func create(_ world: IngestWorld, _ name: String, _ rule: String) async throws -> String {
        try #require(try await world.send(.post, path, definition(name, rule))["id"]?.string)
    }

    @Test func `A34 an audience that is mapped to a flow cannot be deleted`() async throws {
        try await IngestWorld.run { world in
            let id = try await create(world, "US buyers", americans)
            let flow = try await world.dependencies.control.write { draft throws(APIError) in
                try draft.insert(
                    .flow,
                    body: [
                        "name": "to-kinesis", "state": "enabled",
                        "transformations": [
                            [
                                "name": "GeneralTransform",
                                "params": [
                                    "segmentSelectors": [
                                        "selectors": [["type": "PLATFORM_SEGMENT", "value": ["id": .string(id)]]]
                                    ]
                                ],
                            ]
                        ],
                    ]
                )
            }

            let refused = try await world.send(.delete, "\(path)/\(id)")
            let stillThere = try await world.send(.get, "\(path)/\(id)")
            _ = try await world.dependencies.control.write { draft throws(APIError) in draft.remove(flow) }
            let deleted = try await world.send(.delete, "\(path)/\(id)")
            let gone = try await world.send(.get, "\(path)/\(id)")

            #expect(refused.status == 409)
            #expect(refused.errorCode == "AUDIENCE_IN_USE")
            #expect(refused["flowId"]?.string == flow.id)
            #expect(stillThere.status == 200)
            #expect(deleted.status == 200)
            #expect(deleted.text.isEmpty)
            #expect(gone.status == 404)
        }
    }

    @Test func `an audience that another one asks for cannot be deleted`() async throws {
        try await IngestWorld.run { world in
            let inner = try await create(world, "inner", americans)
            let byID = try await create(world, "by id", #"inSegment("\#(inner)")"#)
            let byName = try await create(world, "by name", #"inSegment("inner")"#)

            // Which of its users a refusal names is not promised, but it names one that is still there.
            var users: Set = [byID, byName]
            while !users.isEmpty {
                let refused = try await world.send(.delete, "\(path)/\(inner)")
                let user = try #require(refused["segmentDefinitionId"]?.string)
                #expect(refused.status == 409)
                #expect(users.remove(user) != nil)
                #expect(try await world.send(.delete, "\(path)/\(user)").status == 200)
            }
            #expect(try await world.send(.delete, "\(path)/\(inner)").status == 200)
        }
    }

    @Test func `a new definition has the defaults and the server's members`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(
                .post,
                path,
                definition("US buyers", americans, #","id":"mine","version":9,"payloadSchema":"string""#)
            )
            let id = try #require(created["id"]?.string)
            let read = try await world.send(.get, "\(path)/\(id)")

            #expect(created.status == 200)
            #expect(UUIDBytes(id) != nil)
            #expect(created["version"] == 1)
            #expect(created["payloadSchema"] == "string")
            #expect(created["expression"]?["value"]?.string == americans)
            #expect(created["schema"]?["name"] == "_xdm.context.profile")
            #expect(created["evaluationInfo"]?["batch"]?["enabled"] == true)
            #expect(created["imsOrgId"]?.string == world.start.orgID)
            #expect(created["sandbox"]?["sandboxName"] == "prod")
            let now = world.dependencies.time.now().milliseconds
            #expect(created["creationTime"]?.int64 == now)
            #expect(created["updateEpoch"]?.int64 == now / 1_000)
            let policies = try await world.send(.get, "/data/core/ups/config/mergePolicies")
            #expect(created["mergePolicyId"] == policies["children"]?[0]?["id"])
            #expect(read.status == 200)
            #expect(read["name"] == "US buyers")
            #expect(read["memberCount"] == 0)
        }
    }

    @Test func `names are unique, also when one changes`() async throws {
        try await IngestWorld.run { world in
            let first = try await create(world, "one", americans)
            _ = try await create(world, "two", americans)

            let again = try await world.send(.post, path, definition("one", americans))
            let renamed = try await world.send(.patch, "\(path)/\(first)", #"{"name":"two"}"#)
            let same = try await world.send(.patch, "\(path)/\(first)", #"{"name":"one"}"#)

            #expect(again.status == 409)
            #expect(again.errorCode == "NAME_TAKEN")
            #expect(renamed.status == 409)
            #expect(same.status == 200)
        }
    }

    @Test func `a change keeps what it does not name and counts the version`() async throws {
        try await IngestWorld.run { world in
            let id = try await create(world, "one", americans)
            let described = try await world.send(.patch, "\(path)/\(id)", #"{"description":"people of the US"}"#)
            let whole = try await world.send(.get, "\(path)/\(id)").json
            var changed = try #require(whole.object)
            changed["name"] = "renamed"

            let sentBack = try await world.send(.patch, "\(path)/\(id)", JSONValue.object(changed).text)
            let cleared = try await world.send(.patch, "\(path)/\(id)", #"{"description":null}"#)
            let rule = #"{"expression":{"type":"PQL","format":"pql/text","value":"person.age > 1"}}"#
            let reruled = try await world.send(.patch, "\(path)/\(id)", rule)

            #expect(described["version"] == 2)
            #expect(described["description"] == "people of the US")
            #expect(described["expression"]?["value"]?.string == americans)
            #expect(sentBack["version"] == 3)
            #expect(sentBack["name"] == "renamed")
            #expect(sentBack["description"] == "people of the US")
            #expect(cleared["description"] == "")
            #expect(reruled["version"] == 5)
            #expect(reruled["expression"]?["value"] == "person.age > 1")
        }
    }

    @Test(arguments: [
        #"{"name":"renamed","id":"x"}"#, #"{"name":"renamed","creationTime":5}"#, #"{"name":"renamed","imsOrgId":"x"}"#,
        #"{"memberCount":5}"#, #"{"version":7,"updateTime":5}"#,
    ])
    func `what only the server sets of a definition does not change`(body: String) async throws {
        try await IngestWorld.run { world in
            let id = try await create(world, "one", americans)
            let before = try await world.send(.get, "\(path)/\(id)").json

            let answer = try await world.send(.patch, "\(path)/\(id)", body)

            #expect(answer.status == 400)
            #expect(answer.errorCode == "FIELD_INVALID")
            let after = try await world.send(.get, "\(path)/\(id)").json
            for member in ["id", "name", "version", "updateTime"] { #expect(after[member] == before[member]) }
        }
    }

    @Test func `a wrong expression is 400 with line and column`() async throws {
        try await IngestWorld.run { world in
            let wrong = try await world.send(.post, path, definition("wrong", "person.age >\n  and"))
            let unknown = try await world.send(.post, path, definition("unknown", #"inSegment("nobody")"#))
            let good = try await create(world, "good", americans)
            let changed = try await world.send(
                .patch,
                "\(path)/\(good)",
                #"{"expression":{"type":"PQL","format":"pql/text","value":"= 1"}}"#
            )

            for answer in [wrong, unknown, changed] {
                #expect(answer.status == 400)
                #expect(answer.errorCode == "PQL_INVALID")
                #expect(answer["line"]?.int64 != nil)
                #expect(answer["column"]?.int64 != nil)
            }
            #expect(wrong["line"] == 2)
            #expect(unknown["pqlCode"] == "unknownAudience")
            #expect(try await world.send(.get, "\(path)/\(good)")["version"] == 1)
        }
    }

    @Test func `paths that no profile has are accepted with a warning`() async throws {
        try await IngestWorld.run { world in
            let unseen = try await world.send(.post, path, definition("unseen", #"never.seen.path = "x""#))
            let body = #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"seen":{"path":"x"}}"#
            _ = try await world.send(.post, "/v1/profiles", body)
            let seen = try await world.send(.post, path, definition("seen", #"seen.path = "x""#))

            #expect(unseen.status == 200)
            let warning = unseen["warnings"]?[0]
            #expect(warning?["code"] == "PATH_UNKNOWN")
            #expect(warning?["path"] == "never.seen.path")
            #expect(warning?["message"]?.string?.contains("check its spelling") == true)
            #expect(seen["warnings"] == nil)
        }
    }

    @Test(arguments: [
        (#"[]"#, "FIELD_INVALID"),
        (#"{"expression":{"value":"a = 1"}}"#, "FIELD_INVALID"),
        (#"{"name":"","expression":{"value":"a = 1"}}"#, "FIELD_INVALID"),
        (#"{"name":7,"expression":{"value":"a = 1"}}"#, "FIELD_INVALID"),
        (#"{"name":"x"}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":"a = 1"}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"type":"SQL","value":"a = 1"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"value":""}}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"format":"pql/json","value":"{}"}}"#, "PQL_INVALID"),
        (#"{"name":"x","expression":{"format":"xml","value":"a = 1"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"value":"a = 1"},"schema":{"name":"other"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"value":"a = 1"},"mergePolicyId":"nobody"}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"value":"a = 1"},"evaluationInfo":{"batch":true}}"#, "FIELD_INVALID"),
        (#"{"name":"x","expression":{"value":"a = 1"},"description":5}"#, "FIELD_INVALID"),
        (#"{"name":"#, "BODY_NOT_JSON"),
        ("", "1405-400"),
    ])
    func `a definition that cannot be is refused`(body: String, code: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.post, path, body)

            #expect(answer.status == 400)
            #expect(answer.errorCode == code)
            #expect(try await world.send(.get, path)["page"]?["totalCount"] == 0)
        }
    }

    @Test func `lists are paged, sorted and filtered`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            for name in ["c", "a", "b"] {
                clock.advance(by: 1_000)
                _ = try await create(world, name, americans)
            }
            let streaming = #","evaluationInfo":{"continuous":{"enabled":true}}"#
            clock.advance(by: 1_000)
            _ = try await world.send(.post, path, definition("d", americans, streaming))
            func names(_ query: String) async throws -> [String] {
                try await world.send(.get, path + query)["segments"]?.array?.compactMap { $0["name"]?.string } ?? []
            }

            #expect(try await names("") == ["d", "b", "a", "c"])
            #expect(try await names("?sort=creationTime:asc") == ["c", "a", "b", "d"])
            #expect(try await names("?sort=name:asc") == ["a", "b", "c", "d"])
            #expect(try await names("?sort=name:desc&limit=2&start=1") == ["c", "b"])
            #expect(try await names("?sort=name:asc&limit=2&page=1") == ["c", "d"])
            #expect(try await names("?evaluationInfo.continuous.enabled=true") == ["d"])
            let page = try await world.send(.get, path + "?sort=name:asc&limit=3")
            #expect(page["page"]?["totalCount"] == 4)
            #expect(page["page"]?["totalPages"] == 2)
            #expect(page["page"]?["sortField"] == "name")
            #expect(page["page"]?["sort"] == "asc")
            #expect(page["page"]?["pageSize"] == 3)
            #expect(page["page"]?["limit"] == 3)
            let next = try #require(page["link"]?["next"]?["href"]?.string)
            #expect(try await world.send(.get, next)["segments"]?[0]?["name"] == "d")
            for query in ["?limit=0", "?limit=101", "?limit=x", "?sort=size", "?sort=name:up", "?start=1&page=1"] {
                #expect(try await world.send(.get, path + query).status == 400, "\(query)")
            }
        }
    }

    @Test func `several definitions can be read at once`() async throws {
        try await IngestWorld.run { world in
            let id = try await create(world, "one", americans)

            let body = #"{"ids":[{"id":"\#(id)"},{"id":"nobody"}]}"#
            let answer = try await world.send(.post, path + "/bulk-get", body)
            let wrong = try await world.send(.post, path + "/bulk-get", #"{"ids":["x"]}"#)

            #expect(answer.status == 207)
            #expect(answer["results"]?[id]?["name"] == "one")
            #expect(answer["results"]?["nobody"]?["status"] == 404)
            #expect(wrong.status == 400)
        }
    }

    @Test func `existing profiles are evaluated and the definition shows how far that is`() async throws {
        try await IngestWorld.run { world in
            let lines = (0..<30).map { number in
                let country = number < 20 ? "US" : "DE"
                return #"{"identityMap":{"Email":[{"id":"\#(number)@x"}]},"homeAddress":{"countryCode":"\#(country)"}}"#
            }
            _ = try await world.send(.post, "/v1/profiles", lines.joined(separator: "\n"))

            let created = try await world.send(.post, path, definition("US buyers", americans))
            #expect(created["evaluationProgress"]?["state"]?.string != nil)
            #expect(created["evaluationProgress"]?["total"] == 30)
            let id = try #require(created["id"]?.string)
            let shown = try await evaluated(world, id)

            #expect(shown["evaluationProgress"] == ["state": "done", "processed": 30, "total": 30])
            #expect(shown["memberCount"] == 20)
            let listed = try await world.send(.get, path)
            #expect(listed["segments"]?[0]?["evaluationProgress"] == shown["evaluationProgress"])
        }
    }

    @Test func `a definition says how it is evaluated, and which part of it asks for that`() async throws {
        try await IngestWorld.run { world in
            let chain =
                #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "a") WHEN(< 24 hour before now), B: WHAT(true)])"#
            let rules: [(String, JSONValue)] = [
                (americans, ["type": "incremental"]),
                ("xEvent.sum(amount) > 3", ["type": "incremental"]),
                (
                    "vip and\n  \(chain)",
                    ["type": "window", "span": "24 hours", "cause": .string(chain), "line": 2, "column": 3]
                ),
                (
                    "xEvent.head().amount > 5",
                    ["type": "scan", "cause": "xEvent.head().amount", "line": 1, "column": 1]
                ),
            ]
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            for (index, (rule, plan)) in rules.enumerated() {
                clock.advance(by: 1_000)
                let created = try await world.send(.post, path, definition("rule \(index)", rule))
                let id = try #require(created["id"]?.string)
                let read = try await world.send(.get, "\(path)/\(id)")
                let several = try await world.send(.post, path + "/bulk-get", #"{"ids":[{"id":"\#(id)"}]}"#)
                let listed = try await world.send(.get, path + "?limit=1")
                let body = definition("rule \(index)", rule, #","evaluationPlan":{"type":"scan","span":"ever"}"#)
                let sentBack = try await world.send(.patch, "\(path)/\(id)", body)

                #expect(created["evaluationPlan"] == plan)
                #expect(read["evaluationPlan"] == plan)
                #expect(several["results"]?[id]?["evaluationPlan"] == plan)
                #expect(listed["segments"]?[0]?["evaluationPlan"] == plan)
                #expect(sentBack["evaluationPlan"] == plan)
            }
            let id = try #require(try await world.send(.get, path)["segments"]?[0]?["id"]?.string)
            let changed = try await world.send(.patch, "\(path)/\(id)", definition("rule 3", americans))
            let wrong = try await world.send(.patch, "\(path)/\(id)", #"{"evaluationPlan":"scan"}"#)

            #expect(changed["evaluationPlan"] == ["type": "incremental"])
            #expect(wrong.errorCode == "FIELD_INVALID")
        }
    }

    @Test func `a definition that is done shows the members of everyone`() async throws {
        try await IngestWorld.run(engine: ScriptedEngine()) { world in
            let created = try await world.send(.post, path, definition("US buyers", americans))
            let id = try #require(created["id"]?.string)
            let shown = try await world.send(.get, "\(path)/\(id)")

            #expect(created["evaluationProgress"]?["state"] == "running")
            #expect(created["memberCount"] == 0)
            #expect(shown["evaluationProgress"]?["state"] == "done")
            #expect(shown["memberCount"] == 1)
        }
    }

    /// A definition once it is evaluated.
    private func evaluated(_ world: IngestWorld, _ id: String) async throws -> IngestWorld.Answer {
        while true {
            let shown = try await world.send(.get, "\(path)/\(id)")
            if shown["evaluationProgress"]?["state"] == "done" { return shown }
            await Task.yield()
        }
    }

    @Test func `two changes of one instant are two: the second is evaluated too`() async throws {
        try await IngestWorld.run { world in
            let lines = (0..<30).map { #"{"identityMap":{"Email":[{"id":"\#($0)@x"}]},"number":\#($0)}"# }
            _ = try await world.send(.post, "/v1/profiles", lines.joined(separator: "\n"))
            let id = try await create(world, "some", "number >= 0")
            var times = [try await evaluated(world, id)["updateTime"]?.int64 ?? 0]
            for (rule, count) in [("number < 10", 10), ("number < 20", 20)] {
                let changed = try await world.send(.patch, "\(path)/\(id)", definition("some", rule))
                #expect(changed.status == 200)
                let shown = try await evaluated(world, id)
                #expect(shown["memberCount"]?.int64 == Int64(count))
                times.append(shown["updateTime"]?.int64 ?? 0)
            }
            #expect(times == [times[0], times[0] + 1, times[0] + 2])
        }
    }

    @Test func `unknown ids are 404 for every call`() async throws {
        try await IngestWorld.run { world in
            let id = "9c9a9a0e-0000-4000-8000-000000000000"
            for path in ["\(path)/\(id)", "\(path)/x"] {
                let read = try await world.send(.get, path)
                let changed = try await world.send(.patch, path, #"{"name":"x"}"#)
                let deleted = try await world.send(.delete, path)

                #expect(read.status == 404)
                #expect(changed.status == 404)
                #expect(deleted.status == 404)
            }
        }
    }
}
