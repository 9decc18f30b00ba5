import ActivationCore
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine
@testable import ActivationServer

@Suite struct MappingTests {
    @Test func `a wish on top of another's change keeps both, whatever the order of either`() {
        var generator = TestSeed.generator()
        for _ in 0..<300 {
            func wish() -> MappingWish {
                func some(_ texts: [String]) -> [String] {
                    texts.filter { _ in Bool.random(using: &generator) }.shuffled(using: &generator)
                }
                return MappingWish(audiences: some(["1", "2", "3", "4"]), paths: some(["a", "b", "c"]))
            }
            let (base, mine, theirs) = (wish(), wish(), wish())
            let merged = mine.merged(since: base, theirs)

            for (key, all) in [(\MappingWish.audiences, ["1", "2", "3", "4"]), (\.paths, ["a", "b", "c"])] {
                for text in all {
                    let (was, mineHas, theirsHas) = [base, mine, theirs].map { $0[keyPath: key].contains(text) }.triple
                    // Whoever changed it decides; both can only have changed it the same way.
                    let expected = was == mineHas ? theirsHas : mineHas
                    #expect(merged[keyPath: key].contains(text) == expected, "\(text): \(base) \(mine) \(theirs)")
                }
                #expect(Set(merged[keyPath: key]).count == merged[keyPath: key].count)
            }
        }
    }

    @Test func `what stays mapped keeps its place`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let audiences = [try await world.makeAudience("A"), try await world.makeAudience("B")]
            for id in audiences {
                _ = try await world.patchFlow(
                    flow.id,
                    [FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(id))]
                )
            }
            let entry = try world.dependencies.control.flowServiceEntry(.flow, flow.id)
            let wish = MappingWish(audiences: ["new", audiences[1], audiences[0]], paths: [])

            let patch = wish.patch(of: entry, backfills: true)

            let selectors = patch[0]?["value"]?[0]?["params"]?["segmentSelectors"]?["selectors"]?.array ?? []
            #expect(selectors.map { $0["value"]?["id"]?.string } == audiences + ["new"])
        }
    }

    @Test func `audiences and attributes are chosen, reviewed and applied`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let (vip, churn) = (try await world.makeAudience("VIP"), try await world.makeAudience("Churn"))
            let id = try #require(UUIDBytes(vip))
            world.engine.state.withLock { state in
                state.members[Audience.ID(uuid: id)] = 1_204
                state.rehearsed = (1_204, 1)
            }
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/mapping"
            try await browser.open(path)
            #expect(browser.page.text.contains("VIP") && browser.page.text.contains("1,204"))
            let etag = browser.value(of: "etag") ?? ""
            let wish = [
                (name: "audience", value: vip), (name: "paths", value: "person.age\r\n person.name.firstName \n"),
                (name: "backfill", value: "true"), (name: "etag", value: etag), (name: "base-paths", value: ""),
            ]

            let search = try await browser.submit(path, wish + [("do", "search"), ("search", "chu")])
            #expect(search.text.contains("value=\"\(vip)\" checked") && search.text.contains("value=\"\(churn)\">"))
            let wrong = try await browser.submit(
                path,
                wish.filter { $0.name != "paths" } + [("do", "review"), ("paths", "a[0]")]
            )
            #expect(wrong.status == 400 && wrong.text.contains("items of arrays cannot be exported"))
            let review = try await browser.submit(path, wish + [("do", "review")])
            // All profiles were tried, and 1,000 are sent in a second.
            #expect(review.text.contains("1,204 members are sent now, in at least 2 s."))
            #expect(review.text.contains("<dd>1,204 records<") && review.text.contains("about 300 bytes"))
            #expect(!review.text.contains("Breaks who reads"))
            #expect(review.text.contains("person.name.firstName") && review.text.contains("check its spelling"))
            #expect(review.text.contains("As it could be") && review.text.contains("&quot;segmentMembership&quot;"))
            #expect(
                try world.dependencies.control.flowServiceEntry(.flow, flow.id).etag == etag,
                "nothing is changed yet"
            )

            let applied = try await browser.submit(path, wish + [("do", "apply")])

            #expect(applied.text.contains("The mapping is changed"))
            let entry = try world.dependencies.control.flowServiceEntry(.flow, flow.id)
            #expect(
                MappingWish(of: entry) == MappingWish(audiences: [vip], paths: ["person.age", "person.name.firstName"])
            )
            #expect(world.dependencies.control.entries(.backfill).count == 1)
            #expect(entry.string("updatedBy") == FlowWorld.email)
        }
    }

    @Test func `paths are found by any part of them, with what they need and without values`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock { state in
                state.pathSample = PathSample(
                    profiles: 1_000,
                    paths: [
                        PathSample.Figures(keys: ["cart", "items"], profiles: 7, kinds: [.array], datasets: ["crm"]),
                        PathSample.Figures(
                            keys: ["person", "age"],
                            profiles: 1_000,
                            kinds: [.integer],
                            datasets: ["crm"]
                        ),
                        PathSample.Figures(keys: ["person", "name"], profiles: 40, kinds: [.text], datasets: ["web"]),
                        // Nobody can map these.
                        PathSample.Figures(keys: ["nick name"], profiles: 50, kinds: [.text], datasets: ["web"]),
                        PathSample.Figures(keys: ["person.names"], profiles: 50, kinds: [.text], datasets: ["web"]),
                    ]
                )
            }
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/mapping"
            let all = try await browser.open(path)
            // What most profiles have stands first.
            let places = ["value=\"person.age\"", "value=\"person.name\"", "value=\"cart.items\""].map {
                all.text.firstRange(of: $0)?.lowerBound
            }
            #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted() && !places.contains(nil))
            #expect(all.text.contains("40 of 1,000") && all.text.contains("as the option allowArraysAndMaps allows"))

            let etag = browser.value(of: "etag") ?? ""
            let fields = [("paths", "person.age"), ("path", "person.name"), ("etag", etag), ("base-paths", "")]
            let found = try await browser.submit(path, fields + [("do", "search"), ("path-search", "NAM")])

            #expect(found.text.contains(">person.age\nperson.name</textarea>"))
            #expect(found.text.contains("value=\"person.name\" checked disabled"))
            #expect(!found.text.contains("value=\"cart.items\""))
            #expect(!found.text.contains("nick name") && !found.text.contains("person.names"))
            let blank = try await browser.submit(path, [("paths", "nick name"), ("do", "review")])
            #expect(blank.status == 400 && blank.text.contains(">nick name</textarea>"))
            let review = try await browser.submit(path, [("paths", "person.nam\ncart.items"), ("do", "review")])
            #expect(review.text.contains("The nearest that profiles have is person.name."))
            let answer = try await browser.open("\(path)/paths?q=none")
            #expect(answer.text == #"{"rows":[],"more":"No path that profiles have contains this."}"#)
        }
    }

    @Test func `of a store that is too large to be tried a number is told with how far it may be off`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let audiences = [try await world.makeAudience("VIP"), try await world.makeAudience("Churn")]
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/mapping"
            try await browser.open(path)
            world.engine.state.withLock { state in
                state.profiles = 4_000_000
                state.rehearsed = (4_000_000, 1)
            }

            let many = try await browser.submit(path, audiences.map { ("audience", $0) } + [("do", "review")])

            // All 128 places are alike, and one of them might not be.
            #expect(many.text.contains("About 4,000,000 (± 61,250) members are sent now"))
            // A page looks at a sample, and at more when somebody asks.
            #expect(many.text.contains("by 2,048 of 4,000,000 profiles"))
            #expect(many.text.contains("value=\"count\">Look at more profiles<"))
        }
    }

    @Test func `what breaks who reads the stream stands in a warning, and a busy server says so`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let vip = try await world.makeAudience("VIP")
            let edit = FlowWorld.add("\(FlowWorld.attributes)/-", FlowWorld.attribute("person.age"))
            #expect(try await world.patchFlow(flow.id, [edit]).status == 202)
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/mapping"
            try await browser.open(path)
            func fields(_ act: String) throws -> [(name: String, value: String)] {
                let etag = try world.dependencies.control.flowServiceEntry(.flow, flow.id).etag
                return [
                    ("audience", vip), ("base-audience", vip), ("paths", "person.name"), ("base-paths", "person.age"),
                    ("etag", etag), ("do", act),
                ]
            }

            // While nothing is mapped nobody reads anything that could break.
            let nobody = try await browser.submit(path, try fields("review"))
            #expect(!nobody.text.contains("Breaks who reads the stream"))
            let mapped = FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(vip))
            #expect(try await world.patchFlow(flow.id, [mapped]).status == 202)

            let review = try await browser.submit(path, try fields("review"))

            #expect(review.text.contains("<h2>Breaks who reads the stream</h2>"))
            #expect(review.text.contains("/person/age</code> <bdi>is not sent any more"))
            // It is not applied before somebody has seen that.
            let early = try await browser.submit(path, try fields("apply"))
            #expect(early.status == 400 && early.text.contains("Say that they know of it"))
            let entry = try world.dependencies.control.flowServiceEntry(.flow, flow.id)
            #expect(MappingWish(of: entry).paths == ["person.age"])
            world.engine.state.withLock { $0.failure = EngineError(.overloaded, "much is going on") }
            let busy = try await browser.submit(path, try fields("review"))
            #expect(busy.text.contains("much is going on") && busy.text.contains("Breaks who reads the stream"))
            world.engine.state.withLock { $0.failure = nil }
            let applied = try await browser.submit(path, try fields("apply") + [(ReviewedChange.consent, "true")])
            #expect(applied.text.contains("The mapping is changed"))
        }
    }

    @Test func `a day's records are told from what was counted, and the shards they need`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let (vip, churn) = (try await world.makeAudience("VIP"), try await world.makeAudience("Churn"))
            _ = try await world.patchFlow(flow.id, [FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(vip))])
            let now = world.dependencies.time.now()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            world.engine.state.withLock { state in
                for audience in [vip, churn].compactMap({ UUIDBytes($0) }) {
                    state.members[Audience.ID(uuid: audience)] = 1_000
                }
                func hour(_ ago: Int64, _ triggered: Int64) -> BookedHour {
                    var counters = DataflowCounters()
                    counters.triggered = triggered
                    let number = BookedHour.number(of: now) - ago
                    return BookedHour(start: Timestamp(milliseconds: number * BookedHour.length), counters: counters)
                }
                state.hours[id] = [hour(30, 999_999), hour(3, 3_600_000), hour(1, 400_000)]
            }
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/mapping"
            try await browser.open(path)

            let review = try await browser.submit(
                path,
                [("audience", vip), ("audience", churn), ("base-audience", vip), ("do", "review")]
            )

            // Twice the members, twice the records: five million in thirty hours, of which one day is whole, and 2,000 a second in
            // the busiest hour.
            #expect(review.text.contains("from 8,000,000 to 8,000,000; by what it sent in the last 2 days"))
            #expect(review.text.contains("<dd>about 7,"))
            #expect(review.text.contains("<dt>Shards</dt><dd>2<"))
        }
    }

    @Test(arguments: [
        ("person.nmae", "person.name"), ("Person.Name", "person.name"), ("something.else", nil),
        ("persn.age", "person.age"), ("age", nil), ("", nil), ("person.name.firstname", "person.name.firstName"),
    ])
    func `the path that was meant is found where a letter or two are wrong`(typed: String, meant: String?) {
        let known = ["person.age", "person.name", "person.name.firstName", "person.names"]

        #expect(PathSpelling.nearest(to: typed, among: known) == meant)
    }

    @Test func `who comes second sees what the first changed, and loses nothing`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let (vip, churn) = (try await world.makeAudience("VIP"), try await world.makeAudience("Churn"))
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/mapping"
            try await browser.open(path)
            let etag = browser.value(of: "etag") ?? ""
            let mapped = try await world.patchFlow(
                flow.id,
                [FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(churn))]
            )
            #expect(mapped.status == 202)
            let wish = [
                (name: "audience", value: vip), (name: "base-paths", value: ""), (name: "paths", value: "person.age"),
            ]

            let conflict = try await browser.submit(path, wish + [("do", "apply"), ("etag", etag)])

            #expect(conflict.status == 400)
            #expect(conflict.text.contains("Administrator (API) changed it: added Churn"))
            #expect(
                conflict.text.contains("value=\"\(vip)\" checked")
                    && conflict.text.contains("value=\"\(churn)\" checked")
            )
            #expect(conflict.text.contains(">person.age</textarea>"))
            let fields = [
                (name: "audience", value: vip), (name: "audience", value: churn), (name: "paths", value: "person.age"),
                (name: "base-audience", value: churn), (name: "etag", value: browser.value(of: "etag") ?? ""),
            ]
            #expect(try await browser.submit(path, fields + [("do", "apply")]).text.contains("The mapping is changed"))
            let entry = try world.dependencies.control.flowServiceEntry(.flow, flow.id)
            #expect(Set(MappingWish(of: entry).audiences) == [vip, churn])
        }
    }

    @Test func `what is kept stays as it was`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let path: JSONValue = [
                "type": "JSON_PATH", "value": ["path": "person.age", "exportOn": "valueChange"],
            ]
            #expect(
                try await world.patchFlow(flow.id, [FlowWorld.add("\(FlowWorld.attributes)/-", path)]).status == 202
            )
            let before = try world.dependencies.control.flowServiceEntry(.flow, flow.id)
            let browser = try await world.signedIn()
            try await browser.open("/console/dataflows/\(flow.id)/mapping")
            let fields = [
                (name: "paths", value: "person.age\nperson.name.firstName"), (name: "do", value: "apply"),
                (name: "base-paths", value: "person.age"), (name: "etag", value: before.etag),
            ]

            try await browser.submit("/console/dataflows/\(flow.id)/mapping", fields)

            let after = try world.dependencies.control.flowServiceEntry(.flow, flow.id)
            let selectors = FlowTransformation(after).attributes
            #expect(selectors.map(\.path) == [["person", "age"], ["person", "name", "firstName"]])
            #expect(selectors.map(\.export) == [.valueChange, nil])
        }
    }
}

extension [Bool] {
    /// Three of them.
    fileprivate var triple: (Bool, Bool, Bool) { (self[0], self[1], self[2]) }
}
