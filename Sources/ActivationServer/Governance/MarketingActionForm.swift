import ActivationCore
import Console

/// The marketing actions of a dataflow as a form.
enum MarketingActionForm {
    private static let customField = "custom"

    private static func name(_ action: MarketingAction) -> String { "core.\(action.name)" }

    /// The fields.
    ///
    /// - Parameters:
    ///   - typed: What was typed or is stored; nil = nothing.
    ///   - mistakes: What is wrong.
    /// - Returns: One field per core action, and one for the organisation's own.
    static func fields(_ typed: QueryItems?, _ mistakes: FormMistakes?) -> [FormField] {
        MarketingAction.core.map { action in
            FormField(name(action), action.title, .toggle, value: typed?[name(action)], hint: action.meaning)
        } + [
            FormField(
                customField,
                "Actions of your own",
                .lines(3),
                value: typed?[customField],
                hint: "One in a line: its name, a colon, and what it means.",
                error: mistakes?.text(of: customField),
                isOptional: true
            )
        ]
    }

    /// The names of the fields with their labels.
    static var labels: [(name: String, label: String)] { fields(nil, nil).map { ($0.name, $0.label) } }

    /// What was typed as `marketingActions` of a flow.
    ///
    /// - Parameter typed: The form.
    /// - Returns: The actions.
    /// - Throws: What is wrong with them.
    static func actions(_ typed: QueryItems) throws(TargetFormMistake) -> [JSONValue] {
        let core = MarketingAction.core.filter { typed[name($0)] == "true" }
        let custom = (typed[customField] ?? "").split(whereSeparator: \.isNewline).map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0]).trimmingSpaces
            let meaning = parts.count > 1 ? String(parts[1]).trimmingSpaces : ""
            return MarketingAction(kind: .custom, name: name, title: name, meaning: meaning)
        }
        let all = (core + custom).map(\.json)
        do throws(APIError) {
            _ = try MarketingAction.read(try Fields(["marketingActions": .array(all)]))
        } catch {
            throw TargetFormMistake(key: customField, text: "\(error.detail).")
        }
        return all
    }

    /// Actions as this form would hold them.
    static func typed(_ actions: [MarketingAction]) -> QueryItems {
        let chosen = actions.filter { $0.kind == .core }.map { (name: name($0), value: "true") }
        let custom = actions.filter { $0.kind == .custom }
            .map { $0.meaning.isEmpty ? $0.name : "\($0.name): \($0.meaning)" }
        return QueryItems(chosen + [(customField, custom.joined(separator: "\n"))])
    }
}
