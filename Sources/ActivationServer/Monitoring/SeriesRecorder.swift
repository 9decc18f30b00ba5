import ActivationCore
import ActivationEngine
import Synchronization

/// Remembers what the books by the hour do not say: how long records took, which shards were throttled, what came in, and the last
/// hour by the minute (BEHAVIOUR 7.4).
///
/// It only looks, once a minute and when somebody asks, at counters that are there already; a record costs no more for it. What
/// it knows begins with the process and is bounded.
public final class SeriesRecorder: Sendable {
    /// Figures of single dataflows that are kept by the minute, and as many by the hour.
    static let figuresMax = 20_000
    /// Parts of one dataflow's destination that are told of in one look, those that were throttled most.
    static let lanesMax = 64
    /// Two looks are at least so far apart, in milliseconds.
    private static let pauseMin: Int64 = 1_000

    /// What was counted until a look.
    private struct Look {
        var at: Timestamp
        var accepted = 0
        var refused = 0
        var counters: [Dataflow.ID: DataflowCounters] = [:]
        var delays: [Dataflow.ID: DeliveryDelays] = [:]
        var throttled: [Dataflow.ID: [String: Int64]] = [:]
    }

    private struct State {
        var last: Look?
        var minutes = SeriesRing(
            length: SeriesMinutes.length,
            kept: SeriesMinutes.kept,
            figuresMax: SeriesRecorder.figuresMax
        )
        var hours = SeriesRing(
            length: BookedHour.length,
            kept: Int(BookedHour.keptHours),
            figuresMax: SeriesRecorder.figuresMax
        )
    }

    /// Since when it looks.
    let since: Timestamp
    private let engine: any ServerEngine
    private let control: ControlPlane
    private let ingestion: IngestionCounts
    private let time: any TimeSource
    private let gate = ControlGate()
    private let state = Mutex(State())

    init(engine: any ServerEngine, control: ControlPlane, ingestion: IngestionCounts, time: any TimeSource) {
        self.engine = engine
        self.control = control
        self.ingestion = ingestion
        self.time = time
        since = time.now()
    }

    /// Looks at the end of every minute until the task is cancelled, first at once.
    func run() async {
        while !Task.isCancelled {
            await look()
            let passed = time.now().milliseconds % SeriesMinutes.length
            // Cancelled at the end, where the loop ends too.
            try? await Task.sleep(for: .milliseconds(SeriesMinutes.length - max(0, passed)))
        }
    }

    /// Looks once; what was counted since the look before belongs to the minute and the hour of that one.
    ///
    /// While the books cannot be read nothing is seen; the next look sees it then.
    func look() async {
        await gate.enter()
        defer { gate.leave() }
        let now = time.now()
        let before = state.withLock { $0.last }
        if let before, now >= before.at, now.milliseconds - before.at.milliseconds < Self.pauseMin { return }
        let flows = control.snapshot.entries(.flow).compactMap { entry in
            UUIDBytes(entry.id).map { Dataflow.ID(uuid: $0) }
        }
        guard let books = try? await engine.books(of: flows) else { return }
        let total = ingestion.total
        var look = Look(at: now, accepted: total.accepted, refused: total.refusals)
        look.counters = books.mapValues(\.counters)
        for (flow, figures) in engine.deliveryFigures {
            look.delays[flow] = figures.delays
            guard let lanes = figures.sink?.lanes else { continue }
            look.throttled[flow] = Dictionary(lanes.map { ($0.name ?? "", Int64($0.throttled)) }, uniquingKeysWith: +)
        }
        let seen = before.map { SeriesRecorder.difference(from: $0, to: look, books, at: now) }
        state.withLock { [look] state in
            if let seen, let before {
                state.minutes.add(seen, at: before.at)
                state.hours.add(seen, at: before.at)
            }
            state.last = look
        }
    }

    /// What was seen in the minutes that are kept.
    var minutes: [SeriesRing.Slot] { state.withLock { $0.minutes.slots } }

    /// What was seen in the hours that are kept.
    var hours: [SeriesRing.Slot] { state.withLock { $0.hours.slots } }

    private static func difference(
        from before: Look,
        to look: Look,
        _ books: [Dataflow.ID: Engine.DataflowBooks],
        at now: Timestamp
    ) -> SeriesRing.Slot {
        var slot = SeriesRing.Slot(number: 0)
        slot.accepted = Int64(look.accepted - before.accepted)
        slot.refused = Int64(look.refused - before.refused)
        for flow in Set(look.counters.keys).union(look.delays.keys) {
            var figures = SeriesFigures()
            if let counters = look.counters[flow] {
                figures.counters = counters.since(before.counters[flow] ?? DataflowCounters())
            }
            if let delays = look.delays[flow] {
                figures.delays = delays.since(before.delays[flow] ?? DeliveryDelays())
            }
            figures.throttled = throttled(look.throttled[flow] ?? [:], since: before.throttled[flow] ?? [:])
            figures.oldestWait = books[flow]?.oldestPendingAt.map { max(0, now.milliseconds - $0.milliseconds) }
            slot.total.add(figures)
            if !figures.isEmpty { slot.flows[flow] = figures }
        }
        return slot
    }

    /// What was counted since then; a sink that was opened again counts from nothing.
    private static func throttled(_ now: [String: Int64], since before: [String: Int64]) -> [String: Int64] {
        let risen = now.map { name, count in
            (name, count - (before[name].flatMap { $0 <= count ? $0 : nil } ?? 0))
        }.filter { $0.1 > 0 }
        guard risen.count > lanesMax else { return Dictionary(risen) { first, _ in first } }
        let most = risen.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(lanesMax)
        return Dictionary(most.map { $0 }) { first, _ in first }
    }
}
