import Testing

@testable import headwater

@Suite struct FiguresTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] as [(Int64, String)])
    func `thousands are apart`(value: Int64, text: String) {
        #expect(Figures.grouped(value) == text)
    }

    @Test(arguments: [(0, "00:00"), (59.2, "01:00"), (61, "01:01"), (3_600, "1:00:00"), (.infinity, "--:--")])
    func `times are read as clocks`(seconds: Double, text: String) {
        #expect(Figures.clock(seconds: seconds) == text)
    }

    @Test(arguments: [(1.0, 0, "1"), (1.005, 1, "1.0"), (0.0499, 2, "0.05"), (-2.5, 1, "-2.5"), (-0.001, 1, "0.0")])
    func `fractions have fixed digits`(value: Double, digits: Int, text: String) {
        #expect(Figures.fixed(value, digits) == text)
    }

    @Test func `a progress line knows share, rate and remaining time`() {
        let bar = ProgressBar(total: 200, unit: "lines", isShown: false)

        let line = bar.line(done: 50, items: 10, note: "2 refused", elapsed: .seconds(5))

        #expect(line == "[======                  ] 25 %  10 lines  2/s  ETA 00:15  2 refused")
    }
}
