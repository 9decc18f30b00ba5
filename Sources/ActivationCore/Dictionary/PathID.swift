/// A path's number in the persisted dictionary; 0 is the root.
public struct PathID: Hashable, Comparable, Sendable {
    /// The number itself; stored in profiles.
    public var rawValue: UInt32

    /// Wraps a stored number.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The root of every profile, the parent of its top-level fields.
    public static let root = PathID(rawValue: 0)

    /// The order in which paths were first seen.
    public static func < (left: PathID, right: PathID) -> Bool {
        left.rawValue < right.rawValue
    }
}
