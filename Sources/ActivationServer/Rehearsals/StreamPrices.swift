import ActivationCore

/// What a stream costs, in US dollars; where a request says nothing else, the list prices of one region on one day.
struct StreamPrices: Sendable, Equatable {
    /// An hour of a provisioned shard.
    var shardHour = 0.015
    /// A million PUT payload units, each of 25 KiB of a record.
    var putUnitsPerMillion = 0.014
    /// A GiB written to a stream on demand, each record rounded up to the next KiB.
    var onDemandGigabyte = 0.08
    /// An hour of a stream on demand.
    var onDemandStreamHour = 0.04
    /// Where they hold.
    var region = "us-east-1"
    /// When they were looked up; nil when a client gave some of them.
    var listedAt: String? = "2025-01-01"

    /// Creates the list prices.
    init() {}

    /// Reads what a request says.
    ///
    /// - Throws: `FIELD_INVALID`.
    init(_ fields: Fields) throws(APIError) {
        for (key, place) in StreamPrices.members {
            guard let value = fields[key] else { continue }
            guard let price = value.double, price.isFinite, (0...StreamPrices.max).contains(price) else {
                throw APIError(
                    .fieldInvalid,
                    "\(fields.pointer)/\(key) is a price in US dollars, from 0 to \(Int(StreamPrices.max))"
                )
            }
            self[keyPath: place] = price
            listedAt = nil
        }
        if let region = try fields.string("region", charactersMax: 64) { self.region = region }
    }

    /// The members that a request may have.
    private static var members: [(String, WritableKeyPath<StreamPrices, Double>)] {
        [
            ("shardHour", \.shardHour), ("putUnitsPerMillion", \.putUnitsPerMillion),
            ("onDemandGigabyte", \.onDemandGigabyte), ("onDemandStreamHour", \.onDemandStreamHour),
        ]
    }

    /// No price is higher.
    static let max = 1_000_000.0

    /// The prices as answers show them.
    var json: JSONObject {
        var object: JSONObject = ["currency": "USD", "region": .string(region)]
        object["listedAt"] = listedAt.map { .string($0) }
        for (key, place) in StreamPrices.members { object[key] = JSONValue(self[keyPath: place]) }
        return object
    }
}
