import ActivationCore

/// How a definition asks to be evaluated, and how Adobe would evaluate it (BEHAVIOUR 5.4).
///
/// It is shown and filtered by, and changes nothing of what Headwater does: every audience is evaluated as data arrives.
struct DefinitionEvaluation: Sendable {
    private let requested: Set<EvaluationMode>
    /// nil when the expression cannot be read any more.
    private let eligibility: StreamingEligibility?

    init(requested: Set<EvaluationMode>, eligibility: StreamingEligibility?) {
        self.requested = requested
        self.eligibility = eligibility
    }

    /// Whether a mode is asked for and can be had; what cannot be had becomes batch.
    func holds(_ mode: EvaluationMode) -> Bool {
        let lost = requested.filter { !allows($0) }
        return mode == .batch && !lost.isEmpty || requested.contains(mode) && !lost.contains(mode)
    }

    /// Whether members come and go with events that arrive.
    var isStreamingEvents: Bool {
        eligibility?.readsEvents == true && (holds(.continuous) || holds(.synchronous))
    }

    private func allows(_ mode: EvaluationMode) -> Bool { eligibility?.allows(mode) ?? (mode == .batch) }

    /// `evaluationInfo` as it holds.
    var info: JSONValue {
        var info = JSONObject()
        for mode in EvaluationMode.allCases { info[mode.rawValue] = ["enabled": .bool(holds(mode))] }
        return .object(info)
    }

    /// Every mode with what was asked, whether it can be had, and why not.
    var explanation: JSONValue {
        .array(
            EvaluationMode.allCases.map { mode in
                var item: JSONObject = [
                    "type": .string(mode.rawValue), "requested": .bool(requested.contains(mode)),
                    "eligible": .bool(allows(mode)),
                ]
                if !allows(mode) {
                    item["reason"] = .string(eligibility?.obstacle?.reason ?? "the expression cannot be read")
                }
                if !allows(mode), let obstacle = eligibility?.obstacle {
                    item["line"] = .integer(Int64(obstacle.line))
                    item["column"] = .integer(Int64(obstacle.column))
                }
                return .object(item)
            }
        )
    }
}

extension ControlSnapshot {
    /// How a stored definition would be evaluated; depends on the audiences that it names with `inSegment`.
    func evaluation(of definition: SegmentDefinition) -> DefinitionEvaluation {
        evaluation(of: definition, depth: 0)
    }

    /// Audiences ask for each other without circles; those that do so deeper than anybody follows count as evaluated as data
    /// arrives.
    private static let audienceDepthMax = 16

    private func evaluation(of definition: SegmentDefinition, depth: Int) -> DefinitionEvaluation {
        // A rule of another version that cannot be read has no evaluation to tell of.
        let expression = try? SegmentExpression(definition.body["expression"]).parsed()
        let eligibility = expression.map { expression in
            StreamingEligibility(of: expression) { name in
                guard depth < ControlSnapshot.audienceDepthMax else { return true }
                guard let named = self.definition(named: name) else { return false }
                return evaluation(of: named, depth: depth + 1).isStreamingEvents
            }
        }
        let requested = EvaluationMode.allCases.filter { definition.isEvaluated($0) }
        return DefinitionEvaluation(requested: Set(requested), eligibility: eligibility)
    }

    /// The definition that `inSegment` means, by id or name.
    func definition(named text: String) -> SegmentDefinition? {
        let byID = UUIDBytes(text).flatMap { entry(.segmentDefinition, $0.description) }
        let found = byID ?? entries(.segmentDefinition).first { $0.body["name"] == .string(text) }
        return found.flatMap(SegmentDefinition.init)
    }
}
