import ActivationCore

extension EvaluationPass {
    /// The kind of its control object; the id is the pass's.
    static let kind = "evaluationPass"

    /// Reads a stored pass; nil when it is not one.
    init?(_ object: ControlObject) {
        guard let uuid = UUIDBytes(object.id), let view = try? JSONDocument(parsing: object.body).root,
            let state = view["state"]?.string.flatMap({ State(rawValue: $0) }), let audiences = view["audiences"],
            let processed = view["processed"]?.int64, let total = view["total"]?.int64,
            [processed, total].allSatisfy(EvaluationPosition.isCount)
        else { return nil }
        self.init(id: ID(uuid: uuid), audiences: [], createdAt: object.createdAt)
        for entry in audiences.items {
            guard let audience = entry["id"]?.string.flatMap({ UUIDBytes($0) }).map({ Audience.ID(uuid: $0) }),
                let realized = entry["realized"]?.int64, let exited = entry["exited"]?.int64,
                [realized, exited].allSatisfy(EvaluationPosition.isCount)
            else { return nil }
            self.audiences.append(audience)
            for (namespace, count) in entry["members"]?.members.map({ ($0.key, $0.value.int64) }) ?? [] {
                guard let count, EvaluationPosition.isCount(count) else { return nil }
                members[audience, default: [:]][namespace] = Int(count)
            }
            guard realized > 0 || exited > 0 else { continue }
            flips[audience, default: Flips()].realized = Int(realized)
            flips[audience, default: Flips()].exited = Int(exited)
        }
        self.state = state
        self.processed = Int(processed)
        self.total = Int(total)
        startedAt = view["startedAt"]?.int64.map { Timestamp(milliseconds: $0) }
        endedAt = view["endedAt"]?.int64.map { Timestamp(milliseconds: $0) }
        failure = view["failure"]?.string
        start = EvaluationPosition(view["start"])
        guard (start != nil) == (state == .processing) else { return nil }
    }

    /// The pass as it is stored.
    var json: JSONValue {
        var object: JSONObject = [
            "state": .string(state.rawValue),
            "audiences": .array(
                audiences.map { audience in
                    let flips = flips[audience] ?? Flips()
                    var entry: JSONObject = [
                        "id": .string(audience.uuid.description),
                        "realized": .integer(Int64(flips.realized)),
                        "exited": .integer(Int64(flips.exited)),
                    ]
                    if let counts = members[audience], !counts.isEmpty {
                        var members = JSONObject()
                        for (namespace, count) in counts { members[namespace] = .integer(Int64(count)) }
                        entry["members"] = .object(members)
                    }
                    return .object(entry)
                }
            ),
            "processed": .integer(Int64(processed)),
            "total": .integer(Int64(total)),
        ]
        object["startedAt"] = startedAt.map { .integer($0.milliseconds) }
        object["endedAt"] = endedAt.map { .integer($0.milliseconds) }
        object["failure"] = failure.map { .string($0) }
        object["start"] = start?.json
        return .object(object)
    }
}
