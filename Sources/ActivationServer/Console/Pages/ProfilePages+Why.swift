import ActivationCore
import ActivationEngine
import Console

extension ProfilePages {
    /// Why a person is in an audience, or is not.
    func why(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let store = SegmentDefinitionStore(dependencies: desk.dependencies)
        let definition = try store.definition(request.parameter("audience"))
        let expression = try SegmentExpression(definition.body["expression"]).parsed()
        let explained = try await desk.explain(
            person.identity,
            expression,
            policy: definition.body["mergePolicyId"]?.string
        )
        guard let explained else { throw APIError(.profileUnknown, "nobody has this identity any more") }
        let stored = person.memberships.first { $0.audience == definition.id }
        let isMember = stored?.status == .realized
        let holds = explained.explanation.outcome.qualifies
        let until = desk.until(explained.explanation.outcome)
        var notes: [String] = []
        if isMember != holds {
            notes.append(
                "The rule says otherwise by now; the person is evaluated again with the next message or in a moment."
            )
        }
        if explained.explanation.readsEvents {
            notes.append("The rule reads events; the page of events shows which there are.")
        }
        let since = stored.map { " since \(Instant($0.lastQualificationTime, now: request.now).exact)" } ?? ""
        let sentence =
            isMember
            ? "The person is in \(definition.name)\(since)."
            : stored == nil
                ? "The person is not in \(definition.name)."
                : "The person left \(definition.name)\(since.replacingSince)."
        return .page(
            PersonWhyPage(
                title: "Why \(definition.name)",
                crumbs: person.crumbs,
                head: person.head(
                    nil,
                    isMember ? "Why in \(definition.name)?" : "Why not in \(definition.name)?",
                    for: viewer
                ),
                sentence: [sentence, until.map { holds ? "They leave \($0)." : "This changes \($0)." }]
                    .compactMap { $0 }.joined(separator: " "),
                tone: isMember ? "good" : "quiet",
                icon: isMember ? "check" : "pause",
                notes: notes,
                conditions: [desk.condition(explained.explanation, explained.values, person.mask)],
                audience: definition.name,
                audiencePath: "/console/audiences/\(definition.idText)"
            )
        )
    }
}

extension String {
    /// When somebody left is an instant, not a time since when.
    fileprivate var replacingSince: String { hasPrefix(" since ") ? " on \(dropFirst(7))" : self }
}

extension ConsoleDesk {
    /// What an expression says of the profile that has an identity; nil when nobody has it.
    ///
    /// - Throws: `PQL_INVALID` or what the engine refuses.
    func explain(
        _ identity: Identity,
        _ expression: PQLExpression,
        policy: String?
    ) async throws(APIError) -> ProfileExplanation? {
        let id = policy.flatMap { UUIDBytes($0) }.map { MergePolicy.ID(uuid: $0) }
        let engine = dependencies.engine
        return try await APIError.mapping { () throws(EngineError) in
            try await engine.explain(identity, expression, mergePolicy: id)
        }
    }

    /// When an outcome changes with no new data; nil = never.
    func until(_ outcome: PQLOutcome) -> String? {
        outcome.changesAt.map { "on \(Instant($0, now: $0).exact) if nothing comes" }
    }

    /// A condition with those that it consists of, as pages show it.
    func condition(
        _ node: PQLExplanation,
        _ values: [[String]: JSONValue],
        _ mask: MaskedValue
    ) -> RuleCondition {
        let heading: String? =
            switch node.kind {
            case .all: "All of these"
            case .any: "One of these"
            case .not: "Not this"
            case .condition: nil
            }
        let names = node.audiences.compactMap { control.entry(.segmentDefinition, $0.uuid.description)?.string("name") }
        let isLeaf = node.parts.isEmpty
        let read = isLeaf ? node.paths : []
        return RuleCondition(
            mark: node.outcome.qualifies ? StateMark("Holds", .good) : StateMark("Does not hold", .quiet),
            heading: heading,
            text: isLeaf ? node.text : nil,
            until: until(node.outcome).map { "Changes \($0)." },
            values: read.map { keys in
                RuleCondition.Value(
                    path: keys.joined(separator: "."),
                    value: values[keys].map(mask.text) ?? "not there"
                )
            } + (isLeaf ? names.map { RuleCondition.Value(path: "inSegment", value: $0) } : []),
            parts: node.parts.map { condition($0, values, mask) }
        )
    }
}
