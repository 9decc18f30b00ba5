import ActivationCore
import Console

/// The alerts of a dataflow as a form.
enum FlowAlertForm {
    private static func name(_ kind: AlertKind) -> String { "alert.\(kind.rawValue)" }
    private static func threshold(_ kind: AlertKind) -> String { "alert.\(kind.rawValue).threshold" }

    /// What is chosen until somebody chooses.
    static let preset = [
        FlowAlert(kind: .skippedRateExceeded, threshold: 1), FlowAlert(kind: .parked, threshold: 1),
        FlowAlert(kind: .paused),
    ]

    /// The fields.
    ///
    /// - Parameters:
    ///   - typed: What was typed or is stored.
    ///   - mistakes: What is wrong.
    /// - Returns: A switch per kind, each followed by its threshold, if it has one.
    static func fields(_ typed: QueryItems, _ mistakes: FormMistakes?) -> [FormField] {
        AlertKind.ofDataflows.flatMap { kind in
            let toggle = FormField(name(kind), kind.title, .toggle, value: typed[name(kind)], hint: kind.meaning)
            guard let limit = kind.threshold else { return [toggle] }
            return [
                toggle,
                FormField(
                    threshold(kind),
                    "\(kind.title): \(limit.unit)",
                    value: typed[threshold(kind)] ?? AlertThreshold.number(limit.preset).text,
                    error: mistakes?.text(of: threshold(kind))
                ),
            ]
        }
    }

    /// The names of the fields with their labels.
    static var labels: [(name: String, label: String)] { fields(QueryItems([]), nil).map { ($0.name, $0.label) } }

    /// What was typed as `alerts` of a flow.
    ///
    /// - Parameter typed: The form.
    /// - Returns: The alerts.
    /// - Throws: The first threshold that cannot be one.
    static func alerts(_ typed: QueryItems) throws(TargetFormMistake) -> [JSONValue] {
        var alerts: [JSONValue] = []
        for kind in AlertKind.ofDataflows where typed[name(kind)] == "true" {
            guard let limit = kind.threshold else {
                alerts.append(FlowAlert(kind: kind).json)
                continue
            }
            let text = (typed[threshold(kind)] ?? "").trimmingSpaces
            // A number as JSON has it, so that the API and this form take the same ones.
            guard let value = (try? JSONValue(parsing: text))?.double, limit.takes(value) else {
                throw TargetFormMistake(key: threshold(kind), text: "\(kind.title): type \(limit.words).")
            }
            alerts.append(FlowAlert(kind: kind, threshold: value).json)
        }
        return alerts
    }

    /// Alerts as this form would hold them.
    static func typed(_ alerts: [FlowAlert]) -> QueryItems {
        QueryItems(
            alerts.flatMap { alert in
                [(name(alert.kind), "true")]
                    + (alert.threshold.map { [(threshold(alert.kind), AlertThreshold.number($0).text)] } ?? [])
            }
        )
    }
}
