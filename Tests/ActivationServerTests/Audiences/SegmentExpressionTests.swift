import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct SegmentExpressionTests {
    private let path = "/data/core/ups/segment/definitions"
    private let conversion = "/data/core/ups/segment/conversion"
    private let text = #"home.code = "US""#
    private let tree = #"""
        {"nodeType":"fnApply","fnName":"=","params":[{"nodeType":"fieldLookup","fieldName":"code","object":\#
        {"nodeType":"fieldLookup","fieldName":"home","object":{"nodeType":"parameterReference","position":1}}},\#
        {"nodeType":"literal","literalType":"String","value":"US"}]}
        """#

    private func body(_ format: String, _ value: String, _ more: String = "") -> String {
        let value = JSONValue.string(value).text
        return #"{"name":"US","expression":{"type":"PQL","format":"\#(format)","value":\#(value)}\#(more)}"#
    }

    @Test func `a definition in JSON is evaluated and shown as it was given`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(.post, path, body("pql/json", tree))
            let id = try #require(created["id"]?.string)
            let read = try await world.send(.get, "\(path)/\(id)")
            let asker = try await world.send(
                .post,
                path,
                #"{"name":"asks","expression":{"format":"pql/text","value":"inSegment(\"US\")"}}"#
            )
            let refused = try await world.send(.delete, "\(path)/\(id)")

            #expect(created.status == 200)
            #expect(created["warnings"]?[0]?["path"] == "home.code")
            #expect(read["expression"]?["format"] == "pql/json")
            #expect(read["expression"]?["value"]?.string == tree)
            #expect(asker.status == 200)
            #expect(refused.errorCode == "AUDIENCE_IN_USE")
        }
    }

    @Test func `an audience that asks in JSON keeps what it asks for`() async throws {
        try await IngestWorld.run { world in
            let inner = try await world.send(.post, path, body("pql/text", text))
            let asks = try PQLExpression(parsing: #"inSegment("US")"#).json()
            let asker = JSONValue.string(asks).text
            _ = try await world.send(
                .post,
                path,
                #"{"name":"asks","expression":{"format":"pql/json","value":\#(asker)}}"#
            )

            let refused = try await world.send(.delete, "\(path)/\(inner["id"]?.string ?? "")")

            #expect(refused.errorCode == "AUDIENCE_IN_USE")
        }
    }

    @Test func `a rule is converted both ways and nothing is stored`() async throws {
        try await IngestWorld.run { world in
            let json = try await world.send(.post, conversion, body("pql/text", text, #","id":"x","description":"d""#))
            let back = try await world.send(.post, conversion, body("pql/json", tree))

            #expect(json.status == 200)
            #expect(json["expression"]?["format"] == "pql/json")
            #expect(json["expression"]?["value"]?.string == tree)
            #expect(json["description"] == "d")
            #expect(json["id"] == nil)
            #expect(json["imsOrgId"]?.string == world.start.orgID)
            #expect(back["expression"]?["format"] == "pql/text")
            #expect(back["expression"]?["value"]?.string == text)
            #expect(try await world.send(.get, path)["page"]?["totalCount"] == 0)
        }
    }

    @Test func `what cannot be converted or read says where`() async throws {
        try await IngestWorld.run { world in
            let window = try await world.send(.post, conversion, body("pql/text", "a = 1 and t occurs today"))
            let node = try await world.send(.post, path, body("pql/json", #"{"nodeType":"fnDefine"}"#))
            let meaning = try await world.send(
                .post,
                path,
                body("pql/json", try PQLExpression(parsing: "a = null").json())
            )
            let none = try await world.send(.post, conversion, #"{"name":"x"}"#)
            let format = try await world.send(.post, conversion, body("pql/xml", "a"))

            #expect(window.status == 400)
            #expect(window.errorCode == "PQL_INVALID")
            #expect(window["column"] == 13)
            #expect(window["detail"]?.string?.contains("occurs has no form in pql/json") == true)
            #expect(node.errorCode == "PQL_INVALID")
            #expect(node["pointer"] == "/nodeType")
            #expect(meaning["textForm"] == "a = null")
            #expect(meaning["column"] == 3)
            #expect(none.errorCode == "FIELD_INVALID")
            #expect(format.errorCode == "FIELD_INVALID")
        }
    }

    // MARK: evaluationInfo

    private func streaming(_ name: String, _ rule: String) -> String {
        let value = JSONValue.string(rule).text
        return #"{"name":"\#(name)","expression":{"value":\#(value)},"evaluationInfo":{"continuous":{"enabled":true}}}"#
    }

    @Test func `what is asked for holds as far as the rule allows it`() async throws {
        try await IngestWorld.run { world in
            let plain = try await world.send(.post, path, streaming("plain", text))
            let events = try await world.send(.post, path, streaming("events", "vip and xEvent.count() > 2"))

            #expect(plain["evaluationInfo"]?["continuous"]?["enabled"] == true)
            #expect(plain["evaluationInfo"]?["batch"]?["enabled"] == false)
            #expect(events["evaluationInfo"]?["continuous"]?["enabled"] == false)
            #expect(events["evaluationInfo"]?["batch"]?["enabled"] == true)
            let explanation = try #require(events["evaluationExplanation"]?.array)
            #expect(explanation.compactMap { $0["type"]?.string } == ["batch", "continuous", "synchronous"])
            #expect(explanation[0] == ["type": "batch", "requested": false, "eligible": true])
            #expect(explanation[1]["requested"] == true)
            #expect(explanation[1]["eligible"] == false)
            #expect(explanation[1]["line"] == 1)
            #expect(explanation[1]["column"] == 9)
            #expect(explanation[1]["reason"]?.string?.contains("no time window") == true)
        }
    }

    @Test func `a rule that no longer qualifies turns to batch and back`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(.post, path, streaming("turns", text))
            let place = "\(path)/\(created["id"]?.string ?? "")"
            let worse = try await world.send(.patch, place, #"{"expression":{"value":"xEvent.count() > 2"}}"#)
            let better = try await world.send(.patch, place, #"{"expression":{"value":"a = 1"}}"#)

            #expect(worse["evaluationInfo"]?["continuous"]?["enabled"] == false)
            #expect(better["evaluationInfo"]?["continuous"]?["enabled"] == true)
        }
    }

    @Test func `lists are filtered by what holds, page by page`() async throws {
        try await IngestWorld.run { world in
            for index in 0..<5 {
                _ = try await world.send(.post, path, streaming("plain \(index)", text))
                _ = try await world.send(.post, path, streaming("events \(index)", "xEvent.count() > \(index)"))
            }
            var names: [String] = []
            var next: String? = path + "?evaluationInfo.continuous.enabled=true&sort=name:asc&limit=2"
            while let query = next {
                let page = try await world.send(.get, query)
                #expect(page["page"]?["totalCount"] == 5)
                names += page["segments"]?.array?.compactMap { $0["name"]?.string } ?? []
                next = page["link"]?["next"]?["href"]?.string
            }
            let batch = try await world.send(.get, path + "?evaluationInfo.batch.enabled=TRUE")

            #expect(names == (0..<5).map { "plain \($0)" })
            #expect(batch["page"]?["totalCount"] == 5)
            #expect(try await world.send(.get, path + "?evaluationInfo.batch.enabled=x").status == 400)
        }
    }

    /// Not to be made over the API; another version may have stored it.
    @Test func `a circle of audiences that ask for each other has an answer`() throws {
        var snapshot = ControlSnapshot()
        let now = Timestamp(milliseconds: 0)
        for (number, name, other) in [(1, "one", "two"), (2, "two", "one")] as [(UInt64, String, String)] {
            let rule = #"inSegment("\#(other)") and xEvent[timestamp occurs today].count() > 1"#
            let body: JSONObject = [
                "name": .string(name), "expression": ["value": .string(rule)],
                "evaluationInfo": ["continuous": ["enabled": true]],
            ]
            let id = UUIDBytes(high: 0, low: number).description
            snapshot.put(
                ControlEntry(kind: .segmentDefinition, id: id, etag: "", createdAt: now, updatedAt: now, body: body)
            )
        }

        for name in ["one", "two"] {
            let definition = try #require(snapshot.definition(named: name))
            let evaluation = snapshot.evaluation(of: definition)
            #expect(evaluation.holds(.continuous) != evaluation.holds(.batch))
        }
    }
}
