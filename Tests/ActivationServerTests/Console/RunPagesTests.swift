import ActivationCore
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// The runs of a dataflow at the console.
@Suite struct RunPagesTests {
    @Test func `runs are listed in pages, the newest first, and one shows its audiences`() async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await world.makeFlow().flow.id
            let vip = try await world.makeAudience("VIP")
            let mapped = FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(vip, backfill: false))
            #expect(try await world.patchFlow(flow, [mapped]).status == 202)
            let now = BookedHour.number(of: world.dependencies.time.now())
            var hours = (now - 59...now).map { number in
                BookedHour(
                    start: Timestamp(milliseconds: number * BookedHour.length),
                    counters: DataflowCounters(triggered: 4_321)
                )
            }
            let audience = Audience.ID(uuid: try #require(UUIDBytes(vip)))
            var books = AudienceBooks()
            books.enter(DataflowCounters(triggered: 1_234), of: [audience])
            hours[59].audiences = books
            let dataflow = Dataflow.ID(uuid: try #require(UUIDBytes(flow)))
            world.engine.state.withLock { [hours] in $0.hours[dataflow] = hours }
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow)/runs"

            let list = try await browser.open(path)
            #expect(list.text.contains("60 hours") && list.text.contains("4,321"))
            #expect(list.text.contains("\(path)/\(now)\"") && !list.text.contains("\(path)/\(now - 59)\""))
            #expect(list.text.contains("\(path)?before=\(now - 49)\""))
            let rest = try await browser.open("\(path)?before=\(now - 49)")
            #expect(rest.text.contains("\(path)/\(now - 59)\"") && !rest.text.contains("\(path)/\(now - 49)\""))

            let hour = try await browser.open("\(path)/\(now)")
            for text in ["VIP", "1,234", "3,087", "4,321", "No audience", "All records"] {
                #expect(hour.text.contains(text), "\(text)")
            }
            #expect(
                try await browser.open("\(path)/\(now - 1)").text.contains("before records were counted by audience")
            )
            for other in ["1", "x", "99999999999999999999"] {
                #expect(try await browser.open("\(path)/\(other)").status == 404)
            }
        }
    }
}
