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

    private static func points(_ members: [Int64]) -> [MemberChart.Point] {
        members.enumerated().map { index, members in
            MemberChart.Point(
                start: Timestamp(milliseconds: 1_699_999_200_000 + Int64(index) * 3_600_000),
                entered: index == 0 ? 2 : 0,
                exited: 0,
                members: members
            )
        }
    }

    @Test func `a line of members stays within the picture and says what its edges are`() {
        let chart = MemberChart(Self.points([1_000, 1_010, 1_005, 1_010]), by: .hour)
        #expect(chart.line == "0,119 156,119 156,1 312,1 312,60 468,60 468,1 624,1")
        #expect(chart.bounds == "From 1,000 below to 1,010 members on top")
        #expect(chart.slots.map(\.x) == [0, 156, 312, 468] && chart.slots.allSatisfy { $0.width == 156 })
        #expect(chart.slots.first?.text == "22:00: 1,000 members, 2 entered, 0 exited")
        #expect(chart.rows.map(\.start) == ["2023-11-14 22:00 UTC"])
        #expect(!chart.isQuiet && !chart.isByDay)
        let flat = MemberChart(
            Self.points([5, 5]).map { MemberChart.Point(start: $0.start, entered: 0, exited: 0, members: 5) },
            by: .day
        )
        #expect(flat.line == "0,60 312,60 312,60 624,60")
        #expect(flat.bounds == "5 members all the time" && flat.isQuiet && flat.isByDay)
        #expect(flat.ticks == ["2023-11-14"])
        let far = MemberChart(Self.points([.min, .max]), by: .hour)
        #expect(far.line == "0,119 312,119 312,1 624,1")
        #expect(MemberChart([], by: .hour).line.isEmpty)
    }
}
