import ActivationCore
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// What a day brings, what a stream needs, and what that costs (BEHAVIOUR 3.19).
@Suite struct ForecastTests {
    private static let now = Timestamp(milliseconds: 1_772_000_000_000)

    private static func hours(_ counts: [(ago: Int64, records: Int64)]) -> [ExportTraffic.Hour] {
        counts.map { ago, records in
            let number = BookedHour.number(of: now) - ago
            return ExportTraffic.Hour(start: Timestamp(milliseconds: number * BookedHour.length), records: records)
        }
    }

    @Test func `days are averaged as far back as anything was counted, with the lowest and the highest`() throws {
        let day = try #require(
            ExportTraffic(
                Self.hours([(200, 99_999), (60, 300), (30, 100), (5, 40), (1, 160)]),
                since: Self.now,
                now: Self.now,
                basis: .books,
                factor: 2
            )
        )

        #expect(day.days == 3)
        // Sixty hours and a quarter have 600, doubled; the oldest day is not whole.
        #expect((475...480).contains(day.day))
        #expect([day.lowest, day.highest, day.busiestHour] == [200, 600, 600])
    }

    @Test func `days without anything count once there was somebody to count`() throws {
        let old = Timestamp(milliseconds: Self.now.milliseconds - 30 * 24 * BookedHour.length)

        let day = try #require(
            ExportTraffic(Self.hours([(2, 70)]), since: old, now: Self.now, basis: .memberHours, factor: 1)
        )

        #expect((day.days, day.day, day.lowest, day.highest) == (7, 10, 0, 70))
        #expect(ExportTraffic([], since: old, now: Self.now, basis: .books, factor: 1) == nil)
    }

    @Test func `what backfills made is taken out of the hours in which they went on`() {
        func hour(_ ago: Int64, _ triggered: Int64) -> BookedHour {
            let number = BookedHour.number(of: Self.now) - ago
            return BookedHour(
                start: Timestamp(milliseconds: number * BookedHour.length),
                counters: DataflowCounters(triggered: triggered)
            )
        }
        let started = Timestamp(milliseconds: Self.now.milliseconds - 2 * BookedHour.length)
        let order = Backfill(
            id: Backfill.ID(uuid: UUIDBytes(high: 1, low: 1)),
            dataflow: Dataflow.ID(uuid: UUIDBytes(high: 1, low: 2))
        )
        var run = BackfillRun(order, total: 10, now: started)
        run.records = 130

        let changes = ExportTraffic.changes(in: [hour(3, 50), hour(2, 100), hour(1, 60), hour(0, 7)], without: [run])

        #expect(changes.map(\.records) == [50, 0, 30, 7])
    }

    private static func forecast(now: Int, day: Int64, busiest: Int64, bytes: Int) throws -> StreamForecast {
        var traffic = try #require(
            ExportTraffic(hours([(1, 1)]), since: self.now, now: self.now, basis: .books, factor: 1)
        )
        (traffic.day, traffic.busiestHour) = (day, busiest)
        return StreamForecast(
            now: now,
            traffic: traffic,
            recordBytes: bytes,
            backfillRate: 1_000,
            prices: StreamPrices()
        )
    }

    @Test func `shards are those that records or bytes need`() throws {
        // 500 a second on average, 2,500 in the busiest hour, 3,500 with the backfill.
        let small = try Self.forecast(now: 5_000, day: 43_200_000, busiest: 9_000_000, bytes: 100)
        #expect((small.averageShards, small.busiestShards, small.peakShards) == (1, 3, 4))
        #expect(small.seconds == 5)
        // 4 MiB each: 500 of 4 KiB a second are two MiB.
        let large = try Self.forecast(now: 0, day: 43_200_000, busiest: 1_800_000, bytes: 4_096)
        #expect((large.averageShards, large.busiestShards, large.peakShards) == (2, 2, 2))
    }

    @Test func `a month costs its shards and units, or its hours and bytes`() throws {
        // 24 a day are 730 a month; of 30 KiB each is two units, and 30 KiB on demand.
        let month = try Self.forecast(now: 1_000_000, day: 24, busiest: 1, bytes: 30 * 1_024 - 5)

        #expect(month.monthRecords == 730 && month.putUnits == 2)
        let millions = 730.0 * 2 / 1_000_000
        #expect(month.provisionedMonth == 730 * 0.015 + millions * 0.014)
        let gigabytes = 30.0 * 1_024 / 1_073_741_824
        #expect(month.onDemandMonth == 730 * 0.04 + 730 * gigabytes * 0.08)
        #expect(month.provisionedNow == 2 * 0.014)
    }
}
