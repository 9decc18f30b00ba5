public import ActivationCore

/// What happened hour by hour, as bars whose measures are whole numbers; the same figures stand in a table beside it.
public struct HourChart: Sendable, Equatable {
    /// What happened in one hour.
    public struct Hour: Sendable, Equatable {
        /// When it began.
        public var start: Timestamp
        /// What went well.
        public var delivered: Int64
        /// What did not.
        public var parked: Int64

        /// Creates an hour.
        public init(start: Timestamp, delivered: Int64, parked: Int64) {
            self.start = start
            self.delivered = delivered
            self.parked = parked
        }
    }

    /// One bar.
    struct Bar: Sendable, Equatable {
        let x: Int
        let width: Int
        let deliveredY: Int
        let deliveredHeight: Int
        let parkedY: Int
        let parkedHeight: Int
        let text: String
    }

    /// A line of the table.
    struct Row: Sendable, Equatable {
        let hour: String
        let delivered: String
        let parked: String
    }

    let bars: [Bar]
    /// The words below the axis, at equal distances from its beginning.
    let ticks: [String]
    let rows: [Row]
    let top: String
    let summary: String

    private static let height = 120
    private static let slot = 26

    /// Draws the hours before an instant.
    ///
    /// - Parameters:
    ///   - hours: Hours in which anything happened, oldest first.
    ///   - count: How many hours are drawn.
    ///   - now: The present.
    public init(_ hours: [Hour], last count: Int = 24, now: Timestamp) {
        let length: Int64 = 3_600_000
        let current = now.milliseconds - now.milliseconds % length
        let known = Dictionary(hours.map { ($0.start.milliseconds, $0) }) { first, _ in first }
        let shown = (0..<Int64(count)).map { index in
            let start = Timestamp(milliseconds: current - (Int64(count) - 1 - index) * length)
            return known[start.milliseconds] ?? Hour(start: start, delivered: 0, parked: 0)
        }
        let most = max(shown.map { $0.delivered + $0.parked }.max() ?? 0, 1)
        func measure(_ number: Int64) -> Int {
            // A bar of anything is seen.
            number <= 0 ? 0 : max(Int(Double(number) / Double(most) * Double(HourChart.height)), 2)
        }
        bars = shown.enumerated().map { index, hour in
            let parked = measure(hour.parked)
            let delivered = min(measure(hour.delivered), HourChart.height - parked)
            return Bar(
                x: index * HourChart.slot + 3,
                width: HourChart.slot - 6,
                deliveredY: HourChart.height - delivered,
                deliveredHeight: delivered,
                parkedY: HourChart.height - delivered - parked,
                parkedHeight: parked,
                text: "\(HourChart.clock(hour.start)): \(Figure.count(hour.delivered)) delivered, "
                    + "\(Figure.count(hour.parked)) parked"
            )
        }
        ticks = shown.enumerated().filter { $0.offset.isMultiple(of: 6) }.map { HourChart.clock($0.element.start) }
        rows = shown.reversed().filter { $0.delivered != 0 || $0.parked != 0 }.map { hour in
            Row(
                hour: Instant(hour.start, now: now).exact,
                delivered: Figure.count(hour.delivered),
                parked: Figure.count(hour.parked)
            )
        }
        top = Figure.count(most)
        let delivered = shown.reduce(0) { $0 + $1.delivered }
        summary = "Records by the hour, the last \(count) hours: \(Figure.count(delivered)) delivered"
    }

    private static func clock(_ instant: Timestamp) -> String {
        String(instant.rfc3339.dropFirst(11).prefix(5))
    }
}
