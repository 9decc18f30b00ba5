/// Where a dataflow's records go; retries of passing trouble are its own business.
public protocol RecordSink: Sendable {
    /// Hands records over, in order; returns when the sink's bounded memory has taken them, or when it was closed.
    ///
    /// - Returns: How many were taken, from the front; all of them unless the sink was closed meanwhile.
    func submit(_ records: [SinkRecord]) async -> Int

    /// Outcomes and conditions as they become known; ends when the sink was closed and all is told.
    ///
    /// One consumer only.
    var events: AsyncStream<SinkEvent> { get }

    /// Stops taking records, delivers what it can before the deadline, then ends `events`.
    ///
    /// Returns when none of its requests is on its way any more, so it may take as long as one request longer than the
    /// deadline; a destination that answers nothing is not waited for. Records whose fate is not known then are never reported; they stay in the outbox.
    func close(within deadline: Duration) async

    /// How much longer a copy of a record that was not reported as delivered or rejected may still arrive, asked after
    /// ``close(within:)``: given up requests may land late.
    var landing: Duration { get }

    /// What the sink did and holds; nil when it does not count.
    var statistics: SinkStatistics? { get }

    /// What is other than was wanted although records leave, in words for people; nil = nothing.
    var notice: String? { get }
}

extension RecordSink {
    /// Zero: what the sink has given up arrives no more.
    public var landing: Duration { .zero }

    /// Nil: the sink does not count.
    public var statistics: SinkStatistics? { nil }

    /// Nil: all is as it was wanted.
    public var notice: String? { nil }
}
