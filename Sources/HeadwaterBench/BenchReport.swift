public import ActivationCore

/// What a measurement found, beside its baseline.
public struct BenchReport: Sendable {
    /// What it is compared with.
    public struct Baseline: Sendable {
        /// What does the same work, or less.
        public var name: String
        /// Items per second.
        public var rate: Double
        /// CPU per item.
        public var cpuMicroseconds: Double
    }

    /// What was measured.
    public var name: String
    /// How many items.
    public var items: Int
    /// Items per second.
    public var rate: Double
    /// CPU per item.
    public var cpuMicroseconds: Double
    /// The most memory in use.
    public var residentMegabytes: Double
    /// Milliseconds that half of the items did not exceed.
    public var p50: Double
    /// Milliseconds that 99 items in 100 did not exceed.
    public var p99: Double
    /// What else is worth knowing.
    public var details: [(String, JSONValue)]
    /// What it is compared with.
    public var baseline: Baseline?
}
