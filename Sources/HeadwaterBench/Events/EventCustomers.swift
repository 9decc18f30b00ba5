import ActivationCore
import Kinesis

/// The customers of the measurement of events.
struct EventCustomers {
    let timeline: EventTimeline

    /// The namespaces they use.
    static let namespaces = BenchCustomers().namespaces

    private static let lateShare = 5

    /// A stored event of a customer, counted from the oldest.
    func stored(_ index: Int, of customer: Int, _ random: inout SplitMix64) throws -> Message {
        try event("s\(index)", of: customer, at: timeline.timestamp(ofStored: index), &random)
    }

    /// The event of a customer in a round; every fifth is late, anywhere in the time that a window may hold.
    func next(_ round: Int, of customer: Int, _ random: inout SplitMix64) throws -> Message {
        var instant = timeline.instant(ofRound: round)
        if random.below(EventCustomers.lateShare) == 0 {
            instant.milliseconds -= Int64(random.below(Int(timeline.lateness)))
        }
        return try event("n\(round)", of: customer, at: instant, &random)
    }

    /// An event of about 250 bytes; three in four are purchases.
    private func event(
        _ id: String,
        of customer: Int,
        at instant: Timestamp,
        _ random: inout SplitMix64
    ) throws -> Message {
        let text = """
            {"identityMap":{"BENCH":[{"id":"customer-\(customer)"}]},"_id":"\(id)","timestamp":"\(instant.rfc3339)",\
            "eventType":"\(random.below(4) == 0 ? "view" : "purchase")","amount":\(random.below(10_000)),\
            "product":{"sku":"sku-\(random.below(5_000))","category":"books"},\
            "web":{"page":"/shop/\(random.below(100_000))/item","device":"mobile"}}
            """
        return try Message(
            event: try JSONDocument(parsing: text),
            dataset: "bench",
            namespaces: EventCustomers.namespaces
        )
    }
}
