import ActivationCore

/// What a dataflow's records ask of a stream, and what that costs (BEHAVIOUR 3.19).
struct StreamForecast: Sendable {
    /// Records that are sent at once.
    var now: Int
    /// What comes in a day; nil when nothing was counted yet.
    var traffic: ExportTraffic?
    /// Bytes of a record with its partition key, on average.
    var recordBytes: Int
    /// Records a second that a backfill makes.
    var backfillRate: Int
    /// What it costs.
    var prices: StreamPrices

    /// What one shard takes in a second.
    static let shardRecords = 1_000.0
    static let shardBytes = 1_048_576.0
    /// Hours of a month, as bills have them.
    static let monthHours = 730.0
    private static let putUnitBytes = 25.0 * 1_024
    private static let roundedBytes = 1_024.0
    private static let gigabyte = 1_073_741_824.0

    /// Shards that so many records a second need, at least one.
    func shards(for recordsPerSecond: Double) -> Int {
        let byRecords = recordsPerSecond / StreamForecast.shardRecords
        let byBytes = recordsPerSecond * Double(recordBytes) / StreamForecast.shardBytes
        return max(1, Int(min(max(byRecords, byBytes).rounded(.up), 1_000_000)))
    }

    /// Shards for an even day; nil when nothing was counted.
    var averageShards: Int? { traffic.map { shards(for: Double($0.day) / 86_400) } }

    /// Shards for the busiest hour; nil when nothing was counted.
    var busiestShards: Int? { traffic.map { shards(for: Double($0.busiestHour) / 3_600) } }

    /// Shards for the peak: the busiest hour, and a backfill at its rate in the middle of it.
    var peakShards: Int {
        let live = Double(traffic?.busiestHour ?? 0) / 3_600
        return shards(for: live + (now > 0 ? Double(min(now, backfillRate)) : 0))
    }

    /// Seconds that a backfill takes at its rate, at least.
    var seconds: Int { (now + max(backfillRate, 1) - 1) / max(backfillRate, 1) }

    // MARK: Costs

    /// Payload units of a record.
    var putUnits: Double { max(1, (Double(recordBytes) / StreamForecast.putUnitBytes).rounded(.up)) }

    private var onDemandGigabytes: Double {
        (Double(recordBytes) / StreamForecast.roundedBytes).rounded(.up) * StreamForecast.roundedBytes
            / StreamForecast.gigabyte
    }

    /// Records of a month; nil when nothing was counted.
    var monthRecords: Double? { traffic.map { Double($0.day) * StreamForecast.monthHours / 24 } }

    /// What the records of a month cost on a provisioned stream with the shards of the busiest hour.
    var provisionedMonth: Double? {
        guard let monthRecords, let busiestShards else { return nil }
        return Double(busiestShards) * StreamForecast.monthHours * prices.shardHour + putCosts(of: monthRecords)
    }

    /// What they cost on a stream on demand.
    var onDemandMonth: Double? {
        monthRecords.map {
            StreamForecast.monthHours * prices.onDemandStreamHour + $0 * onDemandGigabytes * prices.onDemandGigabyte
        }
    }

    /// What the records cost that are sent at once, beside the hours of the stream.
    var provisionedNow: Double { putCosts(of: Double(now)) }

    /// What they cost on a stream on demand.
    var onDemandNow: Double { Double(now) * onDemandGigabytes * prices.onDemandGigabyte }

    private func putCosts(of records: Double) -> Double {
        records * putUnits / 1_000_000 * prices.putUnitsPerMillion
    }
}
