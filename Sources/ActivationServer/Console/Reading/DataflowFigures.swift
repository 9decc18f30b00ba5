import ActivationCore
import ActivationEngine
import Console

/// What a dataflow's books say.
struct DataflowFigures: Sendable {
    let books: Engine.DataflowBooks
    /// The latest hours in which anything was entered, oldest first.
    let hours: [BookedHour]

    /// What was delivered in the hour that runs and in the one before it.
    func delivered(at now: Timestamp) -> (thisHour: Int64, lastHour: Int64) {
        let number = BookedHour.number(of: now)
        func delivered(_ wanted: Int64) -> Int64 {
            hours.last { BookedHour.number(of: $0.start) == wanted }?.counters.delivered ?? 0
        }
        return (delivered(number), delivered(number - 1))
    }

    /// How many records a second were delivered in the hour that runs.
    func rate(at now: Timestamp) -> String {
        let seconds = (now.milliseconds - BookedHour.number(of: now) * BookedHour.length) / 1_000
        return Figure.rate(delivered(at: now).thisHour, seconds: max(seconds, 1))
    }

    /// How long the oldest record has waited; nil when none waits.
    func lag(at now: Timestamp) -> String? {
        books.oldestPendingAt.map { Instant.span(seconds: $0.duration(to: now).components.seconds) }
    }

    /// The hours as a chart.
    func chart(at now: Timestamp) -> HourChart {
        HourChart(
            hours.map {
                HourChart.Hour(start: $0.start, delivered: $0.counters.delivered, parked: $0.counters.parked)
            },
            now: now
        )
    }
}
