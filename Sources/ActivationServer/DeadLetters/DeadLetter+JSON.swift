import ActivationCore
import ActivationEngine

extension DeadLetter {
    /// Until when it is kept, if nothing becomes of it before.
    ///
    /// - Parameter days: For how many days dead letters are kept; 0 = for ever.
    /// - Returns: The instant; nil = for ever.
    func keptUntil(days: Int) -> Timestamp? {
        days > 0 ? Timestamp(milliseconds: parkedAt.milliseconds &+ Int64(days) * 86_400_000) : nil
    }

    /// The object that callers see.
    ///
    /// - Parameters:
    ///   - days: For how many days dead letters are kept; 0 = for ever.
    ///   - showsContents: Whether the caller may see what it says of a person.
    /// - Returns: The object.
    func json(keptFor days: Int, showsContents: Bool) -> JSONValue {
        var document: JSONValue = [
            "id": .string(String(record.row)),
            "profileId": .string(record.profile.uuid.description),
            "mergePolicyId": .string(record.mergePolicy.uuid.description),
            "revision": .integer(record.revision),
            "reasons": .array(record.reasons.names.map { .string($0) }),
            "code": .string(code),
            "message": .string(message),
            "admittedAt": .string(record.admittedAt.rfc3339),
            "parkedAt": .string(parkedAt.rfc3339),
        ]
        if showsContents {
            document["partitionKey"] = .string(record.partitionKey)
            // A payload is JSON of ours; should it ever not parse, its text is still worth showing.
            document["payload"] =
                (try? JSONValue(parsing: record.payload)) ?? .string(String(decoding: record.payload, as: UTF8.self))
        }
        document["keptUntil"] = keptUntil(days: days).map { .string($0.rfc3339) }
        return document
    }
}

extension DeadLetterCause {
    /// The object that callers see.
    var json: JSONValue {
        [
            "code": .string(code), "count": .integer(Int64(count)),
            "firstParkedAt": .string(firstParkedAt.rfc3339), "lastParkedAt": .string(lastParkedAt.rfc3339),
        ]
    }
}

extension DeadLetterRelease.Outcome {
    /// The object that callers see.
    var json: JSONValue {
        ["released": .integer(Int64(released)), "kept": .integer(Int64(kept)), "isComplete": .bool(next == nil)]
    }
}
