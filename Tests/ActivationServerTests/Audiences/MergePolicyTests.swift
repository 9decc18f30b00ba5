import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// `/data/core/ups/config/mergePolicies` (BEHAVIOUR 4.4).
struct MergePolicyTests {
    private static let path = "/data/core/ups/config/mergePolicies"
    private static let definitions = "/data/core/ups/segment/definitions"
    private static let datasets = "/data/foundation/catalog/dataSets"
    private static let entities =
        "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId=a@x.org"

    private static func dataset(_ world: IngestWorld, _ name: String) async throws -> String {
        let made = try await world.send(.post, datasets, #"{"name":"\#(name)"}"#)
        return try #require(made.json[0]?.string?.split(separator: "/").last.map(String.init))
    }

    private static func body(_ name: String, _ order: [String] = [], isDefault: Bool = false) -> String {
        let merge =
            order.isEmpty
            ? #"{"type":"timestampOrdered"}"#
            : #"{"type":"dataSetPrecedence","order":["\#(order.joined(separator: #"",""#))"]}"#
        return #"""
            {"name":"\#(name)","identityGraph":{"type":"pdg"},"attributeMerge":\#(merge),
             "schema":{"name":"_xdm.context.profile"},"default":\#(isDefault)}
            """#
    }

    private static func definition(_ world: IngestWorld, _ name: String, _ policy: String? = nil) async throws -> String
    {
        let chosen = policy.map { #","mergePolicyId":"\#($0)""# } ?? ""
        let made = try await world.send(
            .post,
            definitions,
            #"{"name":"\#(name)","expression":{"type":"PQL","format":"pql/text","value":"a = 1"}\#(chosen)}"#
        )
        #expect(made.status == 200)
        return try #require(made["id"]?.string)
    }

    private static func standard(_ world: IngestWorld) async throws -> JSONValue {
        let page = try await world.send(.get, path + "?default=true")
        #expect(page["_page"]?["totalCount"] == 1)
        return try #require(page["children"]?[0])
    }

    @Test func `a policy is made, read, changed and deleted`() async throws {
        try await IngestWorld.run { world in
            let crm = try await Self.dataset(world, "CRM")
            let web = try await Self.dataset(world, "Web")
            // A name will do, and the id is what is kept.
            let made = try await world.send(.post, Self.path, Self.body("precise", ["CRM", web]))
            let id = try #require(made["id"]?.string)

            #expect(made.status == 201)
            #expect(made["attributeMerge"]?["order"] == [.string(crm), .string(web)])
            #expect(made["default"] == false)
            #expect(made["version"] == 1)
            #expect(made["sandbox"]?["sandboxName"] == "prod")
            #expect(try await world.send(.get, "\(Self.path)/\(id)").json == made.json)

            let renamed = try await world.send(
                .patch,
                "\(Self.path)/\(id)",
                #"[{"op":"replace","path":"/name","value":"by dataset"}]"#
            )
            #expect(renamed.status == 200)
            #expect(renamed["name"] == "by dataset")
            #expect(renamed["version"] == 2)
            #expect(renamed["attributeMerge"] == made["attributeMerge"])

            let put = try await world.send(.put, "\(Self.path)/\(id)", Self.body("latest"))
            #expect(put.status == 200)
            #expect(put["attributeMerge"] == ["type": "timestampOrdered"])
            #expect(put["version"] == 3)

            let deleted = try await world.send(.delete, "\(Self.path)/\(id)")
            #expect(deleted.status == 200)
            #expect(deleted.text.isEmpty)
            #expect(try await world.send(.get, "\(Self.path)/\(id)").errorCode == "MERGE_POLICY_UNKNOWN")
            for method in [HTTPRequest.Method.put, .patch, .delete] {
                let body = method == .patch ? #"[{"op":"add","path":"/name","value":"x"}]"# : Self.body("x")
                let answer = try await world.send(method, "\(Self.path)/\(id)", method == .delete ? nil : body)
                #expect(answer.status == 404, "\(method)")
            }
        }
    }

    @Test func `what Adobe's pages send is taken`() async throws {
        try await IngestWorld.run { world in
            let crm = try await Self.dataset(world, "CRM")
            let made = try await world.send(.post, Self.path, #"{"name":"plain"}"#)
            let id = try #require(made["id"]?.string)
            #expect(made["attributeMerge"] == ["type": "timestampOrdered"])
            #expect(made["identityGraph"] == ["type": "pdg"])

            // One operation without a list, and a truth value as text.
            let chosen = try await world.send(
                .patch,
                "\(Self.path)/\(id)",
                #"{"op":"add","path":"/default","value":"true"}"#
            )
            #expect(chosen["default"] == true)

            let ordered = try await world.send(
                .patch,
                "\(Self.path)/\(id)",
                #"[{"op":"add","path":"/attributeMerge.order","value":["\#(crm)"]},"#
                    + #"{"op":"replace","path":"/attributeMerge.type","value":"dataSetPrecedence"}]"#
            )
            #expect(ordered["attributeMerge"] == ["type": "dataSetPrecedence", "order": [.string(crm)]])
            // A client may send back what it has read.
            let again = try await world.send(.put, "\(Self.path)/\(id)", ordered.text)
            #expect(again.status == 200)
            #expect(again["default"] == true)
            #expect(again["version"] == 4)
        }
    }

    @Test(arguments: [
        (#"{}"#, "FIELD_INVALID"), (#"{"name":""}"#, "FIELD_INVALID"), (#"[]"#, "FIELD_INVALID"),
        (#"{"name":"x","schema":{"name":"_xdm.context.experienceevent"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","identityGraph":{}}"#, "FIELD_INVALID"),
        (#"{"name":"x","identityGraph":{"type":"coop"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{"type":"newest"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{"type":"dataSetPrecedence"}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{"type":"dataSetPrecedence","order":[]}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{"type":"dataSetPrecedence","order":["nowhere"]}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{"type":"dataSetPrecedence","order":["web","web"]}}"#, "FIELD_INVALID"),
        (#"{"name":"x","attributeMerge":{"type":"dataSetPrecedence","order":["twice"]}}"#, "FIELD_INVALID"),
        (#"{"name":"x","default":"perhaps"}"#, "FIELD_INVALID"), (#"{"name":"#, "BODY_NOT_JSON"),
    ])
    func `a policy that cannot be is refused and leaves no trace`(body: String, code: String) async throws {
        try await IngestWorld.run { world in
            for name in ["web", "twice", "twice"] { _ = try await Self.dataset(world, name) }
            let standard = try await Self.standard(world)
            let id = try #require(standard["id"]?.string)

            for (method, target) in [(HTTPRequest.Method.post, Self.path), (.put, "\(Self.path)/\(id)")] {
                let answer = try await world.send(method, target, body)
                #expect(answer.status == 400)
                #expect(answer.errorCode == code)
            }
            #expect(try await world.send(.get, Self.path)["children"] == [standard])
        }
    }

    @Test(arguments: [
        "/id", "/version", "/updateEpoch", "/imsOrgId", "/sandbox/sandboxName", "/_links", "/ruleChangedAt", "/nothing",
        ".id",
    ])
    func `what only the server sets of a policy is not patched, and nothing with it`(path: String) async throws {
        try await IngestWorld.run { world in
            let standard = try await Self.standard(world)
            let id = try #require(standard["id"]?.string)
            let place = path.replacing(".", with: "/")

            for (kind, value) in [("replace", #","value":"x""#), ("add", #","value":"x""#), ("remove", "")] {
                let patch = #"""
                    [{"op":"replace","path":"/name","value":"renamed"},{"op":"\#(kind)","path":"\#(path)"\#(value)}]
                    """#
                let answer = try await world.send(.patch, "\(Self.path)/\(id)", patch)
                #expect(answer.status == 400)
                #expect(answer.errorCode == "1411-400")
                #expect(answer.json["detail"]?.string?.contains(place) ?? false, "\(answer.json.text)")
            }
            let whole = try await world.send(
                .patch,
                "\(Self.path)/\(id)",
                #"[{"op":"replace","path":"","value":{"name":"renamed"}}]"#
            )
            #expect(whole.errorCode == "1411-400")
            #expect(try await Self.standard(world) == standard)
        }
    }

    @Test func `a policy that links nobody shows one identity alone, and is not mixed with one that does`() async throws
    {
        try await IngestWorld.run { world in
            let made = try await world.send(.post, Self.path, #"{"name":"alone","identityGraph":{"type":"none"}}"#)
            let id = try #require(made["id"]?.string)
            #expect(made.status == 201)
            #expect(made["identityGraph"] == ["type": "none"])
            let listed = try await world.send(.get, Self.path + "?identityGraph.type=none")
            #expect(listed["_page"]?["totalCount"] == 1)

            let linked = try await Self.definition(world, "linked")
            let asks =
                #"{"name":"asks","expression":{"type":"PQL","format":"pql/text","value":"inSegment(\"linked\")"},"#
            let refused = try await world.send(.post, Self.definitions, asks + #""mergePolicyId":"\#(id)"}"#)
            #expect(refused.status == 400)
            let asker = try await world.send(.post, Self.definitions, asks + #""description":"as linked"}"#)
            #expect(asker.status == 200)
            // Nobody can be moved away from whom he asks, or is asked by.
            let standard = try #require(try await Self.standard(world)["id"]?.string)
            let moved = try await world.send(
                .patch,
                "\(Self.definitions)/\(linked)",
                #"{"mergePolicyId":"\#(id)"}"#
            )
            #expect(moved.status == 400)
            let parted = try await world.send(
                .patch,
                "\(Self.path)/\(standard)",
                #"[{"op":"replace","path":"/identityGraph","value":{"type":"none"}}]"#
            )
            #expect(parted.status == 200)
            #expect(parted["version"] == 2)
        }
    }

    @Test func `there are at most five, and always one default that stays`() async throws {
        try await IngestWorld.run { world in
            let first = try #require(try await Self.standard(world)["id"]?.string)
            var ids: [String] = []
            for number in 0..<4 {
                let made = try await world.send(.post, Self.path, Self.body("p\(number)", isDefault: number == 2))
                #expect(made.status == 201)
                ids.append(try #require(made["id"]?.string))
            }
            let sixth = try await world.send(.post, Self.path, Self.body("one more", isDefault: true))
            #expect(sixth.status == 409)
            #expect(sixth.errorCode == "MERGE_POLICIES_TOO_MANY")

            #expect(try await Self.standard(world)["id"]?.string == ids[2])
            #expect(try await world.send(.get, "\(Self.path)/\(first)")["version"] == 2)
            let unset = try await world.send(.put, "\(Self.path)/\(ids[2])", Self.body("p2"))
            #expect(unset.status == 400)
            #expect(try await world.send(.put, "\(Self.path)/\(ids[2])", #"{"name":"kept"}"#)["default"] == true)
            let refused = try await world.send(.delete, "\(Self.path)/\(ids[2])")
            #expect(refused.status == 409)
            #expect(refused.errorCode == "MERGE_POLICY_IN_USE")
            #expect(try await world.send(.delete, "\(Self.path)/\(first)").status == 200)
            #expect(try await world.send(.post, Self.path, Self.body("one more")).status == 201)
        }
    }

    @Test func `a policy that audiences use is not deleted, and they are named`() async throws {
        try await IngestWorld.run { world in
            let made = try await world.send(.post, Self.path, Self.body("used"))
            let id = try #require(made["id"]?.string)
            let user = try await Self.definition(world, "user", id)

            let refused = try await world.send(.delete, "\(Self.path)/\(id)")

            #expect(refused.status == 409)
            #expect(refused.errorCode == "MERGE_POLICY_IN_USE")
            #expect(refused["segmentDefinitionIds"] == [.string(user)])
            #expect(try await world.send(.delete, "\(Self.definitions)/\(user)").status == 200)
            #expect(try await world.send(.delete, "\(Self.path)/\(id)").status == 200)
        }
    }

    @Test func `A43 audiences of the old default move to the new one and count as changed`() async throws {
        try await IngestWorld.run { world in
            let old = try #require(try await Self.standard(world)["id"]?.string)
            let other = try #require(try await world.send(.post, Self.path, Self.body("other"))["id"]?.string)
            let silent = try await Self.definition(world, "silent")
            let named = try await Self.definition(world, "named", old)
            let apart = try await Self.definition(world, "apart", other)

            let new = try await world.send(.post, Self.path, Self.body("new", isDefault: true))
            let id = try #require(new["id"]?.string)

            for moved in [silent, named] {
                let definition = try await world.send(.get, "\(Self.definitions)/\(moved)")
                #expect(definition["mergePolicyId"]?.string == id)
                #expect(definition["version"] == 2)
            }
            let stayed = try await world.send(.get, "\(Self.definitions)/\(apart)")
            #expect(stayed["mergePolicyId"]?.string == other)
            #expect(stayed["version"] == 1)
            let later = try await Self.definition(world, "later")
            #expect(try await world.send(.get, "\(Self.definitions)/\(later)")["mergePolicyId"]?.string == id)
        }
    }

    @Test func `A43 members follow the rule of the default policy`() async throws {
        try await IngestWorld.run { world in
            let web = try await Self.dataset(world, "web")
            let audience = try await Self.definition(world, "audience")
            let lines = { (value: Int) in #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":\#(value)}"# }
            _ = try await world.send(.post, "/v1/profiles?dataset=\(web)", lines(1))
            _ = try await world.send(.post, "/v1/profiles?dataset=crm", lines(2))
            func members() async throws -> JSONValue? {
                var shown = try await world.send(.get, "\(Self.definitions)/\(audience)")
                while shown["evaluationProgress"]?["state"] != "done" {
                    await Task.yield()
                    shown = try await world.send(.get, "\(Self.definitions)/\(audience)")
                }
                return shown["memberCount"]
            }
            #expect(try await members() == 0)

            let made = try await world.send(.post, Self.path, Self.body("precise", [web, "crm"], isDefault: true))
            let id = try #require(made["id"]?.string)
            #expect(try await members() == 1)

            // The same policy with another rule, there and back.
            for (order, count) in [(["crm", web], 0), ([web], 1), (["crm", web], 0)] {
                let body = Self.body("precise", order, isDefault: true)
                #expect(try await world.send(.put, "\(Self.path)/\(id)", body).status == 200)
                #expect(try await members() == .integer(Int64(count)))
            }
        }
    }

    @Test func `a profile is shown as the policy sees it that is asked for`() async throws {
        try await IngestWorld.run { world in
            let web = try await Self.dataset(world, "web")
            _ = try await world.send(
                .post,
                "/v1/profiles?dataset=\(web)",
                #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":1}"#
            )
            _ = try await world.send(
                .post,
                "/v1/profiles?dataset=crm",
                #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":2}"#
            )
            let standard = try #require(try await Self.standard(world)["id"]?.string)
            let made = try await world.send(.post, Self.path, Self.body("precise", [web]))
            let precise = try #require(made["id"]?.string)

            for (query, policy, value, sources) in [
                ("", standard, 2, [web, "crm"]), ("&mergePolicyId=\(standard)", standard, 2, [web, "crm"]),
                ("&mergePolicyId=\(precise)", precise, 1, [web]),
            ] {
                let answer = try await world.send(.get, Self.entities + query)
                let profile = try #require(answer.json.object?.first { _ in true }?.value)
                #expect(profile["mergePolicy"]?["id"]?.string == policy)
                #expect(profile["entity"]?["a"] == .integer(Int64(value)))
                #expect(profile["sources"]?.array?.compactMap(\.string) == sources)
            }
            let unknown = try await world.send(.get, Self.entities + "&mergePolicyId=nobody")
            #expect(unknown.status == 400)
        }
    }

    @Test func `lists are sorted by name, filtered and fetched by id`() async throws {
        try await IngestWorld.run { world in
            let web = try await Self.dataset(world, "web")
            let made = try await world.send(.post, Self.path, Self.body("B", [web]))
            _ = try await world.send(.post, Self.path, Self.body("A"))
            let id = try #require(made["id"]?.string)
            _ = try await world.send(.put, "\(Self.path)/\(id)", Self.body("B", [web]))
            func names(_ query: String) async throws -> [String] {
                try await world.send(.get, Self.path + query)["children"]?.array?.compactMap { $0["name"]?.string }
                    ?? []
            }

            #expect(try await names("") == ["A", "B", "Default timestamp-ordered"])
            #expect(try await names("?orderBy=-name&limit=1") == ["Default timestamp-ordered"])
            #expect(try await names("?attributeMerge.type=dataSetPrecedence") == ["B"])
            #expect(try await names("?identityGraph.type=none").isEmpty)
            #expect(
                try await names("?identityGraph.type=pdg&schema.name=_xdm.context.profile&default=false").count == 2
            )
            #expect(try await names("?version=2") == ["B"])
            for query in ["?version=x", "?attributeMerge.type=newest", "?identityGraph.type=", "?schema.name=x"] {
                #expect(try await world.send(.get, Self.path + query).errorCode == "QUERY_INVALID")
            }

            let several = try await world.send(
                .post,
                Self.path + "/bulk-get",
                #"{"ids":[{"id":"\#(id)"},{"id":"nobody"}]}"#
            )
            #expect(several.status == 207)
            #expect(several["results"]?[id]?["name"] == "B")
            #expect(several["results"]?["nobody"]?["errorCode"] == "MERGE_POLICY_UNKNOWN")
        }
    }
}
