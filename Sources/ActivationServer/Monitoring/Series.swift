import ActivationCore
import ActivationEngine

/// What became of records over time: the books by the hour, and what the server has seen since it started (BEHAVIOUR 7.4).
struct Series: Sendable {
    /// One step.
    struct Slot: Sendable, Equatable {
        /// When it began.
        var start: Timestamp
        /// What was entered in the books; nil when nothing is known of the step.
        var counters: DataflowCounters?
        /// What was measured; nil of a step in which the server did not look.
        var measured: SeriesFigures?
        /// Messages that were taken and refused; nil of a step in which the server did not look.
        var messages: (accepted: Int64, refused: Int64)?

        static func == (left: Slot, right: Slot) -> Bool {
            left.start == right.start && left.counters == right.counters && left.measured == right.measured
                && left.messages?.accepted == right.messages?.accepted
                && left.messages?.refused == right.messages?.refused
        }
    }

    /// A part of a destination that was throttled.
    struct Shard: Sendable, Equatable {
        var flow: Dataflow.ID
        /// What the destination calls it; empty where that is not known.
        var name: String
        /// Times by step; nil of a step in which the server did not look.
        var throttled: [Int64?]
        var total: Int64 { throttled.reduce(0) { $0 + ($1 ?? 0) } }
    }

    let range: SeriesRange
    /// Oldest first; the last one is still running.
    let slots: [Slot]
    /// What became of each dataflow's records in all steps together.
    let flows: [Dataflow.ID: SeriesFigures]
    /// Those that were throttled most, first.
    let shards: [Shard]

    /// Shards that are told of.
    static let shardsMax = 20

    /// Puts together what is known of some dataflows.
    ///
    /// - Parameters:
    ///   - range: How far back.
    ///   - flows: Which dataflows.
    ///   - withMessages: Whether messages, which are nobody's in particular, are told of.
    ///   - hours: The hours of their books; not needed for a range in minutes.
    ///   - seen: What the server has seen, in minutes or hours as the range asks.
    ///   - now: The present.
    init(
        _ range: SeriesRange,
        of flows: [Dataflow.ID],
        withMessages: Bool,
        hours: [Dataflow.ID: [BookedHour]],
        seen: [SeriesRing.Slot],
        at now: Timestamp
    ) {
        self.range = range
        let starts = range.starts(at: now)
        let length = range == .hour ? SeriesMinutes.length : BookedHour.length
        var slots = starts.map { Slot(start: $0) }
        var totals: [Dataflow.ID: SeriesFigures] = [:]
        var throttled: [Dataflow.ID: [String: [Int: Int64]]] = [:]
        func index(_ instant: Timestamp) -> Int? {
            guard let first = starts.first else { return nil }
            let index = range.number(of: instant) - range.number(of: first)
            return slots.indices.contains(Int(clamping: index)) ? Int(clamping: index) : nil
        }
        for part in seen {
            guard let at = index(Timestamp(milliseconds: part.number * length)) else { continue }
            var measured = SeriesFigures()
            for flow in flows {
                guard var figures = part.flows[flow] else { continue }
                for (name, count) in figures.throttled {
                    throttled[flow, default: [:]][name, default: [:]][at, default: 0] += count
                }
                // The books themselves say it of hours.
                if range != .hour { figures.counters = DataflowCounters() }
                totals[flow, default: SeriesFigures()].add(figures)
                measured.add(figures)
            }
            // Where single dataflows had to make room, all together are still known.
            if withMessages {
                measured = part.total
                if range != .hour { measured.counters = DataflowCounters() }
                let known = slots[at].messages ?? (0, 0)
                slots[at].messages = (known.accepted + part.accepted, known.refused + part.refused)
            }
            slots[at].counters = slots[at].counters ?? DataflowCounters()
            slots[at].counters? += measured.counters
            measured.counters = DataflowCounters()
            slots[at].measured = slots[at].measured ?? SeriesFigures()
            slots[at].measured?.add(measured)
        }
        if range != .hour {
            for flow in flows {
                for hour in hours[flow] ?? [] {
                    guard let at = index(hour.start) else { continue }
                    slots[at].counters = slots[at].counters ?? DataflowCounters()
                    slots[at].counters? += hour.counters
                    totals[flow, default: SeriesFigures()].counters += hour.counters
                }
            }
        }
        let shards = throttled.flatMap { flow, names in
            names.map { name, counts in
                Shard(
                    flow: flow,
                    name: name,
                    throttled: slots.indices.map { slots[$0].measured == nil ? nil : counts[$0] ?? 0 }
                )
            }
        }.sorted { ($1.total, $0.name, $0.flow.uuid) < ($0.total, $1.name, $1.flow.uuid) }
        self.slots = slots
        self.flows = totals
        self.shards = Array(shards.prefix(Series.shardsMax))
    }

    /// Reads what is known of some dataflows.
    ///
    /// - Parameters:
    ///   - range: How far back.
    ///   - flows: Which dataflows.
    ///   - withMessages: Whether messages are told of.
    ///   - dependencies: Where it is read.
    ///   - now: The present.
    /// - Returns: The series.
    /// - Throws: ``APIError`` when the store cannot be read.
    static func read(
        _ range: SeriesRange,
        of flows: [Dataflow.ID],
        withMessages: Bool,
        _ dependencies: ServerDependencies,
        at now: Timestamp
    ) async throws(APIError) -> Series {
        await dependencies.series.look()
        var hours: [Dataflow.ID: [BookedHour]] = [:]
        if range != .hour, let first = range.starts(at: now).first {
            hours = try await APIError.mapping { () throws(EngineError) in
                try await dependencies.engine.bookedHours(of: flows, since: first)
            }
        }
        return Series(
            range,
            of: flows,
            withMessages: withMessages,
            hours: hours,
            seen: range == .hour ? dependencies.series.minutes : dependencies.series.hours,
            at: now
        )
    }

    /// All dataflows and all steps together.
    var total: SeriesFigures { flows.values.reduce(into: SeriesFigures()) { $0.add($1) } }

    /// Whether anything is known to have happened.
    var hasTraffic: Bool {
        slots.contains { slot in
            slot.counters.map { $0 != DataflowCounters() } ?? false || (slot.messages?.accepted ?? 0) > 0
                || (slot.messages?.refused ?? 0) > 0 || slot.measured.map { !$0.isEmpty } ?? false
        }
    }
}
