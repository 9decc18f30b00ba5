public import ActivationCore
public import ActivationEngine
import Logging
import Synchronization

extension ControlPlane {
    /// The time zone whose calendar decisions follow: UTC until ``use(_:)`` names another.
    var timeZone: TimeZoneRules {
        zone.withLock { $0 }
    }

    /// The name of the time zone that was used last, as the store remembers it; nil = only UTC ever was.
    public var storedTimeZone: String? {
        storedZone?["name"]?.string
    }

    /// Whether decisions follow the time zone that the store remembers.
    var usesStoredTimeZone: Bool {
        let (used, stored) = (timeZone, storedZone)
        return stored.map { $0["name"]?.string == used.name } ?? (used == .utc)
    }

    private var storedZone: JSONValue? {
        entries(.organisation).first?.body["timeZone"]
    }

    /// Lets decisions follow the calendar of a time zone, and remembers it for later starts; call it before
    /// ``connect(to:)``.
    ///
    /// Audiences that count days or longer units are evaluated again when zone or rules differ from those they were last
    /// evaluated by.
    ///
    /// - Parameters:
    ///   - timeZone: The time zone.
    ///   - role: What the node does; a follower stores nothing.
    /// - Throws: ``APIError`` when it cannot be stored.
    public func use(_ timeZone: TimeZoneRules, as role: NodeRole = .leader) async throws {
        zone.withLock { $0 = timeZone }
        guard role == .leader else { return }
        let before = storedZone
        let now: JSONValue = ["name": .string(timeZone.name), "rules": .string(timeZone.digest)]
        guard let organisation = entries(.organisation).first, before != now, before != nil || timeZone != .utc else {
            return
        }
        var body = organisation.body
        body["timeZone"] = now
        try await write(by: .server) { draft throws(APIError) in _ = try draft.replace(organisation, body: body) }
        logger.notice(
            before?["name"] == now["name"] ? "Rules of the time zone changed" : "Time zone changed",
            metadata: [
                "timeZone": "\(timeZone.name)", "before": "\(before?["name"]?.string ?? TimeZoneRules.utc.name)",
            ]
        )
    }
}
