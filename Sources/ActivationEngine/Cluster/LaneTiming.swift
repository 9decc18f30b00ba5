/// The times by which nodes leave lanes to each other; each is measured on the clock of whoever waits, and clocks may differ by a tenth.
public struct LaneTiming: Hashable, Sendable {
    /// Between two beats.
    public var beatInterval: Duration
    /// For how long after the start of its last beat that was heard a node may begin to send.
    public var validity: Duration
    /// How long a node must have been seen with the same beat before its lanes are taken.
    public var silence: Duration
    /// How long that is where its connection was seen, and is gone: a process that ends loses it at once.
    public var absence: Duration
    /// How long a request may take to arrive, or else never does.
    public var landing: Duration
    /// What is added for the difference of clocks.
    public var margin: Duration

    /// Creates times.
    ///
    /// - Parameters:
    ///   - beatInterval: Between two beats.
    ///   - validity: How long a beat lets its node send.
    ///   - silence: How long a node is waited for.
    ///   - absence: How long one is waited for that has no connection any more.
    ///   - landing: How long a request is on its way at most.
    ///   - margin: For the difference of clocks.
    public init(
        beatInterval: Duration = .milliseconds(500),
        validity: Duration = .seconds(5),
        silence: Duration = .seconds(5),
        absence: Duration = .milliseconds(1_500),
        landing: Duration = .seconds(10),
        margin: Duration = .seconds(2)
    ) {
        self.beatInterval = beatInterval
        self.validity = validity
        self.silence = silence
        self.absence = absence
        self.landing = landing
        self.margin = margin
    }

    /// For how long after its last beat something of a node may arrive: it may have begun to send until that beat was over, and what it
    /// began may still be on its way.
    public var quarantine: Duration { validity + landing + margin }

    /// Between two answers of the database: when it is longer, they say nothing of others, who may have had none either.
    var gap: Duration { silence - beatInterval }
}
