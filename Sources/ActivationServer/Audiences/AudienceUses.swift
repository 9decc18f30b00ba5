import ActivationCore

extension ControlSnapshot {
    /// The definitions that ask for an audience with `inSegment`, by (createdAt, id).
    func definitionsAsking(for audience: SegmentDefinition) -> [SegmentDefinition] {
        let named = [audience.idText, audience.name].flatMap {
            entries(.segmentDefinition, using: ControlName(.segmentDefinition, $0))
        }
        var known = Set([audience.idText])
        // A name may be meant by somebody else's id, and the other way round.
        return named.compactMap(SegmentDefinition.init).filter { asker in
            known.insert(asker.idText).inserted && audiencesAsked(by: asker).contains { $0.id == audience.id }
        }
    }

    /// The audiences that a definition asks for with `inSegment`, each once.
    func audiencesAsked(by definition: SegmentDefinition) -> [SegmentDefinition] {
        var known = Set<Audience.ID>()
        return SegmentDefinition.namesAsked(by: definition.body).compactMap { self.definition(named: $0) }
            .filter { known.insert($0.id).inserted }
    }

    /// Refuses to take an audience away from those who use it.
    ///
    /// - Throws: `AUDIENCE_IN_USE` naming who uses it.
    func refuseIfUsed(_ audience: SegmentDefinition) throws(APIError) {
        let flows = flowsMapping(audience: audience.id)
        let askers = definitionsAsking(for: audience)
        guard !flows.isEmpty || !askers.isEmpty else { return }
        var members: JSONObject = [
            "uses": .array(
                (flows.map { ["kind": "flow", "id": .string($0.id), "name": .string($0.string("name") ?? "")] }
                    + askers.map { ["kind": "audience", "id": .string($0.idText), "name": .string($0.name)] })
                    .prefix(ServerLimits.pageItemsMax).map { .object($0) }
            )
        ]
        members["flowId"] = flows.first.map { .string($0.id) }
        members["segmentDefinitionId"] = askers.first.map { .string($0.idText) }
        let users =
            flows.map { "dataflow \($0.id) exports it; remove it from segmentSelectors first" }
            + askers.map { "segment definition \($0.idText) asks for it with inSegment; change that first" }
        let others = users.count > 1 ? ", and \(users.count - 1) more use it" : ""
        throw APIError(.audienceInUse, "the audience is in use: \(users[0])\(others)", members: members)
    }
}

extension SegmentDefinition {
    /// What a definition's rule names with `inSegment`, ids as they are stored; nothing when the rule cannot be read, or not
    /// any more.
    static func namesAsked(by body: JSONObject) -> [String] {
        guard
            let rule = try? SegmentExpression(body["expression"]),
            // Most rules ask for nobody; only JSON may write the word otherwise.
            rule.format == .json || rule.value.contains("inSegment"),
            let expression = try? rule.parsed()
        else { return [] }
        var names: [String] = []
        var paths = PathDictionary()
        _ = try? PQLProgram(compiling: expression, paths: &paths) { text in
            names.append(UUIDBytes(text)?.description ?? text)
            return Audience.ID(uuid: UUIDBytes(high: 0, low: 0))
        }
        return names
    }
}
