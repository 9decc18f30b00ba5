import ActivationCore
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

@Suite struct BackfillPagesTests {
    /// A dataflow with an audience, and a browser that shows the form of a new backfill.
    private static func begin(_ world: FlowWorld) async throws -> (flow: String, vip: String, browser: Browser) {
        let (flow, _) = try await world.makeFlow()
        let vip = try await world.makeAudience("VIP")
        let mapped = FlowWorld.segment(vip, backfill: false)
        _ = try await world.patchFlow(flow.id, [FlowWorld.add("\(FlowWorld.segments)/-", mapped)])
        let browser = try await world.signedIn()
        try await browser.open("/console/dataflows/\(flow.id)/backfills/new")
        return (flow.id, vip, browser)
    }

    @Test func `a backfill is begun, paused, slowed and cancelled as by the API`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, vip, browser) = try await Self.begin(world)
            let path = "/console/dataflows/\(flow)/backfills"

            for wrong in ["0", "1,0", "1,0000", "0x10", "ten"] {
                #expect(try await browser.submit("\(path)/new", [("rate", wrong)]).status == 400, "\(wrong)")
            }
            #expect(try await browser.submit("\(path)/new", [("audience", flow)]).status == 400)
            #expect(world.dependencies.control.entries(.backfill).isEmpty)
            let begun = try await browser.submit("\(path)/new", [("audience", vip), ("rate", "1,000")])
            #expect(begun.text.contains("The backfill has begun.") && begun.text.contains("VIP"))
            let order = try #require(world.dependencies.control.entries(.backfill).first)
            func body() throws -> JSONObject {
                try #require(world.dependencies.control.entry(.backfill, order.id)).body
            }
            #expect(try body()["recordsPerSecond"] == 1_000 && body()["createdBy"]?.string == FlowWorld.email)

            try await browser.submit("\(path)/\(order.id)", [("do", "pause")])
            #expect(try body()["wish"] == "paused")
            try await browser.submit("\(path)/\(order.id)", [("do", "resume")])
            #expect(try body()["wish"] == "running")
            try await browser.submit("\(path)/\(order.id)", [("do", "rate"), ("rate-\(order.id)", "")])
            #expect(try body()["recordsPerSecond"] == nil)
            try await browser.submit("\(path)/\(order.id)/cancel")
            #expect(try body()["wish"] == "cancelled")
            #expect(try await browser.submit("\(path)/\(order.id)", [("do", "resume")]).status == 409)
        }
    }

    @Test func `a form that is sent twice begins one backfill, a new one another`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _, browser) = try await Self.begin(world)
            let path = "/console/dataflows/\(flow)/backfills"
            let mark = try #require(browser.value(of: "once"))
            let form = [(name: FormToken.field, value: browser.token), (name: "once", value: mark)]

            for _ in 0..<3 { #expect(try await browser.post("\(path)/new", form).location != nil) }
            #expect(world.dependencies.control.entries(.backfill).count == 1)

            try await browser.open("\(path)/new")
            let next = try #require(browser.value(of: "once"))
            #expect(next != mark)
            try await browser.submit("\(path)/new", [(name: "once", value: next)])
            #expect(world.dependencies.control.entries(.backfill).count == 2)
        }
    }

    @Test func `a backfill of another dataflow is not found under this one`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let (other, _) = try await world.makeFlow()
            let vip = try await world.makeAudience("VIP")
            _ = try await world.patchFlow(
                flow.id,
                [FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(vip, backfill: true))]
            )
            let order = try #require(world.dependencies.control.entries(.backfill).first)
            let browser = try await world.signedIn()

            try await browser.open("/console/dataflows/\(flow.id)/backfills/new")
            let path = "/console/dataflows/\(other.id)/backfills/\(order.id)"
            #expect(try await browser.submit(path, [("do", "pause")]).status == 404)
            #expect(try await browser.open("\(path)/cancel").status == 404)
        }
    }

    @Test func `figures tell when the page is to be drawn again, and their asking keeps no session alive`() async throws
    {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let browser = try await world.signedIn()
            let page = try await browser.open("/console/dataflows/\(flow.id)")
            let mark = try #require(page.text.firstRange(of: "data-figures=\""))
            let path = String(page.text[mark.upperBound...].prefix { $0 != "\"" })

            #expect(try await browser.open(path).text.contains(#""isOld":false"#))
            let trouble = RelayTrouble(code: "AWS-401", message: "refused", since: world.clock.now())
            world.engine.state.withLock { $0.relay = .paused(trouble) }
            #expect(try await browser.open(path).text.contains(#""isOld":true"#))
            #expect(try await browser.open("/console/dataflows/\(flow.id)").text.contains("Change credentials"))

            world.clock.advance(by: 3_000_000)
            _ = try await browser.open(path)
            world.clock.advance(by: 3_000_000)
            let late = try await browser.open("/console/me")
            #expect(late.text.contains("<h1>Sign in</h1>"))
        }
    }
}
