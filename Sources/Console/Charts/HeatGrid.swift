/// How much of something there was in each step, for things below each other: the darker, the more.
public struct HeatGrid: Sendable, Equatable {
    struct Cell: Sendable, Equatable {
        let x: Int
        let width: Int
        /// `none`, or `heat-1` to `heat-4`.
        let tone: String
        let text: String
    }

    struct Row: Sendable, Equatable {
        let name: String
        let total: String
        let cells: [Cell]
        let summary: String
    }

    let rows: [Row]
    let ticks: [String]
    let hasFiveTicks: Bool
    let bound: String

    /// Draws things.
    ///
    /// - Parameters:
    ///   - things: In the order in which they are shown.
    ///   - axis: The steps.
    ///   - what: What is counted, one and many.
    public init(_ things: [Measure], on axis: TimeAxis, counting what: (one: String, many: String)) {
        let most = things.flatMap(\.values).compactMap { $0 }.max() ?? 0
        rows = things.map { thing in
            let total = thing.values.reduce(0) { $0 + ($1 ?? 0) }
            let cells = axis.starts.indices.compactMap { index -> Cell? in
                let value = index < thing.values.count ? thing.values[index] : nil
                // Nothing is drawn of nothing.
                if value == 0 { return nil }
                return Cell(
                    x: axis.x(index),
                    width: axis.x(index + 1) - axis.x(index),
                    tone: value.map { "heat-\(HeatGrid.quarter($0, of: most))" } ?? "gap",
                    text: "\(axis.text(index)): "
                        + (value.map { Figure.count($0, what.one, what.many) } ?? "nothing is known")
                )
            }
            return Row(
                name: thing.name,
                total: Figure.count(total),
                cells: cells,
                summary: "\(thing.name): \(Figure.count(total, what.one, what.many))"
            )
        }
        ticks = axis.ticks
        hasFiveTicks = axis.hasFiveTicks
        bound = "The darkest stand for up to \(Figure.count(most)) in one step"
    }

    private static func quarter(_ value: Int64, of most: Int64) -> Int {
        guard value > 0, most > 0 else { return 1 }
        return min(max(Int((Double(value) / Double(most) * 4).rounded(.up)), 1), 4)
    }
}
