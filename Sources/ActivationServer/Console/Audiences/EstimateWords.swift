import ActivationCore
import Console

/// The figures of a preview in words.
struct EstimateWords {
    private let estimate: PreviewEstimate

    init(_ estimate: PreviewEstimate) {
        self.estimate = estimate
    }

    /// A number; an estimate with how far it may be off.
    private func text(_ figure: PreviewEstimate.Figure) -> String {
        if estimate.isWhole { return Figure.count(figure.size) }
        // 95 of 100 such samples are no further off.
        let error = Int((figure.standardError * 1.96).rounded(.up))
        return "about \(Figure.count(figure.size)) (± \(Figure.count(error)))"
    }

    /// How many members there would be.
    var size: String {
        let total = Figure.count(estimate.total, "profile")
        let size = text(estimate.figure(estimate.matches))
        if estimate.isWhole { return "\(size) of \(total) would be members now." }
        return "\(size.prefix(1).uppercased())\(size.dropFirst()) of \(total) would be members now; "
            + "\(Figure.count(estimate.profilesRead)) were looked at."
    }

    /// What would change.
    ///
    /// - Parameters:
    ///   - effect: What was counted.
    ///   - flows: The dataflows there are.
    /// - Returns: Sentences, and what each dataflow would send.
    func effect(_ effect: PreviewEstimate.Effect, on flows: [ControlEntry]) -> AudienceEditorPage.Effect {
        let entering = text(estimate.figure(effect.entering))
        let exiting = text(estimate.figure(effect.exiting))
        let uses = flows.compactMap { flow -> AudienceEditorPage.Effect.Use? in
            let id = UUIDBytes(flow.id).map { Dataflow.ID(uuid: $0) }
            guard let count = id.flatMap({ effect.records[$0] }) else { return nil }
            return AudienceEditorPage.Effect.Use(
                name: flow.string("name") ?? flow.id,
                path: "/console/dataflows/\(flow.id)",
                records: text(estimate.figure(count))
            )
        }
        let all = estimate.figure(of: effect.records.values)
        let dataflows = Figure.count(uses.count, "dataflow")
        return AudienceEditorPage.Effect(
            members: "\(entering.prefix(1).uppercased())\(entering.dropFirst()) would enter and \(exiting) would exit.",
            records: uses.isEmpty
                ? "No dataflow would send anything."
                : "\(dataflows) would send \(text(all)) \(all.size == 1 ? "record" : "records").",
            dataflows: uses,
            hasDataflows: !uses.isEmpty
        )
    }
}
