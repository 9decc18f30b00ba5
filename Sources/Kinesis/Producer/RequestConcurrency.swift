/// How many requests may be on their way at a time: more while the service answers as fast as it can, fewer when it queues them.
///
/// The least latency seen says how fast the service is; what requests take beyond that is time in line, there or on the way. Like
/// the concurrency limits of Netflix and Vector, the limit grows by one per round trip while it is used up, and shrinks by a tenth
/// when the latency has grown by half. A limit by throttling is not this one's matter: shards have their own pace.
struct RequestConcurrency: Sendable {
    /// A latency so much above the least one is a queue.
    private static let queueing = 1.5
    private static let decrease = 0.9
    /// After so many round trips it begins anew, so that a service that has become slower for good is not taken for a busy one.
    private static let roundTripsMax = 1_000

    private let bounds: ClosedRange<Int>
    private var current: Double
    private var least = Double.infinity
    /// Since it began anew.
    private var roundTrips = 0
    /// Of the present round trip.
    private var sum = 0.0
    private var count = 0
    private var isUsedUp = false
    private var startedAt = MonotonicTime.start

    /// Creates a limit that begins at the lower bound.
    init(_ bounds: ClosedRange<Int>) {
        self.bounds = bounds
        current = Double(bounds.lowerBound)
    }

    /// Requests that may be on their way.
    var limit: Int { Int(current) }

    /// A request was sent; so many are on their way.
    mutating func sent(inFlight: Int) {
        if inFlight >= limit { isUsedUp = true }
    }

    /// A large request was answered by the service that was sent at an instant; small ones are quicker, whatever the load.
    mutating func answered(sentAt: MonotonicTime, now: MonotonicTime) {
        // Those sent before say what was then.
        guard sentAt >= startedAt else { return }
        sum += Double((now - sentAt).count)
        count += 1
        guard count >= limit else { return }
        let latency = sum / Double(count)
        least = min(least, latency)
        roundTrips += 1
        if roundTrips == Self.roundTripsMax {
            roundTrips = 0
            least = .infinity
            current = Double(bounds.lowerBound)
        } else if latency > least * Self.queueing {
            current = max(Double(bounds.lowerBound), current * Self.decrease)
        } else if isUsedUp {
            current = min(Double(bounds.upperBound), current + 1)
        }
        startedAt = now
        sum = 0
        count = 0
        isUsedUp = false
    }
}
