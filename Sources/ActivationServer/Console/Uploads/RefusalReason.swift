import ActivationCore
import Console
import TextFiles

/// Why rows were refused, and which.
struct RefusalReason: Sendable, Equatable {
    let code: String
    let text: String
    let count: String
    let lines: String

    /// Lines of a reason that are named.
    private static let linesMax = 20
    /// Reasons that are told of.
    private static let reasonsMax = 50

    /// The reasons of some refused rows, in the order in which they came first.
    static func all(in refusals: [TextRefusal]) -> [RefusalReason] {
        var places: [[UInt8]: Int] = [:]
        var reasons: [(refusal: TextRefusal, lines: [Int64])] = []
        for refusal in refusals {
            let key = Array("\(refusal.code) \(refusal.message)".utf8)
            if let place = places[key] {
                reasons[place].lines.append(refusal.place.line)
            } else {
                places[key] = reasons.count
                reasons.append((refusal, [refusal.place.line]))
            }
        }
        return reasons.prefix(reasonsMax).map { reason in
            let shown = reason.lines.prefix(linesMax).map { Figure.count($0) }.joined(separator: " · ")
            let hidden = reason.lines.count - linesMax
            return RefusalReason(
                code: reason.refusal.code,
                text: "\(reason.refusal.message.prefix(1).uppercased())\(reason.refusal.message.dropFirst()).",
                count: Figure.count(reason.lines.count),
                lines: hidden > 0 ? "\(shown) and \(Figure.count(hidden)) more" : shown
            )
        }
    }
}
