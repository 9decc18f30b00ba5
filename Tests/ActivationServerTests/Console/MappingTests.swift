import ActivationCore
import HTTPTypes
import Synchronization
import TestSupport
import Testing

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

    @Test func `audiences and attributes are chosen, reviewed and applied`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let (vip, churn) = (try await world.makeAudience("VIP"), try await world.makeAudience("Churn"))
            let id = try #require(UUIDBytes(vip))
            world.engine.state.withLock { $0.members[Audience.ID(uuid: id)] = 1_204 }
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
            #expect(review.text.contains("At most 1,204 members are sent now"))
            #expect(review.text.contains("person.name.firstName") && review.text.contains("check its spelling"))
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
