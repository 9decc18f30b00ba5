import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

struct HistoryPagesTests {
    @Test func `what was changed by API and console is read on one page, in plain words`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, parts) = try await world.makeFlow()
            let vip = try await world.makeAudience("VIP <b>")
            let mapped = FlowWorld.segment(vip, name: "VIP <b>", backfill: false)
            let patched = try await world.patchFlow(
                flow.id,
                [
                    FlowWorld.add("\(FlowWorld.segments)/-", mapped),
                    FlowWorld.add("\(FlowWorld.attributes)/-", FlowWorld.attribute("person.age")),
                ]
            )
            #expect(patched.status == 202, "\(patched.text)")
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)"
            try await browser.open(path)
            #expect(browser.page.text.contains("href=\"\(path)/history\""))
            try await browser.submit("\(path)/disable")

            let page = try await browser.open("\(path)/history").text

            #expect(page.contains("Administrator") && page.contains("by the API"))
            #expect(page.contains(FlowWorld.email) && page.contains("at the console"))
            #expect(
                page.contains("<b>State</b>") && page.contains("<bdi>enabled</bdi>")
                    && page.contains("<bdi>disabled</bdi>")
            )
            #expect(page.contains("Audience mapped") && page.contains("VIP &lt;b&gt;") && !page.contains("VIP <b>"))
            #expect(page.contains("Attribute mapped") && page.contains("person.age"))
            #expect(page.contains("Made the account") && page.contains("Account: region"))
            // Of a key the end; of secrets nothing.
            #expect(page.contains("…0001") && !page.contains("AKIAEXAMPLE0001"))
            #expect(!page.contains(FlowWorld.secretKey) && !page.contains(FlowWorld.sessionToken))
            let account = try await browser.open("/console/accounts/\(parts.kinesisBase)/history").text
            #expect(account.contains("Made the account") && !account.contains("dataflow <"))
        }
    }

    @Test func `the rule of an audience is read as it was and as it is`() async throws {
        try await FlowWorld.runConsole { world in
            let id = try await world.makeAudience("VIP", "person.age > 18")
            let changed = try await world.send(
                .patch,
                "/data/core/ups/segment/definitions/\(id)",
                [
                    "schema": ["name": "_xdm.context.profile"], "profileInstanceId": "ups",
                    "expression": ["type": "PQL", "format": "pql/text", "value": "person.age > 21"],
                ]
            )
            #expect(changed.status == 200, "\(changed.text)")
            let browser = try await world.signedIn()

            let page = try await browser.open("/console/audiences/\(id)/history").text

            #expect(page.contains("<b>Rule</b>"))
            #expect(page.contains("<del><bdi>person.age &gt; 18</bdi></del>"))
            #expect(page.contains("<ins><bdi>person.age &gt; 21</bdi></ins>"))
            #expect(
                try await browser.open("/console/audiences/\(id)").text.contains("/console/audiences/\(id)/history")
            )
        }
    }

    @Test func `a history outlives its object, and what never was has none`() async throws {
        try await FlowWorld.runConsole { world in
            let id = try await world.makeAudience("Gone")
            _ = try await world.send(.delete, "/data/core/ups/segment/definitions/\(id)")
            let browser = try await world.signedIn()

            let page = try await browser.open("/console/audiences/\(id)/history")

            #expect(page.status == 200)
            #expect(page.text.contains("It is deleted.") && page.text.contains("Deleted the audience"))
            #expect(!page.text.contains("href=\"/console/audiences/\(id)\""))
            for kind in ["audiences", "dataflows", "accounts"] {
                #expect(
                    try await browser.open("/console/\(kind)/00000000-0000-4000-8000-000000000000/history").status
                        == 404
                )
            }
        }
    }

    @Test func `fifty changes are a page`() async throws {
        try await FlowWorld.runConsole { world in
            let id = try await world.makeAudience("VIP")
            for number in 1...60 {
                let entry = try #require(world.dependencies.control.entry(.segmentDefinition, id))
                var body = entry.body
                body["description"] = .string("text \(number).")
                let changed = body
                try await world.dependencies.control.write { draft throws(APIError) in
                    _ = try draft.replace(entry, body: changed)
                }
            }
            let browser = try await world.signedIn()
            let path = "/console/audiences/\(id)/history"

            let first = try await browser.open(path).text

            #expect(first.contains("<ins><bdi>text 60.</bdi>") && first.contains("<ins><bdi>text 11.</bdi>"))
            #expect(!first.contains("<ins><bdi>text 10.</bdi>"))
            let next = try #require(first.firstMatch(of: /rel="next" href="([^"]+)"/)).1
            let second = try await browser.open(String(next)).text
            #expect(second.contains("<ins><bdi>text 10.</bdi>") && second.contains("Made the audience"))
            #expect(!second.contains("rel=\"next\"") && second.contains("href=\"\(path)\""))
        }
    }

    @Test func `home shows what people changed last, and not what the server did`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            // The first start is nobody's.
            let empty = try await browser.open("/console").text
            #expect(!empty.contains("Default inlet") && !empty.contains("merge policy"))
            for number in 1...12 {
                let body: JSONValue = [
                    "name": .string("Audience number \(number)."), "schema": ["name": "_xdm.context.profile"],
                    "expression": ["type": "PQL", "format": "pql/text", "value": "person.age > 18"],
                ]
                let made = try await world.send(.post, "/data/core/ups/segment/definitions", body)
                #expect(made.status == 200, "\(made.text)")
            }

            let home = try await browser.open("/console").text

            #expect(home.contains("Latest changes") && home.contains("Made the audience"))
            #expect(home.contains("Audience number 12.") && home.contains("Audience number 3."))
            #expect(!home.contains("Audience number 2."))
            #expect(home.ranges(of: "/history\"").count == 10)
        }
    }
}
