public import ActivationCore

/// Bounds and switches of an engine (I8).
public struct EngineOptions: Sendable {
    /// Messages admitted and not yet durable; over it a caller gets ``EngineError/Code/overloaded``.
    public var laneMessagesMax: Int
    /// Bytes of those messages.
    public var laneBytesMax: Int
    /// Messages decided and committed together: large enough to make the fsync free, small enough for latency.
    public var batchMessagesMax: Int
    /// Bytes of stored profiles and events read for one batch; a batch that needs more is decided in parts.
    public var batchBytesMax: Int
    /// Commits that are on their way to the disk while the next is decided; 1 = nothing is decided meanwhile.
    public var stagedBatchesMax: Int
    /// Rows handed to a dataflow's sink and not yet settled.
    public var relayWindowMax: Int
    /// Bytes of those rows; one row more may exceed it.
    public var relayWindowBytesMax: Int
    /// Rows read from the outbox at a time.
    public var relayClaimMax: Int
    /// Bytes read from the outbox at a time.
    public var relayClaimBytesMax: Int
    /// Rows of one profile in that window, so that a busy profile leaves room for others.
    public var relayWindowPerProfileMax: Int
    /// Profiles evaluated per step of a background evaluation, at most; while a step takes long it is made smaller, so that
    /// live data goes between.
    public var evaluationStep: Int
    /// Profiles evaluated per step, at least.
    public var evaluationStepMin: Int
    /// Evaluations that were asked for and have not ended.
    public var evaluationPassesMax: Int
    /// Evaluations that were asked for and have ended, of which it is still known what they did.
    public var evaluationPassesKept: Int
    /// Due profiles taken up at a time, at most; while a step takes long it is made smaller, so that live data goes
    /// between.
    public var timerStep: Int
    /// Due profiles taken up at a time, at least.
    public var timerStepMin: Int
    /// Records that one backfill makes a second, at most.
    public var backfillRecordsPerSecond: Int
    /// For how many days dead letters are kept; 0 = until somebody says what becomes of them.
    public var deadLetterDays: Int
    /// How long a stopping engine lets its sinks deliver; requests that could last longer are not begun.
    public var drainDeadline: Duration
    /// What this engine does where others work over the same storage.
    public var role = NodeRole.leader
    /// Rules left to the operator.
    public var decision: DecisionOptions

    /// Creates options.
    public init(
        laneMessagesMax: Int = 16_384,
        laneBytesMax: Int = 64 << 20,
        batchMessagesMax: Int = 4_000,
        batchBytesMax: Int = 64 << 20,
        stagedBatchesMax: Int = 2,
        relayWindowMax: Int = 8_000,
        relayWindowBytesMax: Int = 32 << 20,
        relayClaimMax: Int = 2_000,
        relayClaimBytesMax: Int = 4 << 20,
        relayWindowPerProfileMax: Int = 32,
        evaluationStep: Int = 2_000,
        evaluationStepMin: Int = 100,
        evaluationPassesMax: Int = 20,
        evaluationPassesKept: Int = 100,
        timerStep: Int = 2_000,
        timerStepMin: Int = 250,
        backfillRecordsPerSecond: Int = 1_000,
        deadLetterDays: Int = 30,
        drainDeadline: Duration = .seconds(20),
        decision: DecisionOptions = DecisionOptions()
    ) {
        self.laneMessagesMax = laneMessagesMax
        self.laneBytesMax = laneBytesMax
        self.batchMessagesMax = batchMessagesMax
        self.batchBytesMax = batchBytesMax
        self.stagedBatchesMax = stagedBatchesMax
        self.relayWindowMax = relayWindowMax
        self.relayWindowBytesMax = relayWindowBytesMax
        self.relayClaimMax = relayClaimMax
        self.relayClaimBytesMax = relayClaimBytesMax
        self.relayWindowPerProfileMax = relayWindowPerProfileMax
        self.evaluationStep = evaluationStep
        self.evaluationStepMin = evaluationStepMin
        self.evaluationPassesMax = evaluationPassesMax
        self.evaluationPassesKept = evaluationPassesKept
        self.timerStep = timerStep
        self.timerStepMin = timerStepMin
        self.backfillRecordsPerSecond = backfillRecordsPerSecond
        self.deadLetterDays = deadLetterDays
        self.drainDeadline = drainDeadline
        self.decision = decision
    }
}
