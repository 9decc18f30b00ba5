import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Filters, order, pages and projections of lists (BEHAVIOUR 1.8).
struct ListTests {
    private static func names(_ answer: FlowWorld.Answer) -> [String] {
        (answer["items"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    /// Flows named by a letter, one second apart, over one pair of connections.
    private static func makeFlows(_ world: FlowWorld, _ names: [String]) async throws -> FlowWorld.Parts {
        let parts = try await world.makeParts()
        for name in names {
            world.clock.advance(by: 1_000)
            _ = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: parts.source, target: parts.target, name: name)
            )
        }
        return parts
    }

    @Test func `filters compare fields, lists of values and items of arrays`() async throws {
        try await FlowWorld.run { world in
            let parts = try await ListTests.makeFlows(world, ["alpha", "beta one", "gamma"])
            let audience = try await world.makeAudience("VIP")
            let gamma = try await world.flow(.get, "/flows?property=name==gamma").item["id"]?.string ?? ""
            _ = try await world.patchFlow(
                gamma,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
            )
            _ = try await world.flow(.post, "/flows/\(gamma)/action?op=disable")
            let spec = "inheritedAttributes.targetConnections[].connectionSpec.id"
            let cases: [(String, [String])] = [
                ("name==alpha", ["alpha"]),
                ("name==alpha,gamma", ["alpha", "gamma"]),
                ("name==beta%20one", ["beta one"]),
                ("name!=alpha", ["beta one", "gamma"]),
                ("name!=alpha,gamma", ["beta one"]),
                ("state==disabled", ["gamma"]),
                ("createdAt>1700000001123", ["beta one", "gamma"]),
                ("createdAt>=1700000001123", ["alpha", "beta one", "gamma"]),
                ("createdAt<1700000002123", ["alpha"]),
                ("createdAt<=1700000002123", ["alpha", "beta one"]),
                ("flowSpec.id==71471eba-b620-49e4-90fd-23f1fa0174d8", ["alpha", "beta one", "gamma"]),
                ("targetConnectionIds[]==\(parts.target)", ["alpha", "beta one", "gamma"]),
                ("\(spec)==86043421-563b-46ec-8e6c-e23184711bf6", ["alpha", "beta one", "gamma"]),
                ("\(spec)==4890fc95-5a1f-4983-94bb-e060c08e3f81", []),
                ("transformations[].params.segmentSelectors.selectors[].value.id==\(audience)", ["gamma"]),
                ("inheritedAttributes.properties.isDestinationFlow==true", ["alpha", "beta one", "gamma"]),
                ("inheritedAttributes.properties.isDestinationFlow==True", ["alpha", "beta one", "gamma"]),
                ("name==beta+one", ["beta one"]),
                ("nothing==x", []),
                ("createdAt==null", []),
                ("createdAt>1.5e12", ["alpha", "beta one", "gamma"]),
                ("headwaterState.since>2020", []),
                ("name==alpha&property=state==disabled", []),
                ("name==gamma&property=state==disabled", ["gamma"]),
            ]

            for (filter, expected) in cases {
                let answer = try await world.flow(.get, "/flows?property=\(filter)")
                #expect(ListTests.names(answer) == expected, "\(filter)")
                let count = try await world.flow(.get, "/flows?count=true&property=\(filter)")
                #expect(count.json == ["count": .integer(Int64(expected.count))])
            }
        }
    }

    @Test(arguments: [
        ("property=name", "1440-400"), ("property=name~x", "1440-400"), ("property=name!>x", "1440-400"),
        ("property=name=x", "1440-400"), ("property=createdAt>1,2", "1443-400"), ("property=name==", "1448-400"),
        ("property===x", "1448-400"), ("property=a..b==x", "1448-400"), ("property=name==a,,b", "1448-400"),
        ("orderby=*name", "1432-400"), ("orderby=--name", "1432-400"), ("orderby=secretKey", "1433-400"),
        ("orderby=", "1433-400"), ("limit=0", "QUERY_INVALID"), ("limit=101", "QUERY_INVALID"),
        ("limit=x", "QUERY_INVALID"), ("count=maybe", "QUERY_INVALID"), ("continuationToken=x", "QUERY_INVALID"),
        ("property=name==%zz", "QUERY_INVALID"), ("property=createdAt>abc", "1448-400"),
        ("property=createdAt==true", "1448-400"), ("property=updatedAt!=soon", "1448-400"),
        ("property=updatedAt==1,x", "1448-400"), ("property=createdAt<1e400", "1448-400"),
        ("property=createdAt<0x10", "1448-400"), ("property=createdAt>null", "1448-400"),
        ("property=sourceConnectionIds==a", "1448-400"), ("property=flowSpec==a", "1448-400"),
        ("property=headwaterState.reconcile.total>x", "1448-400"),
        ("property=transformations[].params.segmentSelectors.selectors[].value.backfill==1", "1448-400"),
        ("projectionFields=a..b", "QUERY_INVALID"),
    ])
    func `a query that makes no sense has its code`(query: String, code: String) async throws {
        try await FlowWorld.run { world in
            let answer = try await world.flow(.get, "/flows?\(query)")

            #expect(answer.status == 400)
            #expect(answer.errorCode == code, "\(answer.text)")
        }
    }

    @Test func `lists come by creation, or by the field asked for`() async throws {
        try await FlowWorld.run { world in
            _ = try await ListTests.makeFlows(world, ["b", "c", "a"])

            #expect(ListTests.names(try await world.flow(.get, "/flows")) == ["b", "c", "a"])
            #expect(ListTests.names(try await world.flow(.get, "/flows?orderby=name")) == ["a", "b", "c"])
            #expect(ListTests.names(try await world.flow(.get, "/flows?orderby=+name")) == ["a", "b", "c"])
            #expect(ListTests.names(try await world.flow(.get, "/flows?orderby=%2Bname")) == ["a", "b", "c"])
            #expect(ListTests.names(try await world.flow(.get, "/flows?orderBy=+name")) == ["a", "b", "c"])
            #expect(ListTests.names(try await world.flow(.get, "/flows?orderby=-name")) == ["c", "b", "a"])
            #expect(ListTests.names(try await world.flow(.get, "/flows?orderby=-createdAt")) == ["a", "c", "b"])
        }
    }

    @Test func `filters of runs and connections are held to their types too`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.makeFlow()
            let queries = [
                "runs?property=metrics.recordSummary.inputRecordCount>abc", "runs?property=metrics==x",
                "connections?property=createdAt>abc", "targetConnections?property=updatedAt==x",
                "sourceConnections?property=params==x", "flowSpecs?property=attributes==x",
            ]
            for query in queries {
                #expect(try await world.flow(.get, "/\(query)").errorCode == "1448-400", "\(query)")
            }
            #expect(try await world.flow(.get, "/runs?property=state==inProgress").status == 200)
            #expect(try await world.flow(.get, "/runs?property=metrics.statusSummary.status==Failed").status == 200)
        }
    }

    @Test func `projections reach into the items of arrays`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let audience = try await world.makeAudience("VIP")
            _ = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
            )
            let selectors = "transformations[].params.segmentSelectors.selectors[]"

            let params = try await world.flow(.get, "/flows?projectionFields=transformations[].params")
            let parts = try await world.flow(
                .get,
                "/flows?projectionFields=name,\(selectors).value.id,\(selectors).type,transformations[].nothing"
            )
            let none = try await world.flow(.get, "/flows?projectionFields=transformations.params,name[].x")

            #expect(params.item["transformations"]?[0]?["params"]?["segmentSelectors"] != nil)
            #expect(params.item["transformations"]?[0]?["name"] == nil)
            #expect(
                parts.item == [
                    "id": .string(flow.id), "name": "vip-to-kinesis",
                    "transformations": [
                        [
                            "params": [
                                "segmentSelectors": [
                                    "selectors": [["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]]]
                                ]
                            ]
                        ]
                    ],
                ]
            )
            #expect(none.item == ["id": .string(flow.id)])
        }
    }

    @Test(arguments: ["", "&orderby=-name", "&orderby=description", "&property=state==enabled"])
    func `pages follow each other without loss or repetition`(query: String) async throws {
        try await FlowWorld.run { world in
            let names = (0..<25).map { "flow \($0)" }
            _ = try await ListTests.makeFlows(world, names)

            var seen: [String] = []
            var pages = 0
            var next: String? = "/flows?limit=10\(query)"
            while let path = next, pages < 10 {
                let answer = try await world.flow(.get, path)
                seen += ListTests.names(answer)
                next = answer["_links"]?["next"]?["href"]?.string
                pages += 1
            }

            #expect(pages == 3)
            #expect(seen.count == 25)
            #expect(Set(seen) == Set(names))
        }
    }

    @Test func `a link to the next page is a token alone, which says all about the list`() async throws {
        try await FlowWorld.run { world in
            _ = try await ListTests.makeFlows(world, ["d", "b", "a", "c", "x"])

            let first = try await world.flow(
                .get,
                "/flows?limit=2&orderby=-name&property=name!=x&projectionFields=name&count=False"
            )
            let link = try #require(first["_links"]?["next"]?["href"]?.string)
            let prefix = "/flows?continuationToken="
            let token = String(link.dropFirst(prefix.count))
            let second = try await world.flow(.get, link)
            // As a client that sends what it sent before again.
            let again = try await world.flow(.get, "/flows?limit=2&orderby=name&count=False&continuationToken=\(token)")
            var others: [JSONValue] = []
            for item in ["limit=0", "property=bad", "orderby=zzz", "count=true", "count=true&limit=2", "count=maybe"] {
                others.append(try await world.flow(.get, "/flows?\(item)&continuationToken=\(token)").json)
            }

            #expect(ListTests.names(first) == ["d", "c"])
            #expect(link.hasPrefix(prefix))
            #expect(token.utf8.allSatisfy { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "&") })
            #expect(ListTests.names(second) == ["b", "a"])
            #expect(second["_links"] == [:])
            #expect(Set(second.item.object?.keys ?? []) == ["id", "name"])
            #expect(again.json == second.json)
            for other in others { #expect(other == second.json) }
        }
    }

    @Test func `a token of another list or a garbled one is refused`() async throws {
        try await FlowWorld.run { world in
            _ = try await ListTests.makeFlows(world, ["a", "b"])
            let link = try await world.flow(.get, "/flows?limit=1")["_links"]?["next"]?["href"]?.string ?? ""
            let token = link.split(separator: "=").last ?? ""
            let forged = Base64URL.encode(#"["flows","limit=0",null,0,"x"]"#.utf8)

            for query in [
                "/connections?continuationToken=\(token)", "/flows?continuationToken=\(token.dropLast(3))",
                "/flows?continuationToken=\(token)A", "/flows?continuationToken=", "/flows?continuationToken=W10",
                "/flows?continuationToken=\(forged)",
            ] {
                let answer = try await world.flow(.get, query)
                #expect(answer.status == 400, "\(query)")
                #expect(answer.errorCode == "QUERY_INVALID")
            }
        }
    }

    @Test func `filters that would not fit into a link are refused`() async throws {
        try await FlowWorld.run { world in
            let answer = try await world.flow(.get, "/flows?property=name==\(String(repeating: "a", count: 5_000))")

            #expect(answer.errorCode == "QUERY_INVALID")
            #expect(answer.detail.contains("4096"))
        }
    }

    @Test func `count=False lists and count=True counts`() async throws {
        try await FlowWorld.run { world in
            _ = try await ListTests.makeFlows(world, ["a", "b"])

            #expect(ListTests.names(try await world.flow(.get, "/flows?count=False&limit=20")) == ["a", "b"])
            #expect(try await world.flow(.get, "/flows?count=True").json == ["count": 2])
        }
    }

    @Test func `a page holds 20 objects when nobody says otherwise`() async throws {
        try await FlowWorld.run { world in
            _ = try await ListTests.makeFlows(world, (0..<21).map { "flow \($0)" })

            let answer = try await world.flow(.get, "/flows")

            #expect(answer["items"]?.array?.count == 20)
            #expect(answer["_links"]?["next"] != nil)
        }
    }

    @Test func `projection answers the fields asked for and the id`() async throws {
        try await FlowWorld.run { world in
            let parts = try await ListTests.makeFlows(world, ["a"])

            let answer = try await world.flow(.get, "/flows?projectionFields=name,flowSpec.id,targetConnectionIds,none")

            let item = try #require(answer.item.object)
            #expect(Set(item.keys) == ["id", "name", "flowSpec", "targetConnectionIds"])
            #expect(item["flowSpec"] == ["id": "71471eba-b620-49e4-90fd-23f1fa0174d8"])
            #expect(item["targetConnectionIds"] == [.string(parts.target)])
        }
    }

    @Test func `the last page has no link to another`() async throws {
        try await FlowWorld.run { world in
            let answer = try await world.flow(.get, "/connectionSpecs?limit=100")

            #expect(answer["_links"] == [:])
            #expect(answer["items"]?.array?.count == 3)
        }
    }
}
