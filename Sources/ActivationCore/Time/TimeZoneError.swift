/// Why bytes are no time zone.
public struct TimeZoneError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the zone.
    public var zone: String
    /// What was found and what is expected.
    public var message: String

    /// The zone and the message: `Europe/Berlin: …`.
    public var description: String { "\(zone): \(message)" }
}
