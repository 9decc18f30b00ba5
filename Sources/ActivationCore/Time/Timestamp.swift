/// An instant as whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Core never asks a clock; every instant enters as part of an input.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch; negative before it.
    public var milliseconds: Int64

    /// Creates an instant from milliseconds since the Unix epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Whether the left one comes first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The earliest instant that is ever stored.
    static let earliest = Timestamp(milliseconds: -62_167_305_600_000)

    /// Whether some date of the years 0 to 9999 means the instant, in any time zone; no other is ever stored.
    public var isPlausible: Bool { Timestamp.earliest.milliseconds...253_402_387_200_000 ~= milliseconds }

    /// The number of the step that the instant lies in, where steps of one length follow each other since 1970.
    ///
    /// - Parameter length: Milliseconds of a step, above 0.
    /// - Returns: The number; below 0 before 1970.
    public func number(ofStep length: Int64) -> Int64 {
        let (number, rest) = milliseconds.quotientAndRemainder(dividingBy: length)
        return rest < 0 ? number - 1 : number
    }

    /// How long it is from this instant to another; negative when that comes first.
    public func duration(to other: Timestamp) -> Duration {
        // Instants so far apart that the difference overflows are as far apart as can be told.
        let (difference, overflows) = other.milliseconds.subtractingReportingOverflow(milliseconds)
        return .milliseconds(overflows ? (other > self ? Int64.max : .min) : difference)
    }
}
