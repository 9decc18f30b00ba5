import ActivationCore

/// The visit to all profiles after datasets began to keep events for another time, so that events go also where nobody
/// sends anything (BEHAVIOUR 4.8).
struct ExpiryVisit: Sendable, Hashable {
    /// The ``EventExpirations/version`` it is for.
    var version: String
    /// Where it began; nil = all profiles were visited.
    var start: EvaluationPosition?

    /// Notes that it is done when the position has come round to where it began.
    mutating func settle(at position: EvaluationPosition) {
        if let start, position.isOnceAround(from: start) { self.start = nil }
    }
}

extension ExpiryVisit {
    /// Its object in the control store.
    static let kind = "expiryVisit"

    /// Reads a stored visit; nil when it is not one.
    init?(_ object: ControlObject) {
        guard let view = try? JSONDocument(parsing: object.body).root, let version = view["version"]?.string,
            let isDone = view["isDone"]?.bool
        else { return nil }
        let start = EvaluationPosition(view["start"])
        guard isDone || start != nil else { return nil }
        self.init(version: version, start: isDone ? nil : start)
    }

    /// The visit as it is stored.
    var json: JSONValue {
        var object: JSONObject = ["version": .string(version), "isDone": .bool(start == nil)]
        object["start"] = start?.json
        return .object(object)
    }
}
