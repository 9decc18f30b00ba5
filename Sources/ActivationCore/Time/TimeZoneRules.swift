/// The rules of one time zone: how far its clocks were, are and will be from UTC.
public struct TimeZoneRules: Sendable, Hashable {
    /// The name, such as `Europe/Berlin`.
    public let name: String

    /// UTC itself.
    public static let utc = TimeZoneRules(name: "UTC")

    private init(name: String) {
        self.name = name
    }
}
