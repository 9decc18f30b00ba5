public import ActivationCore

/// An instant as pages show it: how long ago, and exactly; in UTC.
public struct Instant: Sendable, Equatable {
    /// How long ago: `3 min ago`.
    public let ago: String
    /// Exactly: `2026-03-02 09:15:04 UTC`.
    public let exact: String
    /// For `<time datetime>`.
    let machine: String

    /// Creates the texts.
    ///
    /// - Parameters:
    ///   - instant: The instant.
    ///   - now: The present.
    public init(_ instant: Timestamp, now: Timestamp) {
        machine = instant.rfc3339
        // 2026-03-02T09:15:04.123Z
        exact = "\(machine.prefix(10)) \(machine.dropFirst(11).prefix(8)) UTC"
        ago = Instant.ago(seconds: instant.duration(to: now).components.seconds)
    }

    private static func ago(seconds: Int64) -> String {
        switch seconds {
        case ..<0: "just now"
        case ..<5: "just now"
        default: "\(span(seconds: seconds)) ago"
        }
    }

    /// A length of time in its two largest units: `1 h 20 min`.
    public static func span(seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(max(seconds, 0)) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<86_400:
            seconds % 3_600 < 60 ? "\(seconds / 3_600) h" : "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        default: "\(seconds / 86_400) d"
        }
    }
}
