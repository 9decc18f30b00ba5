import ActivationCore
import ActivationEngine

/// Why a person is in an audience, or is not: what its rule says of them now, beside where they stand (BEHAVIOUR 5.10).
struct AudienceExplanation: Sendable {
    /// The audience.
    let definition: SegmentDefinition
    /// What its rule says.
    let found: ProfileExplanation

    /// Explains an audience as it is stored; nil when nobody has the identity.
    ///
    /// - Parameters:
    ///   - identity: Whose profile; of an audience whose merge policy links nobody the identity alone.
    ///   - definition: The audience.
    ///   - engine: The engine.
    /// - Throws: `PQL_INVALID` or `FIELD_INVALID` when the definition cannot be used.
    init?(
        of identity: Identity,
        in definition: SegmentDefinition,
        _ engine: any ServerEngine
    ) async throws(APIError) {
        let rule = definition.isExternal ? nil : try SegmentExpression(definition.body["expression"]).parsed()
        let policy = definition.body["mergePolicyId"]?.string.flatMap { UUIDBytes($0) }.map { MergePolicy.ID(uuid: $0) }
        let found = try await APIError.mapping { () throws(EngineError) in
            guard let rule else { return try await engine.explain(identity, inExternal: definition.id) }
            return try await engine.explain(identity, rule, mergePolicy: policy)
        }
        guard let found else { return nil }
        self.definition = definition
        self.found = found
    }

    /// Where the person stands in the audience, as stored; nil when nowhere.
    var membership: SegmentMembership? { found.membership(in: definition.id) }

    /// Whether the person is a member, as stored.
    var isMember: Bool { membership?.status == .realized }

    /// Whether what is stored is not what the rule says by now: the next evaluation will change it.
    ///
    /// An inactive audience is not evaluated, so nothing is pending in it.
    var isPending: Bool { definition.lifecycle != .inactive && isMember != found.explanation.outcome.qualifies }

    /// What callers see.
    ///
    /// - Parameter name: The name of the audience of an id.
    /// - Returns: The document, `Explanation` in the OpenAPI document.
    func document(naming name: (String) -> String?) -> JSONValue {
        let outcome = found.explanation.outcome
        var document: JSONObject = [
            "audienceId": .string(definition.idText), "name": .string(definition.name),
            "profileId": .string(found.profile.uuid.description), "evaluatedAt": .string(found.instant.rfc3339),
            "qualifies": .bool(outcome.qualifies), "evaluationPending": .bool(isPending),
        ]
        document["changesAt"] = outcome.changesAt.map { .string($0.rfc3339) }
        document["membership"] = membership?.json
        document["reversal"] = found.reversal.json
        document["rule"] = found.explanation.json(found.reversal, name)
        return .object(document)
    }
}

extension SegmentMembership {
    fileprivate var json: JSONValue {
        ["status": .string(status.text), "lastQualificationTime": .string(lastQualificationTime.rfc3339)]
    }
}

extension PQLReversal {
    fileprivate var json: JSONValue {
        [
            "possible": .bool(conditions != nil), "smallest": .bool(isSmallest),
            "conditions": .array((conditions ?? []).map { .integer(Int64($0)) }),
        ]
    }
}

extension PQLExplanation {
    fileprivate func json(_ reversal: PQLReversal, _ name: (String) -> String?) -> JSONValue {
        var node: JSONObject = [
            "kind": .string(kind.rawValue), "text": .string(text), "line": .integer(Int64(line)),
            "column": .integer(Int64(column)), "holds": .bool(outcome.qualifies), "decides": .bool(decides),
        ]
        node["changesAt"] = outcome.changesAt.map { .string($0.rfc3339) }
        guard let number else {
            node["parts"] = .array(parts.map { $0.json(reversal, name) })
            return .object(node)
        }
        node["condition"] = .integer(Int64(number))
        node["hasToChange"] = .bool(reversal.conditions?.contains(number) ?? false)
        if !attributes.isEmpty { node["attributes"] = .array(attributes.map(\.json)) }
        node["events"] = events?.json
        if !statements.isEmpty { node["statements"] = .array(statements.map(\.json)) }
        if !audiences.isEmpty {
            node["audiences"] = .array(
                audiences.map { id in
                    var item: JSONObject = ["id": .string(id.uuid.description)]
                    item["name"] = name(id.uuid.description).map { .string($0) }
                    item["membership"] = standings.first { $0.audience == id }?.json
                    return .object(item)
                }
            )
        }
        return .object(node)
    }
}

extension AttributeRead {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["path": .string(keys.joined(separator: "."))]
        object["value"] = value
        object["dataset"] = origin?.dataset.map { .string($0) }
        object["namespace"] = origin?.namespace.map { .string($0) }
        object["writtenAt"] = origin?.writtenAt.map { .string($0.rfc3339) }
        object["others"] = .integer(Int64(origin?.others ?? 0))
        return .object(object)
    }
}

extension StatementRead {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "namespace": .string(namespace), "edition": .integer(edition), "statedAt": .string(statedAt.rfc3339),
            "counts": .bool(counts),
        ]
        object["validUntil"] = validUntil.map { .string($0.rfc3339) }
        return .object(object)
    }
}

extension EventsRead {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "passed": .bool(havePassed), "count": .integer(Int64(count)),
            "datasets": .array(datasets.map { .string($0) }),
        ]
        object["oldest"] = oldest.map { .string($0.rfc3339) }
        object["newest"] = newest.map { .string($0.rfc3339) }
        return .object(object)
    }
}
