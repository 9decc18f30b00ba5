import ActivationCore

/// What is done to several audiences in one change (BEHAVIOUR 5.2).
struct AudienceBulkAction: Sendable {
    /// What is done.
    enum Operation: String, Sendable, CaseIterable {
        case publish
        case deactivate
        case delete
        case tag
        case untag
    }

    let operation: Operation
    /// Each once.
    let ids: [String]
    /// The tags to be given or taken; empty for what has nothing to do with tags.
    let tags: [String]

    init(_ operation: Operation, _ ids: [String], tags: [String] = []) {
        self.operation = operation
        self.ids = ids
        self.tags = tags
    }

    /// Reads a body.
    ///
    /// - Throws: `FIELD_INVALID`.
    init(_ body: JSONValue) throws(APIError) {
        try DocumentedTypes.check(body, as: "AudienceBulkAction")
        guard let operation = body["op"]?.string.flatMap(Operation.init) else {
            throw APIError(
                .fieldInvalid,
                "op is \(Operation.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        self.operation = operation
        var known = Set<ByteKey>()
        ids = (body["ids"]?.array ?? []).compactMap(\.string).map { UUIDBytes($0)?.description ?? $0 }.filter {
            known.insert(ByteKey($0)).inserted
        }
        guard 1...ServerLimits.bulkAudiencesMax ~= ids.count else {
            throw APIError(.fieldInvalid, "ids is a list of 1 to \(ServerLimits.bulkAudiencesMax) ids of audiences")
        }
        tags = try SegmentDefinitionDraft.words(body["tags"] ?? [], "tags")
        guard [.tag, .untag].contains(operation) == !tags.isEmpty else {
            throw APIError(.fieldInvalid, "tags is for tag and untag, which need at least one")
        }
    }

    /// Does it, or nothing of it.
    ///
    /// - Throws: `AUDIENCES_REFUSED` with everyone who refuses and why.
    func perform(in change: inout ControlDraft) throws(APIError) {
        var waiting = ids
        while true {
            var refused: [(id: String, error: APIError)] = []
            for id in waiting {
                do throws(APIError) {
                    try perform(on: id, in: &change)
                } catch {
                    refused.append((id, error))
                }
            }
            if refused.isEmpty { return }
            // Whoever was used by one that is among them has another chance.
            guard refused.count < waiting.count else { throw refusal(refused) }
            waiting = refused.map(\.id)
        }
    }

    private func refusal(_ refused: [(id: String, error: APIError)]) -> APIError {
        guard ids.count > 1 else { return refused[0].error }
        return APIError(
            .audiencesRefused,
            "nothing was done, since \(refused.count) of \(ids.count) audiences refuse; the first: "
                + "\(refused[0].id.excerpt(64)), \(refused[0].error.detail)",
            members: [
                "refusals": .array(
                    refused.map { id, error in
                        [
                            "id": .string(id), "errorCode": .string(error.code.rawValue),
                            "detail": .string(error.detail),
                        ]
                    }
                )
            ]
        )
    }

    private func perform(on id: String, in change: inout ControlDraft) throws(APIError) {
        let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
        let definition = try SegmentDefinitionStore.definition(id, in: change.snapshot)
        var body = entry.body
        switch operation {
        case .publish, .deactivate:
            let next = operation == .publish ? AudienceLifecycle.published : .inactive
            guard next != definition.lifecycle else { return }
            try change.snapshot.refuseMove(of: definition, to: next)
            body["lifecycleState"] = .string(next.rawValue)
        case .delete:
            try change.snapshot.refuseIfUsed(definition)
            return change.remove(entry)
        case .tag, .untag:
            let gone = Set(tags.map { ByteKey($0) })
            let kept = definition.tags.filter { !gone.contains(ByteKey($0)) }
            let new = operation == .untag ? kept : definition.tags + tags.filter { !definition.has(tag: $0) }
            guard new.count != definition.tags.count else { return }
            let checked = try SegmentDefinitionDraft.words(.array(new.map { .string($0) }), "tags")
            body["tags"] = checked.isEmpty ? nil : .array(checked.map { .string($0) })
        }
        try change.rewrite(entry, body: body)
    }
}

extension SegmentDefinition {
    /// Whether people find it by a tag.
    func has(tag: String) -> Bool { tags.contains { $0.hasSameBytes(as: tag) } }
}
