import ActivationCore

extension EvaluationShare {
    /// The kind of its control object; the id is the audience's.
    static let kind = "evaluation"

    /// Reads a stored share; nil when it is not one.
    init?(_ object: ControlObject) {
        guard let uuid = UUIDBytes(object.id), let view = try? JSONDocument(parsing: object.body).root,
            let version = view["version"]?.int64, let isDone = view["isDone"]?.bool,
            let total = view[isDone ? "processed" : "total"]?.int64, EvaluationPosition.isCount(total)
        else { return nil }
        let start = EvaluationPosition(view["start"])
        guard isDone || start != nil else { return nil }
        self.init(
            audience: Audience.ID(uuid: uuid),
            version: AudienceVersion(
                updatedAt: Timestamp(milliseconds: version),
                calendar: view["calendar"]?.string,
                policyChangedAt: view["policy"]?.int64.map { Timestamp(milliseconds: $0) }
            ),
            start: isDone ? nil : start,
            total: Int(total)
        )
    }

    /// Reads what a version before schedules left, in which each audience went over the profiles by itself.
    ///
    /// It noted the last row; nil when the object does not. How far it was counts for nothing.
    init?(beforeSchedules object: ControlObject) {
        guard let uuid = UUIDBytes(object.id), (try? JSONDocument(parsing: object.body))?.root["row"] != nil else {
            return nil
        }
        self.init(
            audience: Audience.ID(uuid: uuid),
            version: AudienceVersion(updatedAt: object.updatedAt),
            start: .start,
            total: 0
        )
    }

    /// The share as it is stored.
    var json: JSONValue {
        var object: JSONObject = ["version": .integer(version.updatedAt.milliseconds), "isDone": .bool(start == nil)]
        object["policy"] = version.policyChangedAt.map { .integer($0.milliseconds) }
        object["calendar"] = version.calendar.map { .string($0) }
        object[start == nil ? "processed" : "total"] = .integer(Int64(total))
        object["start"] = start?.json
        return .object(object)
    }
}
