import ActivationCore

/// Who says who belongs to an audience.
enum AudienceOrigin: String, Sendable, CaseIterable {
    /// A rule.
    case rule
    /// Others: files, records, or one by one.
    case external

    /// Reads it off a stored audience.
    init(_ entry: ControlEntry) { self = entry.isExternalAudience ? .external : .rule }

    /// What lists call it.
    var name: String {
        switch self {
        case .rule: "Rule"
        case .external: "External"
        }
    }

    /// What a filter offers.
    static var choices: [(value: String, label: String)] {
        [(value: "", label: "Any")] + allCases.map { (value: $0.rawValue, label: $0.name) }
    }
}
