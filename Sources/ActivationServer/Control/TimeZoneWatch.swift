public import ServiceLifecycle

/// Ends a follower when the node that leads counts days in another time zone: it begins anew in that one.
public struct TimeZoneWatch: Service {
    private struct OtherTimeZone: Error, CustomStringConvertible {
        let description = "the node that leads counts days in another time zone now; start this one again to follow it"
    }

    private let control: ControlPlane

    private static let pause = Duration.seconds(1)

    /// Watches the configuration of the default sandbox, which somebody else keeps up to date.
    public init(_ control: ControlPlane) {
        self.control = control
    }

    /// Looks until graceful shutdown.
    ///
    /// - Throws: When the time zone is another.
    public func run() async throws {
        try await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.pause)) != nil {
                if !control.usesStoredTimeZone { throw OtherTimeZone() }
            }
        }
    }
}
