import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

@Suite struct PreviewTests {
    private let previews = "/data/core/ups/preview"

    private func person(_ number: Int, _ code: String) -> String {
        #"{"identityMap":{"Email":[{"id":"p\#(number)@x.example"}]},"home":{"code":"\#(code)"}}"#
    }

    private func rule(_ text: String, _ more: String = "") -> String {
        #"{"predicateExpression":\#(JSONValue.string(text).text),"predicateType":"pql/text","#
            + #""predicateModel":"_xdm.context.profile","graphType":"simple","mergeStrategy":"simple"\#(more)}"#
    }

    /// The first member of an object.
    private func only(_ value: JSONValue?) -> JSONValue? {
        guard let object = value?.object, let key = object.keys.first else { return nil }
        return object[key]
    }

    /// Waits until a preview has an end; every step of it is made by others, so this only lets them have their turn.
    private func end(_ world: IngestWorld, _ id: String) async throws -> IngestWorld.Answer {
        while true {
            let estimate = try await world.send(.get, "/data/core/ups/estimate/\(id)")
            guard ["NEW", "RUNNING"].contains(estimate["state"]?.string) else { return estimate }
            await Task.yield()
        }
    }

    @Test func `a preview finds the profiles and tells no attributes`() async throws {
        try await IngestWorld.run { world in
            let lines = (0..<30).map { person($0, $0 % 3 == 0 ? "US" : "FR") }.joined(separator: "\n")
            _ = try await world.send(
                .post,
                "/v1/profiles",
                bytes: Array(lines.utf8),
                headers: [(.contentType, "application/x-ndjson")]
            )
            let created = try await world.send(.post, previews, rule(#"home.code = "US""#))
            let id = try #require(created["previewId"]?.string)
            let estimate = try await end(world, id)
            let results = try await world.send(.get, "\(previews)/\(id)?limit=4&start=8")

            #expect(created.status == 201)
            #expect(created["state"] == "NEW")
            #expect(created["previewExecutionId"] == 0)
            #expect(estimate["state"] == "RESULT_READY")
            #expect(estimate["estimatedSize"] == 10)
            #expect(estimate["profilesReadSoFar"] == 30)
            #expect(estimate["profilesMatchedSoFar"] == 10)
            #expect(estimate["totalRows"] == 30)
            #expect(estimate["numRowsToRead"] == 30)
            #expect(estimate["standardError"] == 0)
            #expect(estimate["confidenceInterval"] == "95%")
            #expect(estimate["_links"]?["preview"]?.string?.hasSuffix("\(previews)/\(id)") == true)
            #expect(results["state"] == "RESULT_READY")
            #expect(results["page"] == ["offset": 8, "size": 2])
            #expect(results["links"]?["next"] == "")
            #expect(results["links"]?["prev"]?.string?.contains("start=4") == true)
            #expect(!results.text.contains("\"US\""))
            let found = try #require(only(results["results"]?[0]))
            let href = try #require(found["_href"]?.string?.split(separator: "127.0.0.1").last.map(String.init))
            let looked = try await world.send(.get, href)
            #expect(only(looked.json)?["entity"]?["home"]?["code"] == "US")
            #expect(found["endCustomerIds"]?.object?.count == 1)
        }
    }

    @Test func `a preview sees profiles as the policy does that it asks for`() async throws {
        try await IngestWorld.run { world in
            for (dataset, code) in [("crm", "US"), ("web", "FR")] {
                _ = try await world.send(.post, "/v1/profiles?dataset=\(dataset)", person(1, code))
            }
            let policy = try await world.send(
                .post,
                "/data/core/ups/config/mergePolicies",
                #"{"name":"CRM","attributeMerge":{"type":"dataSetPrecedence","order":["crm"]}}"#
            )
            let chosen = #","mergePolicyId":"\#(try #require(policy["id"]?.string))""#
            for (more, size) in [(chosen, 1), ("", 0)] {
                let created = try await world.send(.post, previews, rule(#"home.code = "US""#, more))
                let id = try #require(created["previewId"]?.string)
                #expect(try await end(world, id)["estimatedSize"] == .integer(Int64(size)))
                let results = try await world.send(.get, "\(previews)/\(id)")
                guard size > 0 else { continue }
                let found = try #require(only(results["results"]?[0]))
                let href = try #require(found["_href"]?.string?.split(separator: "127.0.0.1").last.map(String.init))
                #expect(only(try await world.send(.get, href).json)?["entity"]?["home"]?["code"] == "US")
            }
        }
    }

    @Test func `events, identities and rules in JSON are tried as well`() async throws {
        try await IngestWorld.run { world in
            let identity = #""identityMap":{"Email":[{"id":"p@x.example"}]}"#
            let event = #"{\#(identity),"_id":"e1","timestamp":"2026-03-02T09:00:00Z","kind":"buy"}"#
            for (path, line) in [("/v1/profiles", "{\(identity)}"), ("/v1/events", event)] {
                let stored = try await world.send(
                    .post,
                    path,
                    bytes: Array(line.utf8),
                    headers: [(.contentType, "application/x-ndjson")]
                )
                #expect(stored["accepted"] == 1)
            }
            for text in [
                #"xEvent[kind = "buy"].count() = 1"#, #"identityMap.get("Email").id = "p@x.example""#,
                "xEvent.isNotNull()",
            ] {
                let created = try await world.send(.post, previews, rule(text))
                let size = try await end(world, try #require(created["previewId"]?.string))["estimatedSize"]
                #expect(size == 1, "\(text)")
            }
            let tree = JSONValue.string(try PQLExpression(parsing: "xEvent.count() = 1").json()).text
            let created = try await world.send(
                .post,
                previews,
                #"{"predicateExpression":\#(tree),"predicateType":"pql/json"}"#
            )
            #expect(try await end(world, try #require(created["previewId"]?.string))["estimatedSize"] == 1)
        }
    }

    @Test func `what is no rule is refused, and ids end`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            for body in [
                "[]", "{}", #"{"predicateExpression":""}"#, #"{"predicateExpression":"a = 1","predicateType":"sql"}"#,
                #"{"predicateExpression":"a = 1","predicateModel":"other"}"#,
                #"{"predicateExpression":"a = 1","mergePolicyId":"nobody"}"#,
                #"{"predicateExpression":"a = 1","graphType":7}"#,
            ] {
                #expect(try await world.send(.post, previews, body).errorCode == "FIELD_INVALID", "\(body)")
            }
            let wrong = try await world.send(.post, previews, rule("a = null"))
            let created = try await world.send(.post, previews, rule("a = 1"))
            let id = try #require(created["previewId"]?.string)
            _ = try await end(world, id)
            let removed = try await world.send(.delete, "\(previews)/\(id)")
            let gone = try await world.send(.get, "\(previews)/\(id)")
            let again = try await world.send(.delete, "\(previews)/\(id)")
            let later = try await world.send(.post, previews, rule("a = 1"))["previewId"]?.string ?? ""
            clock.advance(by: 901_000)
            let old = try await world.send(.get, "/data/core/ups/estimate/\(later)")

            #expect(wrong.errorCode == "PQL_INVALID")
            #expect(wrong["column"] == 3)
            #expect(removed.status == 204)
            #expect(gone.errorCode == "PREVIEW_UNKNOWN")
            #expect(again.status == 404)
            #expect(old.status == 404)
        }
    }

    @Test func `a preview tells what would change if an audience got the rule, and changes nothing`() async throws {
        try await IngestWorld.run { world in
            let lines = (0..<30).map { person($0, $0 % 3 == 0 ? "US" : "FR") }.joined(separator: "\n")
            _ = try await world.send(
                .post,
                "/v1/profiles",
                bytes: Array(lines.utf8),
                headers: [(.contentType, "application/x-ndjson")]
            )
            let definitions = "/data/core/ups/segment/definitions"
            let made = try await world.send(
                .post,
                definitions,
                #"{"name":"us","expression":{"type":"PQL","format":"pql/text","value":"home.code = \"US\""}}"#
            )
            let audience = try #require(made["id"]?.string)
            while try await world.send(.get, "\(definitions)/\(audience)")["memberCount"] != 10 { await Task.yield() }

            let more = #","audienceId":"\#(audience)""#
            let text = #"home.code = "FR" or identityMap.get("Email").id = "p3@x.example""#
            let created = try await world.send(.post, previews, rule(text, more))
            let estimate = try await end(world, try #require(created["previewId"]?.string))
            let plain = try await world.send(.post, previews, rule(text))
            let without = try await end(world, try #require(plain["previewId"]?.string))

            #expect(created.status == 201)
            #expect(estimate["estimatedSize"] == 21)
            #expect(estimate["audienceId"]?.string == audience)
            #expect(estimate["entering"] == ["estimatedSize": 20, "standardError": 0])
            #expect(estimate["exiting"] == ["estimatedSize": 9, "standardError": 0])
            #expect(estimate["records"] == [])
            #expect(without["entering"] == nil && without["audienceId"] == nil && without["records"] == nil)
            #expect(try await world.send(.get, "\(definitions)/\(audience)")["memberCount"] == 10)
            for id in ["nobody", "00000000-0000-0000-0000-000000000000"] {
                let refused = try await world.send(.post, previews, rule("a = 1", #","audienceId":"\#(id)""#))
                #expect(refused.errorCode == "FIELD_INVALID", "\(id)")
            }
        }
    }

    @Test func `what an inactive audience would be is told as if it were published`() async throws {
        try await IngestWorld.run { world in
            _ = try await world.send(.post, "/v1/profiles", person(1, "US"))
            let definitions = "/data/core/ups/segment/definitions"
            let audience = try #require(
                try await world.send(
                    .post,
                    definitions,
                    #"{"name":"a","expression":{"value":"home.code = \"US\""},"lifecycleState":"inactive"}"#
                )["id"]?.string
            )
            let created = try await world.send(
                .post,
                previews,
                rule(#"home.code = "US""#, #","audienceId":"\#(audience)""#)
            )
            let estimate = try await end(world, try #require(created["previewId"]?.string))
            #expect(estimate["entering"] == ["estimatedSize": 1, "standardError": 0])
            #expect(try await world.send(.get, "\(definitions)/\(audience)")["memberCount"] == 0)
        }
    }

    // MARK: Bounds

    private static func desk(_ engine: PagedEngine, _ limits: PreviewLimits) -> PreviewDesk {
        PreviewDesk(engine: engine, time: IngestWorld.Clock(), ids: RandomIDSource(), limits: limits)
    }

    private static func question() throws -> ProfileQuestion {
        ProfileQuestion(expression: try PQLExpression(parsing: "a = 1"))
    }

    private static func end(_ desk: PreviewDesk, _ id: String) async throws -> Preview {
        while true {
            let preview = try #require(desk.preview(id))
            guard preview.isUnderWay else { return preview }
            await Task.yield()
        }
    }

    @Test func `only so many are under way, and an end makes room`() async throws {
        let engine = PagedEngine(profiles: 10_000, isHeld: true)
        var limits = PreviewLimits()
        limits.runningMax = 2
        let desk = PreviewTests.desk(engine, limits)
        let first = try desk.begin(try PreviewTests.question())
        _ = try desk.begin(try PreviewTests.question())

        let error = #expect(throws: APIError.self) { try desk.begin(try PreviewTests.question()) }
        #expect(desk.remove(first.id))
        _ = try desk.begin(try PreviewTests.question())
        desk.stop()
        engine.release()

        #expect(error?.code == .overloaded)
    }

    @Test func `a large store is sampled all over first and bounded in rows`() async throws {
        let engine = PagedEngine(profiles: 10_000)
        var limits = PreviewLimits()
        limits.sampleRows = 400
        limits.samplePlaces = 4
        limits.rowsMax = 1_000
        limits.matchesMax = 7
        let desk = PreviewTests.desk(engine, limits)

        let preview = try await PreviewTests.end(desk, desk.begin(try PreviewTests.question()).id)

        // Every fourth profile matches.
        #expect(preview.state == .ready)
        #expect(engine.asked.withLock { $0.prefix(4).map(\.row) } == [0, 5_000, 2_500, 7_500])
        #expect(preview.estimate.sampleRead == 400)
        #expect(preview.estimate.read == 1_000)
        #expect(!preview.estimate.isWhole)
        #expect(preview.estimate.size == 2_500)
        // Three places are left, and all are alike.
        #expect(preview.estimate.standardError == 3_000)
        #expect(preview.matches.count == 7)
    }

    @Test func `a failure of the store ends a preview with its reason`() async throws {
        let engine = PagedEngine(profiles: 10, failure: EngineError(.storage, "secret place"))
        let desk = PreviewTests.desk(engine, PreviewLimits())

        let preview = try await PreviewTests.end(desk, desk.begin(try PreviewTests.question()).id)

        #expect(preview.state == .failed)
        #expect(preview.failure?.contains("store cannot be used") == true)
        #expect(preview.failure?.contains("secret") == false)
    }

    @Test func `the estimate reckons from what was looked at`() {
        var estimate = PreviewEstimate()
        #expect(estimate.size == 0)
        #expect(estimate.standardError == 0)
        estimate.total = 1_000
        for (place, found) in [5, 10, 4, 6].enumerated() {
            estimate.places.append(PreviewEstimate.Place(row: Int64(place) * 250, read: 25))
            estimate.matches.add(found, .sampled(place))
        }
        #expect(estimate.size == 250)
        // By how much the places differ: 1.25, 3.75, 2.25, 0.25 from their mean.
        #expect(abs(estimate.standardError - 1_000 * ((20.75 / 3 / 4).squareRoot() / 25)) < 0.001)
        #expect(estimate.profilesRead == 100)
        #expect(estimate.profilesMatched == 25)
        estimate.read = 600
        estimate.row = 600
        estimate.matches.counted = 300
        // Only the last place is behind what has been read.
        #expect(estimate.size == 300 + 96)
        #expect(estimate.standardError == 400)
        #expect(estimate.profilesMatched == 300)
        estimate.isWhole = true
        #expect(estimate.size == 300)
        #expect(estimate.standardError == 0)
    }

    @Test func `what would change is reckoned like the size, and of all dataflows together`() {
        var estimate = PreviewEstimate()
        estimate.total = 1_000
        estimate.places = (0..<2).map { PreviewEstimate.Place(row: $0 * 500, read: 50) }
        var effect = PreviewEstimate.Effect()
        let flows = (1...2).map { Dataflow.ID(uuid: UUIDBytes(high: 2, low: $0)) }
        effect.add(RehearsedEffect(entering: 10, exiting: 1, records: [flows[0]: 11]), .sampled(0))
        effect.add(RehearsedEffect(exiting: 1, records: [flows[1]: 1]), .sampled(1))
        #expect(estimate.figure(effect.entering).size == 100)
        #expect(estimate.figure(effect.exiting).size == 20)
        // Both places have one, and might not.
        #expect(estimate.figure(effect.exiting).standardError == 500)
        #expect(abs(estimate.figure(effect.entering).standardError - 1_000 * (50.0 / 2).squareRoot() / 50) < 0.001)
        #expect(flows.map { estimate.figure(effect.records[$0] ?? PreviewEstimate.Count()).size } == [110, 10])
        #expect(estimate.figure(of: effect.records.values).size == 120)
        estimate.read = 1_000
        estimate.isWhole = true
        effect.add(RehearsedEffect(entering: 95, records: [flows[1]: 7]), .counted)
        #expect(estimate.figure(effect.entering) == PreviewEstimate.Figure(size: 95, standardError: 0))
        #expect(estimate.figure(of: effect.records.values).size == 7)
    }

    @Test func `places are spread over all rows, however early it ends`() {
        let places = SamplePlaces(in: 4_294_967_297...4_294_967_396, count: 5).rows
        #expect(places.sorted() == [0, 20, 40, 60, 80].map { 4_294_967_296 + $0 })
        let many = SamplePlaces(in: 1...128_000, count: 128).rows
        #expect(Set(many).count == 128 && many.allSatisfy { (0..<128_000).contains($0) })
        for first in [2, 4, 8, 16, 32, 64] {
            let gaps = zip(many.prefix(first).sorted(), many.prefix(first).sorted().dropFirst() + [128_000]).map {
                $1 - $0
            }
            #expect(gaps.max() == 128_000 / Int64(first))
        }
        #expect(SamplePlaces(in: 7...7, count: 3).rows == [6, 6, 6])
    }

    /// Members who stand together, as those of a file do, and records that are several of a profile.
    @Test func `the error that is stated covers what is found, also where neighbours are alike`() {
        var random = TestSeed.generator()
        let (total, perPlace) = (100_000, 16)
        var covered = 0
        let rounds = 200
        for _ in 0..<rounds {
            // Records of each profile: in runs, or scattered.
            let run: Int = [1, 1, 40, 1_000, 20_000].randomElement(using: &random) ?? 1
            let share: Double = [0.001, 0.01, 0.2, 0.5, 0.9].randomElement(using: &random) ?? 0
            let most = Bool.random(using: &random) ? 1 : 3
            var records = [Int](repeating: 0, count: total)
            var start = 0
            while start < total {
                let end = min(total, start + run)
                if Double.random(in: 0..<1, using: &random) < share {
                    for row in start..<end { records[row] = Int.random(in: 1...most, using: &random) }
                }
                start = end
            }
            var estimate = PreviewEstimate()
            estimate.total = total
            for row in SamplePlaces(in: 1...Int64(total), count: 128).rows {
                let place = estimate.places.count
                estimate.places.append(PreviewEstimate.Place(row: row, read: perPlace))
                let found = records[Int(row)..<min(total, Int(row) + perPlace)].reduce(0, +)
                estimate.matches.add(found, .sampled(place))
            }
            estimate.read = 20_000
            estimate.row = 20_000
            estimate.matches.add(records.prefix(20_000).reduce(0, +), .counted)
            let difference = Double(abs(estimate.size - records.reduce(0, +)))
            if difference <= 3 * estimate.standardError + 1 { covered += 1 }
        }
        #expect(covered >= rounds * 95 / 100, "\(covered) of \(rounds)")
    }
}
