import ActivationCore
import Testing

@testable import Console

@Suite struct FormatTests {
    @Test func `whole numbers have their thousands apart`() {
        #expect(Figure.count(0) == "0")
        #expect(Figure.count(999) == "999")
        #expect(Figure.count(1_000) == "1,000")
        #expect(Figure.count(12_345_678) == "12,345,678")
        #expect(Figure.count(-1_204) == "−1,204")
        #expect(Figure.count(Int64.min) == "−9,223,372,036,854,775,808")
        #expect(Figure.count(1, "record") == "1 record")
        #expect(Figure.count(2, "entry", "entries") == "2 entries")
    }

    @Test func `a rate of anything is not zero`() {
        #expect(Figure.rate(0, seconds: 60) == "0/s")
        #expect(Figure.rate(1, seconds: 3_600) == "< 0.1/s")
        #expect(Figure.rate(90, seconds: 60) == "1.5/s")
        #expect(Figure.rate(61_200, seconds: 60) == "1,020/s")
        #expect(Figure.rate(5, seconds: 0) == "0/s")
    }

    @Test(
        arguments: [
            (0, "0 B"), (1_023, "1,023 B"), (1_024, "1.0 KiB"), (2_500, "2.4 KiB"), (10_240, "10 KiB"),
            (1_048_575, "1,023 KiB"), (19_327_352_832, "18 GiB"), (-1, "0 B"), (.max, "8,388,608 TiB"),
        ] as [(Int64, String)]
    )
    func `bytes are told in the largest unit that fits`(bytes: Int64, text: String) {
        #expect(Figure.bytes(bytes) == text)
    }

    @Test func `an instant says how long ago it was and exactly when`() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        func ago(_ seconds: Int64) -> String {
            Instant(Timestamp(milliseconds: now.milliseconds - seconds * 1_000), now: now).ago
        }

        #expect(ago(-10) == "just now")
        #expect(ago(2) == "just now")
        #expect(ago(42) == "42 s ago")
        #expect(ago(180) == "3 min ago")
        #expect(ago(4_800) == "1 h 20 min ago")
        #expect(ago(7_200) == "2 h ago")
        #expect(ago(400_000) == "4 d ago")
        #expect(Instant(now, now: now).exact == "2023-11-14 22:13:20 UTC")
    }

    @Test func `a chart draws every hour, also those in which nothing happened`() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let hour = now.milliseconds - now.milliseconds % 3_600_000
        let chart = HourChart(
            [
                HourChart.Hour(start: Timestamp(milliseconds: hour - 3_600_000), delivered: 1_000, parked: 1),
                HourChart.Hour(start: Timestamp(milliseconds: hour), delivered: 10, parked: 0),
            ],
            now: now
        )

        #expect(chart.bars.count == 24)
        #expect(chart.bars.dropLast(2).allSatisfy { $0.deliveredHeight == 0 && $0.parkedHeight == 0 })
        #expect(chart.rows.map(\.delivered) == ["10", "1,000"])
        // Little is seen too, and nothing leaves the picture.
        #expect(chart.bars[22].parkedHeight == 2)
        #expect(chart.bars.allSatisfy { $0.parkedY >= 0 && $0.deliveredY + $0.deliveredHeight == 120 })
    }
}
