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
        try desk.control.whole.requireVisible(ruleOf: definition)
        guard
            let explained = try await AudienceExplanation(of: person.identity, in: definition, desk.dependencies.engine)
        else { throw APIError(.profileUnknown, "nobody has this identity any more") }
        let rule = explained.found.explanation
        let (isMember, holds) = (explained.isMember, rule.outcome.qualifies)
        let until = desk.until(rule.outcome)
        var notes: [String] = []
        if explained.isPending {
            notes.append(
                (definition.isExternal ? "What others said makes it otherwise" : "The rule says otherwise")
                    + " by now; the person is evaluated again with the next message or in a moment."
            )
        }
        if rule.readsEvents { notes.append("The rule reads events; the page of events shows which there are.") }
        let stored = explained.membership
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
                basis: definition.isExternal ? "What others said of the person" : "What the rule says of the person",
                reversal: definition.isExternal ? nil : RuleWords.reversal(explained.found.reversal, of: rule),
                notes: notes,
                conditions: [desk.condition(rule, explained.found.reversal, person.mask)],
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
    /// - Throws: `PQL_INVALID`, `FIELD_HIDDEN` or what the engine refuses.
    func explain(
        _ identity: Identity,
        _ expression: PQLExpression,
        policy: String?
    ) async throws(APIError) -> ProfileExplanation? {
        try control.whole.requireVisible(expression)
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
    func condition(_ node: PQLExplanation, _ reversal: PQLReversal, _ mask: MaskedValue) -> RuleCondition {
        RuleCondition(
            mark: node.outcome.qualifies ? StateMark("Holds", .good) : StateMark("Does not hold", .quiet),
            heading: RuleWords.headings[node.kind],
            text: node.parts.isEmpty ? node.text : nil,
            until: until(node.outcome).map { "Changes \($0)." },
            values: node.attributes.map { attribute in
                RuleCondition.Value(
                    path: attribute.keys.joined(separator: "."),
                    value: attribute.value.map { mask.text($0, at: attribute.keys) } ?? "not there",
                    source: attribute.origin.flatMap(RuleWords.source)
                )
            },
            facts: facts(node),
            decides: node.decides,
            hasToChange: node.number.map { reversal.conditions?.contains($0) ?? false } ?? false,
            parts: node.parts.map { condition($0, reversal, mask) }
        )
    }

    /// The events and the standings behind a condition, as sentences.
    private func facts(_ node: PQLExplanation) -> [String] {
        let standings = node.audiences.map { id in
            let name = control.entry(.segmentDefinition, id.uuid.description)?.string("name") ?? id.uuid.description
            guard let standing = node.standings.first(where: { $0.audience == id }) else { return "Not in \(name)." }
            let time = Instant(standing.lastQualificationTime, now: standing.lastQualificationTime).exact
            return standing.status == .realized ? "In \(name) since \(time)." : "Left \(name) on \(time)."
        }
        return (node.events.map { [RuleWords.events($0)] } ?? []) + standings + node.statements.map(RuleWords.statement)
    }
}
