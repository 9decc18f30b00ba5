import ActivationCore

/// What a client says about a schedule, checked (BEHAVIOUR 5.5).
enum ScheduleDraft {
    /// The body of a new schedule.
    ///
    /// - Throws: `FIELD_INVALID` naming the member.
    static func created(_ body: JSONValue, now: Timestamp) throws(APIError) -> JSONObject {
        guard body.object != nil else { throw APIError(.fieldInvalid, "a schedule is a JSON object") }
        try DocumentedTypes.check(body, as: "ScheduleDraft")
        guard let name = body["name"]?.string, !name.isEmpty,
            name.unicodeScalars.count <= ServerLimits.nameCharactersMax
        else {
            throw APIError(.fieldInvalid, "name is a text of 1 to \(ServerLimits.nameCharactersMax) characters")
        }
        guard body["type"] == "batch_segmentation" else {
            throw APIError(.fieldInvalid, "type is batch_segmentation; there are no schedules for exports")
        }
        guard let segments = body["properties"]?["segments"]?.array, !segments.isEmpty,
            segments.count <= ServerLimits.objectsMax, segments.allSatisfy({ $0.string != nil })
        else {
            throw APIError(.fieldInvalid, "properties.segments is [\"*\"] for all audiences, or a list of their ids")
        }
        let rule = body["schedule"] ?? .string(Schedule.ruleDefault)
        let state = body["state"] ?? .string(Schedule.inactive)
        let members: JSONObject = [
            "name": .string(name), "type": "batch_segmentation", "properties": ["segments": .array(segments)],
        ]
        return try with(try with(members, "schedule", rule, now: now), "state", state, now: now)
    }

    /// The body of a schedule after a JSON Patch of its state or its rule.
    ///
    /// - Throws: The codes of a patch, or `FIELD_INVALID`.
    static func patched(_ stored: JSONObject, by patch: JSONPatch, now: Timestamp) throws(APIError) -> JSONObject {
        var members = stored
        for operation in patch.operations {
            guard operation.path.tokens == ["state"] || operation.path.tokens == ["schedule"] else {
                throw APIError(
                    .pathInvalid,
                    "of a schedule /state and /schedule can be changed; make another for all else"
                )
            }
            guard operation.kind != .remove, let value = operation.value else {
                throw APIError(
                    .patchOpUnsupported,
                    "a schedule keeps its state and its times; add and replace are accepted"
                )
            }
            members = try with(members, operation.path.tokens[0], value, now: now)
        }
        return members
    }

    private static func with(
        _ members: JSONObject,
        _ key: String,
        _ value: JSONValue,
        now: Timestamp
    ) throws(APIError) -> JSONObject {
        if key == "state" {
            guard [Schedule.active, Schedule.inactive].contains(value.string) else {
                throw APIError(.fieldInvalid, "state is active or inactive")
            }
        } else {
            try check(rule: value)
        }
        var members = members
        // A time that lies before the change is not one of the new rule's.
        if members[key] != value { members[Schedule.Key.activeSince] = .integer(now.milliseconds) }
        members[key] = value
        members["changedAt"] = .integer(now.milliseconds)
        return members
    }

    private static func check(rule: JSONValue) throws(APIError) {
        guard let text = rule.string else { throw APIError(.fieldInvalid, "schedule is a text such as 0 0 1 * * ?") }
        do throws(CronError) {
            guard try CronRule(parsing: text).isAtMostDaily else {
                throw CronError("a schedule runs once a day at most: seconds, minutes and hours are one number each")
            }
        } catch {
            throw APIError(.fieldInvalid, "schedule: \(error.message)")
        }
    }
}
