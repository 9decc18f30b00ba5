/// How a dataflow's records leave, as far as this process knows.
public struct DeliveryFigures: Sendable {
    /// Of the present sink; nil when none is open, or it tells nothing.
    public var sink: SinkStatistics?
    /// From admission to acknowledgement, since the process began.
    public var delays: DeliveryDelays

    /// Creates figures.
    public init(sink: SinkStatistics? = nil, delays: DeliveryDelays = DeliveryDelays()) {
        self.sink = sink
        self.delays = delays
    }
}
