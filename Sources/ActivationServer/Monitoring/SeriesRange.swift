import ActivationCore
import ActivationEngine

/// How far back a series goes, and in which steps.
enum SeriesRange: String, Sendable, CaseIterable {
    case hour = "1h"
    case day = "24h"
    case week = "7d"
    case month = "30d"

    /// How many steps there are, of which the last one is still running.
    var count: Int {
        switch self {
        case .hour: SeriesMinutes.kept
        case .day: 24
        case .week: 28
        case .month: 30
        }
    }

    /// Milliseconds of a step; steps begin at multiples of it since 1970.
    var step: Int64 {
        switch self {
        case .hour: SeriesMinutes.length
        case .day: BookedHour.length
        case .week: 6 * BookedHour.length
        case .month: 24 * BookedHour.length
        }
    }

    /// The number of the step that an instant lies in, counted from 1970.
    func number(of instant: Timestamp) -> Int64 { instant.number(ofStep: step) }

    /// When each step began, oldest first.
    func starts(at now: Timestamp) -> [Timestamp] {
        let last = number(of: now)
        return (0..<Int64(count)).map { Timestamp(milliseconds: (last - Int64(count) + 1 + $0) * step) }
    }
}

/// The minutes that are kept in memory.
enum SeriesMinutes {
    /// Milliseconds of a minute.
    static let length: Int64 = 60_000
    /// How many of them.
    static let kept = 60
}
