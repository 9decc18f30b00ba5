import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// What became of records over time (BEHAVIOUR 7.4).
struct SeriesTests {
    private static let hour = BookedHour.number(of: Timestamp(milliseconds: 1_700_000_000_123))

    private static func booked(_ number: Int64, _ counters: DataflowCounters) -> BookedHour {
        BookedHour(start: Timestamp(milliseconds: number * BookedHour.length), counters: counters)
    }

    private static func id(_ text: String) throws -> Dataflow.ID { Dataflow.ID(uuid: try #require(UUIDBytes(text))) }

    private static func slot(_ series: FlowWorld.Answer, fromEnd index: Int) -> JSONValue {
        let slots = series["slots"]?.array ?? []
        return slots.count > index ? slots[slots.count - 1 - index] : .null
    }

    @Test(arguments: [("24h", 24, 3_600), ("7d", 28, 21_600), ("30d", 30, 86_400)])
    func `hours of the books stand in the step that they lie in, and others are gaps`(
        range: String,
        count: Int,
        step: Int64
    ) async throws {
        try await FlowWorld.run { world in
            let flow = try await world.makeFlow().flow.id
            let dataflow = try Self.id(flow)
            let first = 1_700_000_000_123 / (step * 1_000) * step * 1_000
            let number = BookedHour.number(of: Timestamp(milliseconds: first))
            let hours = [
                Self.booked(number - 1_000, DataflowCounters(triggered: 99)),
                Self.booked(number - 1, DataflowCounters(triggered: 7, delivered: 4, suppressedDisabled: 2)),
                Self.booked(number, DataflowCounters(triggered: 1, suppressedDeleted: -1, parked: 1)),
            ]
            world.engine.state.withLock { $0.hours[dataflow] = hours }

            let series = try await world.send(.get, "/v1/series?range=\(range)")

            #expect(series.status == 200, "\(series.text)")
            #expect(series["slots"]?.array?.count == count)
            #expect(series["stepSeconds"] == .integer(step))
            let last = Self.slot(series, fromEnd: 0)
            #expect(last["start"] == .string(Timestamp(milliseconds: first).rfc3339))
            #expect(last["triggered"] == 1 && last["parked"] == 1 && last["suppressed"] == 0)
            let before = Self.slot(series, fromEnd: 1)
            #expect(before["triggered"] == 7 && before["delivered"] == 4 && before["suppressed"] == 2)
            // Nobody knows of it: no zero.
            #expect(Self.slot(series, fromEnd: 2).object?.keys.sorted() == ["start"])
            #expect(before["measured"] == nil && before["messagesAccepted"] == nil)
            let one = series["dataflows"]?[0]
            #expect(one?["triggered"] == 8 && one?["delivered"] == 4 && one?["parked"] == 1)
            // Four and one of six that are settled: what is taken back in another hour is.
            #expect(one?["activationRate"] == JSONValue(0.833))
        }
    }

    /// Changes what the engine counts of a dataflow.
    private static func count(
        _ world: FlowWorld,
        _ flow: Dataflow.ID,
        delivered: Int64,
        delays: [Int64],
        throttled: [(String, Int)]
    ) {
        world.engine.state.withLock { state in
            state.counters.triggered += delivered
            state.counters.delivered += delivered
            var figures = state.deliveryFigures[flow] ?? DeliveryFigures()
            for delay in delays { figures.delays.add(milliseconds: delay) }
            var sink = SinkStatistics()
            sink.lanes = throttled.map { name, count in
                SinkStatistics.Lane(name: name, recordsPerSecond: 1_000, ready: 0, delivered: 0, throttled: count)
            }
            figures.sink = sink
            state.deliveryFigures[flow] = figures
        }
    }

    @Test func `minutes show what was counted in them, and a sink that is opened again begins anew`() async throws {
        try await FlowWorld.run { world in
            let flow = try await world.makeFlow().flow.id
            let dataflow = try Self.id(flow)
            Self.count(world, dataflow, delivered: 1_000, delays: [1], throttled: [("shard-1", 50)])
            await world.dependencies.series.look()
            world.clock.advance(by: 5_000)
            Self.count(
                world,
                dataflow,
                delivered: 4,
                delays: [3, 7, 7, 2_000],
                throttled: [("shard-1", 53), ("shard-2", 9)]
            )
            world.dependencies.metrics.ingestion.count(
                IngestionCounts.Outcome(accepted: 6, refused: ["BAD": 2]),
                of: "default",
                at: world.clock.now()
            )
            world.engine.state.withLock { $0.oldestPendingAt = Timestamp(milliseconds: 1_700_000_000_123 - 9_000) }

            let running = try await world.send(.get, "/v1/series?range=1h")

            #expect(running["slots"]?.array?.count == 60)
            let slot = Self.slot(running, fromEnd: 0)
            #expect(slot["delivered"] == 4 && slot["triggered"] == 4 && slot["measured"] == 4)
            #expect(slot["delayP50Milliseconds"] == 10 && slot["delayP99Milliseconds"] == 2_500)
            #expect(slot["messagesAccepted"] == 6 && slot["messagesRefused"] == 2)
            #expect(slot["throttled"] == 12 && slot["oldestWaitMilliseconds"] == 14_000)
            #expect(Self.slot(running, fromEnd: 1).object?.keys.sorted() == ["start"])
            #expect(running["shards"]?.array?.compactMap { $0["shard"]?.string } == ["shard-2", "shard-1"])

            // The same look twice adds nothing; a minute later there is another step, and then a gap.
            #expect(Self.slot(try await world.send(.get, "/v1/series?range=1h"), fromEnd: 0)["delivered"] == 4)
            world.engine.state.withLock { $0.oldestPendingAt = nil }
            world.clock.advance(by: 60_000)
            await world.dependencies.series.look()
            Self.count(world, dataflow, delivered: 1, delays: [], throttled: [("shard-1", 5)])
            world.clock.advance(by: 30_000)
            await world.dependencies.series.look()
            world.clock.advance(by: 180_000)
            let later = try await world.send(.get, "/v1/series?range=1h")
            let steps = (0..<6).map { Self.slot(later, fromEnd: $0) }
            #expect(steps[0].object?.keys.sorted() == ["start"])
            let opened = steps.first { $0["throttled"] == 5 }
            #expect(opened?["delivered"] == 1 && opened?["measured"] == 0)
            #expect(opened?["delayP50Milliseconds"] == nil && opened?["oldestWaitMilliseconds"] == nil)
            #expect(steps.contains { $0["delivered"] == 4 })

            let day = try await world.send(.get, "/v1/series?flowId=\(flow)")
            #expect(day["range"] == "24h")
            #expect(Self.slot(day, fromEnd: 0)["throttled"] == 17)
            // Messages are nobody's in particular.
            #expect(Self.slot(day, fromEnd: 0)["messagesAccepted"] == nil)
            #expect(day["dataflows"]?[0]?["throttled"] == 17 && day["dataflows"]?[0]?["measured"] == 4)
        }
    }

    @Test func `alerts that fired in the time stand beside it`() async throws {
        try await FlowWorld.run { world in
            let flow = try await world.makeFlow().flow.id
            let now = world.clock.now().milliseconds
            func entry(_ event: String, _ hours: Int64, _ subject: String) -> AlertEntry {
                let body: JSONValue = [
                    "event": .string(event), "name": "Lag", "severity": "critical", "text": "waits", "flowName": "f",
                ]
                return AlertEntry(
                    at: Timestamp(milliseconds: now - hours * BookedHour.length),
                    subject: subject,
                    body: Array(body.text.utf8)
                )
            }
            var change = AlertChange()
            change.entries = [
                entry("fired", 30, flow), entry("fired", 3, flow), entry("resolved", 2, flow), entry("happened", 1, ""),
            ]
            try await world.storage.apply(change, scope: .production)

            let day = try await world.send(.get, "/v1/series")
            let own = try await world.send(.get, "/v1/series?range=7d&flowId=\(flow)")

            #expect(day["alerts"]?.array?.count == 2)
            #expect(day["alerts"]?[1]?["flowId"] == .string(flow) && day["alerts"]?[0]?["flowId"] == nil)
            #expect(day["alerts"]?[1]?["severity"] == "critical" && day["alerts"]?[1]?["text"] == "waits")
            #expect(own["alerts"]?.array?.count == 2)
        }
    }

    @Test func `a range or a dataflow that is none is refused`() async throws {
        try await FlowWorld.run { world in
            for query in ["range=2h", "range=", "range=24H"] {
                let answer = try await world.send(.get, "/v1/series?\(query)")
                #expect(answer.status == 400 && answer.errorCode == "QUERY_INVALID", "\(query)")
            }
            let unknown = UUIDBytes(high: 1, low: 1)
            #expect(try await world.send(.get, "/v1/series?flowId=\(unknown)").errorCode == "1430-404")
        }
    }

    @Test func `what is kept is bounded, and a clock that was set back is followed`() {
        var ring = SeriesRing(length: 60_000, kept: 3, figuresMax: 2)
        func seen(_ count: Int64) -> SeriesRing.Slot {
            var slot = SeriesRing.Slot(number: 0)
            slot.accepted = count
            slot.flows = [Dataflow.ID(uuid: UUIDBytes(high: 1, low: 1)): SeriesFigures(delays: DeliveryDelays())]
            return slot
        }
        for minute in 0..<5 { ring.add(seen(1), at: Timestamp(milliseconds: Int64(minute) * 60_000)) }
        #expect(ring.slots.map(\.number) == [2, 3, 4])
        #expect(ring.slots.map(\.flows.count) == [0, 1, 1])
        ring.add(seen(1), at: Timestamp(milliseconds: 4 * 60_000 - 1))
        #expect(ring.slots.map(\.accepted) == [1, 1, 2])
        ring.add(seen(1), at: Timestamp(milliseconds: 60_000))
        #expect(ring.slots.map(\.number) == [2])
        ring.add(seen(1), at: Timestamp(milliseconds: -1))
        #expect(ring.slots.map(\.number) == [-1])
        ring.add(seen(1), at: Timestamp(milliseconds: 900_000))
        #expect(ring.slots.map(\.number) == [15])
    }

    @Test func `the page shows what there is, filters it, and has no trouble with what there is not`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            #expect(try await browser.open("/console/monitoring").text.contains("No dataflow yet"))
            let flow = try await world.makeFlow().flow.id
            let quiet = try await browser.open("/console/monitoring").text
            #expect(quiet.contains("No traffic in this range"))
            #expect(quiet.contains("Nothing was triggered in the last 30 days."))
            let dataflow = try Self.id(flow)
            world.engine.state.withLock {
                $0.hours[dataflow] = [Self.booked(Self.hour, DataflowCounters(triggered: 12_345, delivered: 12_344))]
            }
            world.clock.advance(by: 2_000)
            Self.count(world, dataflow, delivered: 3, delays: [3, 7, 2_000_000], throttled: [("shard-<1>", 3)])

            let page = try await browser.open("/console/monitoring?range=24h").text

            #expect(page.contains("12,345") && page.contains("12,344") && page.contains("100.0 %"))
            #expect(page.contains("over 30 min") && page.contains("10 ms"))
            #expect(page.contains("shard-&lt;1&gt;") && !page.contains("shard-<1>"))
            #expect(page.contains("Throttling by shard") && page.contains("nothing is known"))
            #expect(try await browser.open("/console/monitoring?range=1h&problems=true").text.contains("has a problem"))
            let odd = try await browser.open("/console/monitoring?range=%3Cb%3E")
            #expect(odd.status == 200 && !odd.text.contains("<b>\""))
            world.engine.state.withLock { $0.counters.parked = 2 }
            #expect(
                try await browser.open("/console/monitoring?problems=true").text.contains("/console/dataflows/\(flow)")
            )
        }
    }
}
