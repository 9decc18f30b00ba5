import ActivationCore
import ActivationEngine

/// An expiration as answers and pages show it at an instant.
struct ShownExpiration: Sendable {
    let expiration: DatasetExpiration
    /// The dataset's name.
    let datasetName: String
    /// Where it is.
    let sandboxName: String
    let status: DatasetExpiration.Status
    /// How far the engine is in taking out what the dataset had stated; nil before its date.
    let removal: DatasetRemoval?

    var id: String { expiration.entry.id }

    /// The document, `DatasetExpiration` in the OpenAPI document.
    func json(orgID: String) -> JSONValue {
        var body: JSONObject = [
            "ttlId": .string(id), "datasetId": .string(expiration.dataset), "datasetName": .string(datasetName),
            "sandboxName": .string(sandboxName), "displayName": .string(expiration.displayName),
            "description": .string(expiration.text), "imsOrg": .string(orgID), "status": .string(status.rawValue),
            "expiry": .string(expiration.expiry.rfc3339),
            "createdAt": .string(expiration.entry.createdAt.rfc3339),
            "updatedAt": .string(expiration.entry.updatedAt.rfc3339),
            "updatedBy": .string(expiration.entry.string("updatedBy") ?? ""),
        ]
        body["cancelledAt"] = expiration.cancelledAt.map { .string($0.rfc3339) }
        if let removal, status == .executing || status == .completed {
            var progress: JSONObject = [
                "startedAt": .string(removal.startedAt.rfc3339),
                "profilesVisited": .integer(Int64(removal.processed)),
                "profilesTotal": .integer(Int64(removal.total)),
                "profilesChanged": .integer(Int64(removal.counts.profiles)),
                "factsRemoved": .integer(Int64(removal.counts.facts)),
                "eventsRemoved": .integer(Int64(removal.counts.events)),
            ]
            progress["completedAt"] = removal.completedAt.map { .string($0.rfc3339) }
            body["headwater"] = .object(progress)
        }
        return .object(body)
    }

    /// Whether a text is that of a member, or a part of it, whatever its case.
    func holds(_ text: String, in member: String) -> Bool {
        func contains(_ value: String) -> Bool { value.lowercased().contains(text.lowercased()) }
        let author = expiration.entry.string("createdBy") ?? ""
        return switch member {
        case "datasetName": contains(datasetName)
        case "displayName": contains(expiration.displayName)
        case "description": contains(expiration.text)
        case "datasetId": expiration.dataset.hasSameBytes(as: text)
        case "ttlId": id.hasSameBytes(as: text)
        case "author": author.hasSameBytes(as: text)
        case "sandboxName": text == "*" || sandboxName.hasSameBytes(as: text)
        default:
            id.hasSameBytes(as: text)
                || [author, expiration.displayName, expiration.text, datasetName].contains(where: contains)
        }
    }

    /// When something happened to it; nil = it has not.
    func instant(of member: String) -> Timestamp? {
        switch member {
        case "created": expiration.entry.createdAt
        case "updated": expiration.entry.updatedAt
        case "cancelled": expiration.cancelledAt
        case "completed": status == .completed ? removal?.completedAt : nil
        default: expiration.expiry
        }
    }
}

extension ServerDependencies {
    /// An expiration as it is shown now.
    func shown(_ expiration: DatasetExpiration) -> ShownExpiration {
        let now = instant
        let removal = expiration.hasEnded(at: now) ? engine.removal(ofDataset: expiration.dataset) : nil
        return ShownExpiration(
            expiration: expiration,
            datasetName: control.snapshot.entry(.dataset, expiration.dataset)?.string("name") ?? expiration.dataset,
            sandboxName: control.snapshot.sandboxName,
            status: expiration.status(at: now, removal),
            removal: removal
        )
    }
}
