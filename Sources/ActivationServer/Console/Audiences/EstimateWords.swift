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
}
