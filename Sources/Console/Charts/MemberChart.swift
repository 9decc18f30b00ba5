public import ActivationCore

/// How many members there were over time, as a line whose measures are whole numbers; the same figures stand in a table
/// beside it.
public struct MemberChart: Sendable, Equatable {
    /// What is told of an hour or a day.
    public struct Point: Sendable, Equatable {
        /// When it began.
        public var start: Timestamp
        /// Those who became members in it.
        public var entered: Int64
        /// Members who ceased to be.
        public var exited: Int64
        /// Members at its end.
        public var members: Int64

        /// Creates a point.
        public init(start: Timestamp, entered: Int64, exited: Int64, members: Int64) {
            self.start = start
            self.entered = entered
            self.exited = exited
            self.members = members
        }
    }

    /// How long what a point tells of takes.
    public enum Unit: Sendable {
        /// An hour.
        case hour
        /// A day in UTC.
        case day

        fileprivate var name: String { self == .hour ? "hour" : "day" }

        /// What is written of an instant.
        fileprivate func text(_ instant: Timestamp) -> String {
            let text = instant.rfc3339
            return String(self == .hour ? text.dropFirst(11).prefix(5) : text.prefix(10))
        }
    }

    /// A line of the table.
    struct Row: Sendable, Equatable {
        let start: String
        let entered: String
        let exited: String
        let members: String
    }

    /// A stretch in which a pointer finds what happened.
    struct Slot: Sendable, Equatable {
        let x: Int
        let width: Int
        let text: String
    }

    /// The corners of the line, as SVG writes them.
    let line: String
    let slots: [Slot]
    /// The words below the axis, at equal distances from its beginning.
    let ticks: [String]
    let rows: [Row]
    /// Says what the upper and the lower edge stand for.
    let bounds: String
    let summary: String
    /// What a line of the table tells of.
    let unit: String
    /// Whether it shows days.
    let isByDay: Bool
    /// Whether nobody entered or exited.
    let isQuiet: Bool

    private static let height = 120
    private static let width = 624

    /// Draws points.
    ///
    /// - Parameters:
    ///   - points: One for each hour or day, oldest first, without gaps.
    ///   - unit: Whether they are hours or days.
    public init(_ points: [Point], by unit: Unit) {
        let least = points.map(\.members).min() ?? 0
        let most = points.map(\.members).max() ?? 0
        let span = Double(most) - Double(least)
        func y(_ members: Int64) -> Int {
            guard span > 0 else { return MemberChart.height / 2 }
            let share = (Double(members) - Double(least)) / span
            return MemberChart.height - Int((share * Double(MemberChart.height - 2)).rounded()) - 1
        }
        func x(_ index: Int) -> Int { index * MemberChart.width / max(points.count, 1) }
        // A step for each point: nobody knows what was between.
        line = points.enumerated().map { index, point in
            "\(x(index)),\(y(point.members)) \(x(index + 1)),\(y(point.members))"
        }.joined(separator: " ")
        slots = points.enumerated().map { index, point in
            Slot(
                x: x(index),
                width: x(index + 1) - x(index),
                text: "\(unit.text(point.start)): \(Figure.count(point.members, "member")), "
                    + "\(Figure.count(point.entered)) entered, \(Figure.count(point.exited)) exited"
            )
        }
        ticks = points.enumerated().filter { $0.offset.isMultiple(of: 6) }.map { unit.text($0.element.start) }
        rows = points.reversed().filter { $0.entered != 0 || $0.exited != 0 }.map { point in
            Row(
                start: unit == .hour
                    ? "\(point.start.rfc3339.prefix(10)) \(unit.text(point.start)) UTC" : unit.text(point.start),
                entered: Figure.count(point.entered),
                exited: Figure.count(point.exited),
                members: Figure.count(point.members)
            )
        }
        isQuiet = rows.isEmpty
        bounds =
            least == most
            ? "\(Figure.count(most, "member")) all the time"
            : "From \(Figure.count(least)) below to \(Figure.count(most, "member")) on top"
        self.unit = unit.name
        isByDay = unit == .day
        let entered = points.reduce(0) { $0 + $1.entered }
        let exited = points.reduce(0) { $0 + $1.exited }
        summary =
            "Members, the last \(Figure.count(points.count, unit.name)): \(Figure.count(entered)) entered, "
            + "\(Figure.count(exited)) exited"
    }
}
