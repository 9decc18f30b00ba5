import ActivationCore
import ActivationEngine

extension DataflowExplanation {
    /// What callers see.
    ///
    /// - Parameter name: The name of the audience of an id.
    /// - Returns: The document, `DataflowExplanation` in the OpenAPI document.
    func document(naming name: (String) -> String?) -> JSONValue {
        var document: JSONObject = [
            "dataflowId": .string(flow.id), "name": .string(flow.string("name") ?? ""),
            "state": .string(flow.string("state") ?? ""), "profileId": .string(found.profile.uuid.description),
            "explainedAt": .string(found.instant.rfc3339), "complete": .bool(found.isComplete),
        ]
        if !found.leftUndone.isEmpty {
            document["leftUndone"] = .array(found.leftUndone.names.map { .string($0) })
        }
        document["changes"] = .array(changes.map { $0.json(naming: name) })
        return .object(document)
    }
}

extension DataflowExplanation.Change {
    fileprivate func json(naming name: (String) -> String?) -> JSONValue {
        let change = found.replayed.change
        var object: JSONObject = [
            "revision": .integer(change.revision), "at": .string(change.at.rfc3339), "title": .string(title),
            "kinds": .array(change.kinds.names.map { .string($0) }), "outcome": .string(outcome.rawValue),
            "text": .string(outcome.text), "reasons": .array(reasons.names.map { .string($0) }),
        ]
        object["dataset"] = found.replayed.dataset.map { .string($0) }
        object["paths"] = .array(found.replayed.paths.map { .string($0.joined(separator: ".")) })
        if change.pathCount > change.paths.count {
            object["morePaths"] = .integer(Int64(change.pathCount - change.paths.count))
        }
        object["audiences"] = .array(
            change.statuses.map { status in
                let id = status.audience.uuid.description
                var object: JSONObject = ["id": .string(id), "status": .string(status.after.text)]
                object["name"] = name(id).map { .string($0) }
                object["previousStatus"] = status.before.map { .string($0.text) }
                return .object(object)
            }
        )
        if change.statusCount > change.statuses.count {
            object["moreAudiences"] = .integer(Int64(change.statusCount - change.statuses.count))
        }
        object["findings"] = .array(
            replays.flatMap { replay in
                replay.findings.map { finding in
                    [
                        "mergePolicyId": .string(replay.mergePolicy.uuid.description),
                        "part": .string(finding.part.rawValue), "answer": .string(finding.answer.rawValue),
                        "text": .string(finding.text),
                    ]
                }
            }
        )
        object["records"] = .array(found.records.map(\.json))
        object["configurationChangedAt"] = changedAt.map { .string($0.rfc3339) }
        return .object(object)
    }
}

extension TracedChange.Kinds {
    /// The words of those that hold.
    var names: [String] {
        let all: [(Self, String)] = [
            (.created, "created"), (.merged, "merged"), (.identities, "identities"), (.attributes, "attributes"),
            (.event, "event"), (.statement, "statement"), (.turn, "turn"), (.excluded, "excluded"),
            (.ended, "ended"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

extension ExportExplanation.Record {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["row": .integer(row), "revision": .integer(revision)]
        object["reasons"] = reasons.map { .array($0.names.map { .string($0) }) }
        switch state {
        case .waiting: object["state"] = "waiting"
        case .parked(let code, let at):
            object["state"] = "parked"
            object["code"] = .string(code)
            object["parkedAt"] = .string(at.rfc3339)
        case .delivered(let receipt, let at):
            object["state"] = "delivered"
            object["receipt"] = .string(receipt)
            object["deliveredAt"] = .string(at.rfc3339)
        }
        return .object(object)
    }
}
