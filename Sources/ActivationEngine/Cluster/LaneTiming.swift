/// The times by which nodes leave lanes to each other; each is measured on the clock of whoever waits, and clocks may differ by a tenth.
public struct LaneTiming: Hashable, Sendable {
    /// Between two beats.
    public var beatInterval: Duration
    /// For how long after the start of its last beat that was heard a node may begin to send.
    public var validity: Duration
    /// How long a node must have been seen with the same beat before its lanes are taken.
    public var silence: Duration
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
    ///   - landing: How long a request is on its way at most.
    ///   - margin: For the difference of clocks.
    public init(
        beatInterval: Duration = .seconds(1),
        validity: Duration = .seconds(5),
        silence: Duration = .seconds(8),
        landing: Duration = .seconds(10),
        margin: Duration = .seconds(2)
    ) {
        self.beatInterval = beatInterval
        self.validity = validity
        self.silence = silence
        self.landing = landing
        self.margin = margin
    }

    /// How long whoever takes a lane from a node that has not given it back waits before it sends: the other one may have begun to
    /// send until its last beat was over, and what it began may still be on its way.
    public var quarantine: Duration { validity + landing + margin }
}
