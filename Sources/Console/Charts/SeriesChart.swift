/// One or two measures over time, as bars or as lines; the same figures stand in a table beside it.
///
/// Where nothing is known there is a gap.
public struct SeriesChart: Sendable, Equatable {
    /// How values become heights.
    public enum Shape: Sendable {
        /// Bars, the second on top of the first.
        case bars
        /// Lines of which each doubling is as high as the one before it.
        case lines
    }

    /// A name of the legend.
    struct Name: Sendable, Equatable {
        let name: String
        let isSecond: Bool
    }

    struct Bar: Sendable, Equatable {
        let x: Int
        let y: Int
        let width: Int
        let height: Int
        let isSecond: Bool
    }

    /// A stretch of a line without gaps, its corners as SVG writes them.
    struct Line: Sendable, Equatable {
        let points: String
        let isSecond: Bool
    }

    /// A stretch in which nothing is known.
    struct Gap: Sendable, Equatable {
        let x: Int
        let width: Int
    }

    /// A step in which a pointer finds what happened.
    struct Slot: Sendable, Equatable {
        let x: Int
        let width: Int
        let text: String
    }

    /// A line of the table.
    struct Row: Sendable, Equatable {
        let start: String
        let cells: [String]
    }

    let title: String
    let names: [Name]
    let bars: [Bar]
    let lines: [Line]
    let gaps: [Gap]
    let slots: [Slot]
    let ticks: [String]
    let hasFiveTicks: Bool
    let rows: [Row]
    /// Says what the upper edge stands for.
    let bound: String
    let summary: String
    /// Whether there is no value at all.
    let isEmpty: Bool

    private static let height = 120

    /// Draws measures.
    ///
    /// - Parameters:
    ///   - title: What the chart is about.
    ///   - measures: One or two, with a value for each step.
    ///   - shape: Bars or lines.
    ///   - axis: The steps.
    ///   - text: Writes a value.
    public init(
        _ title: String,
        _ measures: [Measure],
        as shape: Shape,
        on axis: TimeAxis,
        text: (Int64) -> String
    ) {
        self.title = title
        let columns = axis.starts.indices.map { index in
            measures.map { index < $0.values.count ? $0.values[index] : nil }
        }
        let most = columns.map { SeriesChart.top(of: $0, shape) }.max() ?? 0
        func height(_ value: Int64) -> Int {
            guard value > 0, most > 0 else { return 0 }
            let share =
                shape == .bars
                ? Double(value) / Double(most) : SeriesChart.doublings(value) / SeriesChart.doublings(most)
            // Something is seen of anything.
            return max(Int((share * Double(SeriesChart.height - 2)).rounded(.down)), 2)
        }
        names = measures.enumerated().map { Name(name: $0.element.name, isSecond: $0.offset > 0) }
        bars = shape == .bars ? SeriesChart.bars(columns, axis, height) : []
        lines = shape == .lines ? measures.indices.flatMap { SeriesChart.lines($0, columns, axis, height) } : []
        let isKnown = columns.map { column in column.contains { $0 != nil } }
        gaps = SeriesChart.gaps(isKnown, axis)
        slots = columns.enumerated().map { index, column in
            let values = zip(measures, column).map { measure, value in
                "\(measure.name) \(value.map(text) ?? "–")"
            }.joined(separator: ", ")
            return Slot(
                x: axis.x(index),
                width: axis.x(index + 1) - axis.x(index),
                text: "\(axis.text(index)): \(isKnown[index] ? values : "nothing is known")"
            )
        }
        ticks = axis.ticks
        hasFiveTicks = axis.hasFiveTicks
        rows = columns.indices.reversed().filter { isKnown[$0] }.map { index in
            Row(start: axis.text(index), cells: columns[index].map { $0.map(text) ?? "–" })
        }
        isEmpty = !isKnown.contains(true)
        bound = isEmpty ? "Nothing is known of this time" : "At most \(text(most))"
        summary = "\(title), \(measures.map(\.name).joined(separator: " and ")). \(bound)."
    }

    /// How often one has to be doubled to get a number and one; between two doublings in a straight line.
    private static func doublings(_ value: Int64) -> Double {
        let number = Double(value) + 1
        return Double(number.exponent) + number.significand - 1
    }

    /// How high a column goes.
    private static func top(of column: [Int64?], _ shape: Shape) -> Int64 {
        let values = column.compactMap { $0 }
        return shape == .bars ? values.reduce(0, +) : values.max() ?? 0
    }

    private static func bars(_ columns: [[Int64?]], _ axis: TimeAxis, _ height: (Int64) -> Int) -> [Bar] {
        columns.enumerated().flatMap { index, column -> [Bar] in
            var top = SeriesChart.height
            let (x, end) = (axis.x(index), axis.x(index + 1))
            let space = end - x > 6 ? 2 : 1
            return column.enumerated().compactMap { offset, value in
                guard let value, value > 0 else { return nil }
                let height = min(height(value), top)
                top -= height
                return Bar(
                    x: x + space,
                    y: top,
                    width: max(end - x - 2 * space, 1),
                    height: height,
                    isSecond: offset > 0
                )
            }
        }
    }

    private static func lines(
        _ measure: Int,
        _ columns: [[Int64?]],
        _ axis: TimeAxis,
        _ height: (Int64) -> Int
    ) -> [Line] {
        var lines: [Line] = []
        var points: [String] = []
        for index in columns.indices {
            if let value = columns[index][measure] {
                let y = SeriesChart.height - 1 - height(value)
                points.append("\(axis.x(index)),\(y) \(axis.x(index + 1)),\(y)")
            }
            if columns[index][measure] == nil || index == columns.count - 1, !points.isEmpty {
                lines.append(Line(points: points.joined(separator: " "), isSecond: measure > 0))
                points = []
            }
        }
        return lines
    }

    private static func gaps(_ isKnown: [Bool], _ axis: TimeAxis) -> [Gap] {
        var gaps: [Gap] = []
        var first: Int?
        for index in 0...isKnown.count {
            if index < isKnown.count, !isKnown[index] {
                first = first ?? index
            } else if let begin = first {
                gaps.append(Gap(x: axis.x(begin), width: axis.x(index) - axis.x(begin)))
                first = nil
            }
        }
        return gaps
    }
}
