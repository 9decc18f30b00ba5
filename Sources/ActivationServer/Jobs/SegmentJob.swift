import ActivationCore
import ActivationEngine

/// An evaluation of audiences over all profiles that a client or a schedule asked for (BEHAVIOUR 5.5).
///
/// The engine keeps how it stands; who asked, and for what, is an object of the control plane with the same id.
struct SegmentJob: Sendable {
    /// The engine's side.
    var pass: EvaluationPass
    /// Who asked; nil when the server ended before it could note that.
    var record: ControlEntry?

    /// Audiences that a job names one by one; a job over more says `*`.
    static let segmentsMax = 1_500

    /// The id as text.
    var id: String { pass.id.uuid.description }

    /// The words of Adobe's API.
    static let statuses = ["NEW", "QUEUED", "PROCESSING", "SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED"]

    /// How it stands, in those words.
    var status: String {
        switch pass.state {
        case .queued: "QUEUED"
        case .processing: "PROCESSING"
        case .succeeded: "SUCCEEDED"
        case .failed: "FAILED"
        case .cancelled: "CANCELLED"
        }
    }

    /// When it last changed.
    var updatedAt: Timestamp { pass.endedAt ?? pass.startedAt ?? pass.createdAt }

    /// The object that callers see.
    ///
    /// - Parameters:
    ///   - snapshot: The configuration, for what the audiences say now.
    ///   - owner: Whose it is.
    ///   - members: The realized members of every audience, now.
    /// - Returns: The object.
    func json(_ snapshot: ControlSnapshot, owner: JSONObject, members: [Audience.ID: Int]) -> JSONObject {
        var object: JSONObject = ["id": .string(id)]
        for (key, value) in owner { object[key] = value }
        object["profileInstanceId"] = "ups"
        object["source"] = record?.body["source"] ?? "api"
        object["status"] = .string(status)
        object["segments"] = segments(snapshot)
        object["metrics"] = metrics(snapshot, members)
        object["requestId"] = record?.body["requestId"] ?? .string(id)
        object["schema"] = ["name": "_xdm.context.profile"]
        object["properties"] = record?.body["properties"] ?? [:]
        object["evaluationProgress"] = [
            "processed": .integer(Int64(pass.processed)), "total": .integer(Int64(pass.total)),
        ]
        object["failure"] = pass.failure.map { .string($0) }
        let path = "\(SegmentJobRoutes.path)/\(id)"
        object["_links"] = [
            "cancel": ["href": .string(path), "method": "DELETE"],
            "checkStatus": ["href": .string(path), "method": "GET"],
        ]
        object["updateTime"] = .integer(updatedAt.milliseconds)
        object["creationTime"] = .integer(pass.createdAt.milliseconds)
        object["updateEpoch"] = .integer(updatedAt.milliseconds / 1_000)
        return object
    }

    private func segments(_ snapshot: ControlSnapshot) -> JSONValue {
        guard pass.audiences.count <= SegmentJob.segmentsMax else { return [["segmentId": "*"]] }
        return .array(
            pass.audiences.map { audience in
                let id = audience.uuid.description
                var item: JSONObject = ["segmentId": .string(id)]
                if let entry = snapshot.entry(.segmentDefinition, id) {
                    let policy = entry.body["mergePolicyId"] ?? ""
                    let version = policy.string.flatMap { snapshot.entry(.mergePolicy, $0) }?.policyVersion ?? 1
                    item["segment"] = [
                        "id": .string(id), "expression": entry.body["expression"] ?? [:], "mergePolicyId": policy,
                        "mergePolicy": ["id": policy, "version": .integer(version)],
                    ]
                }
                return .object(item)
            }
        )
    }

    private func metrics(_ snapshot: ControlSnapshot, _ members: [Audience.ID: Int]) -> JSONValue {
        var counters = JSONObject()
        var statuses = JSONObject()
        var namespaces = JSONObject()
        var policies = JSONObject()
        for audience in pass.audiences {
            let id = audience.uuid.description
            let flips = pass.flips[audience] ?? EvaluationPass.Flips()
            counters[id] = .integer(Int64(members[audience] ?? 0))
            statuses[id] = ["realized": .integer(Int64(flips.realized)), "exited": .integer(Int64(flips.exited))]
            var counts = JSONObject()
            for (namespace, count) in (pass.members[audience] ?? [:]).sorted(by: { $0.key.comesBefore($1.key) }) {
                counts[namespace.lowercased()] = .integer(Int64(count))
            }
            namespaces[id] = .object(counts)
            if let policy = snapshot.entry(.segmentDefinition, id)?.string("mergePolicyId") {
                policies[policy] = .integer(Int64(pass.total))
            }
        }
        return [
            "totalTime": .object(time(from: pass.createdAt)),
            "profileSegmentationTime": .object(time(from: pass.startedAt)),
            "totalProfiles": .integer(Int64(pass.total)),
            "segmentedProfileCounter": .object(counters),
            "segmentedProfileByNamespaceCounter": .object(namespaces),
            "segmentedProfileByStatusCounter": .object(statuses),
            "totalProfilesByMergePolicy": .object(policies),
        ]
    }

    private func time(from start: Timestamp?) -> JSONObject {
        guard let start else { return [:] }
        var time: JSONObject = ["startTimeInMs": .integer(start.milliseconds)]
        if let end = pass.endedAt {
            time["endTimeInMs"] = .integer(end.milliseconds)
            time["totalTimeInMs"] = .integer(max(end.milliseconds - start.milliseconds, 0))
        }
        return time
    }
}
