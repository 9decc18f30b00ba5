/// What was counted or measured of something, step by step of a ``TimeAxis``.
public struct Measure: Sendable, Equatable {
    /// What it is called.
    public var name: String
    /// One value for each step; nil where nothing is known.
    public var values: [Int64?]

    /// Creates a measure.
    public init(_ name: String, _ values: [Int64?]) {
        self.name = name
        self.values = values
    }
}
