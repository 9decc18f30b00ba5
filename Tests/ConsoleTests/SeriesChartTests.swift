import ActivationCore
import Testing

@testable import Console

@Suite struct SeriesChartTests {
    private static func axis(_ count: Int, step: Int64 = 3_600_000) -> TimeAxis {
        TimeAxis((0..<Int64(count)).map { Timestamp(milliseconds: 1_699_999_200_000 + $0 * step) }, step: step)
    }

    private static func chart(_ values: [[Int64?]], as shape: SeriesChart.Shape) -> SeriesChart {
        SeriesChart(
            "Records",
            values.enumerated().map { Measure("m\($0.offset)", $0.element) },
            as: shape,
            on: axis(4)
        ) { Figure.count($0) }
    }

    @Test func `bars stand on each other, and where nothing is known there is a gap and no line in the table`() {
        let chart = Self.chart([[nil, 0, 300, 100], [nil, 0, 100, nil]], as: .bars)

        #expect(chart.bars.map(\.x) == [314, 314, 470])
        #expect(chart.bars.map(\.height) == [88, 29, 29])
        #expect(chart.bars.map(\.isSecond) == [false, true, false])
        #expect(chart.bars[1].y + chart.bars[1].height == chart.bars[0].y)
        #expect(chart.gaps == [SeriesChart.Gap(x: 0, width: 156)])
        #expect(chart.rows.map(\.cells) == [["100", "–"], ["300", "100"], ["0", "0"]])
        #expect(chart.bound == "At most 400" && !chart.isEmpty)
        #expect(chart.slots.map(\.text).first == "2023-11-14 22:00: nothing is known")
    }

    @Test func `a line ends where nothing is known`() {
        let chart = Self.chart([[1, nil, 3, 3]], as: .lines)

        #expect(chart.lines.count == 2)
        #expect(chart.lines[1].points == "312,1 468,1 468,1 624,1")
        #expect(Self.chart([[nil, nil, nil, nil]], as: .lines).isEmpty)
        #expect(Self.chart([[nil, nil, nil, nil]], as: .lines).gaps == [SeriesChart.Gap(x: 0, width: 624)])
    }

    @Test(arguments: [[], [[]], [[1]], [[.max, .max, 0, -1], [0, 0, 0, 0]]] as [[[Int64?]]])
    func `odd values draw something`(values: [[Int64?]]) {
        for shape in [SeriesChart.Shape.bars, .lines] {
            let chart = Self.chart(values, as: shape)
            #expect(chart.bars.allSatisfy { $0.y >= 0 && $0.y + $0.height <= 120 && $0.width > 0 })
        }
    }

    @Test func `the more there was the darker is its place, and the marks of a step are one`() {
        let axis = Self.axis(4)
        let grid = HeatGrid(
            [Measure("shard", [nil, 0, 1, 100]), Measure("short", [])],
            on: axis,
            counting: ("time", "times")
        )
        #expect(grid.rows[0].cells.map(\.tone) == ["gap", "heat-1", "heat-4"])
        #expect(grid.rows[0].total == "101" && grid.rows[0].summary == "shard: 101 times")
        #expect(grid.rows[1].cells.count == 4)

        let first = Timestamp(milliseconds: 1_699_999_200_000)
        let events = [-1, 0, 1, 4 * 3_600_000 - 1, 4 * 3_600_000].map { offset in
            MarkStrip.Event(at: Timestamp(milliseconds: first.milliseconds + offset), text: "t\(offset)")
        }
        let strip = MarkStrip(events, on: axis, counting: ("alert", "alerts"))
        #expect(strip.marks.count == 2 && strip.summary == "3 alerts")
        #expect(strip.marks[0].text == "2023-11-14 22:00: t0; t1")
    }

    @Test func `an axis has four or five words below it`() {
        for (count, step, words) in [(60, 60_000, 4), (24, 3_600_000, 4), (28, 21_600_000, 4), (30, 86_400_000, 5)] {
            let axis = Self.axis(count, step: Int64(step))
            #expect(axis.ticks.count == words && axis.hasFiveTicks == (words == 5))
        }
        #expect(Self.axis(0).ticks.isEmpty)
    }

    @Test func `a length of time is told as precisely as it matters`() {
        let texts = [-1, 0, 999, 1_000, 2_540, 10_400, 90_000, 1_800_000].map { Figure.duration(milliseconds: $0) }
        #expect(texts == ["0 ms", "0 ms", "999 ms", "1 s", "2.5 s", "10 s", "1 min", "30 min"])
    }
}
