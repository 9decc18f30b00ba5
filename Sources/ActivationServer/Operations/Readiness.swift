import ActivationCore
import ActivationEngine

/// Whether messages can be sent, and what a person should look at.
struct Readiness: Sendable {
    private let health: Engine.Health
    private let role: NodeRole
    /// Whether the database heard of this node a moment ago.
    private let isHeard: Bool
    /// Whether this node led, and another one may lead by now.
    private let isReplaced: Bool
    /// Other sandboxes that cannot be used.
    private let failedSandboxes: Int

    init(_ health: Engine.Health, of dependencies: ServerDependencies) {
        self.health = health
        role = dependencies.role
        isHeard = dependencies.node?.isHeard ?? true
        isReplaced = role == .leader && !(dependencies.node?.leadsForCertain ?? true)
        failedSandboxes = dependencies.sandboxes.failedCount
    }

    /// Messages are taken and can be stored.
    var isReady: Bool {
        health.isAccepting && health.writeFailure == nil && health.stall == nil && isHeard && !isReplaced
    }

    /// The answer's body.
    ///
    /// A clock that is off keeps nobody from sending: what is sent is taken and counts. So it is said and no more.
    var json: JSONValue {
        var object: JSONObject = [
            "status": .string(isReady ? "ready" : "unavailable"), "role": .string(role.rawValue),
            "timeZone": .string(health.timeZone),
        ]
        if let failure = health.writeFailure {
            object["code"] = .string(failure.code.rawValue)
            object["reason"] =
                failure.code == .storageFull
                ? "every write is refused: the disk is full; make room" : "every write is refused; the log says why"
        } else if !health.isAccepting {
            object["reason"] = "messages are not taken: the server is starting or stopping"
        } else if let stall = health.stall {
            object["reason"] = .string(
                "no batch was stored for \(stall.components.seconds) s; another node may take messages"
            )
        } else if !isHeard {
            object["reason"] = "the database does not answer; another node may take messages"
        } else if isReplaced {
            object["reason"] = "the database has not heard of this node for a while, and another may lead by now"
        }
        if failedSandboxes > 0 { object["failedSandboxes"] = .integer(Int64(failedSandboxes)) }
        if let seconds = health.clockBehind?.components.seconds {
            object["clock"] = [
                "behindSeconds": .integer(seconds),
                "message": .string(
                    "the clock stands \(seconds) s behind the last instant that a message was given; until it has caught "
                        + "up, messages get that instant. Set the clock right"
                ),
            ]
        } else if let seconds = health.clockAhead?.components.seconds {
            object["clock"] = [
                "aheadSeconds": .integer(seconds),
                "message": .string(
                    "at the start the clock stood \(seconds) s ahead of the last message; either nothing came in for so "
                        + "long, or the clock is wrong and messages get instants that are still to come"
                ),
            ]
        }
        return .object(object)
    }
}
