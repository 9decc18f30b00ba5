/// What was found when one thing about a store was looked at; it names no value of anybody.
public struct StoreFinding: Sendable, Hashable {
    /// How bad it is, the worst last.
    public enum Severity: Int, Sendable, Comparable {
        case fine, warning, fault

        /// Whether it is less bad.
        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// A short name of what was looked at, which never changes.
    public var check: String
    /// How bad it is.
    public var severity: Severity
    /// What was looked at.
    public var tried: String
    /// What was found.
    public var found: String
    /// What to do; nil = nothing.
    public var advice: String?

    /// Creates a finding.
    public init(
        _ check: String,
        _ severity: Severity = .fine,
        tried: String,
        found: String,
        advice: String? = nil
    ) {
        self.check = check
        self.severity = severity
        self.tried = tried
        self.found = found
        self.advice = advice
    }
}

extension StoreFinding {
    /// A finding about how many things are wrong, of which there should be none.
    package static func of(
        _ check: String,
        tried: String,
        wrong: [(count: Int64, what: String)],
        right: String,
        advice: String
    ) -> StoreFinding {
        let faults = wrong.filter { $0.count != 0 }
        guard !faults.isEmpty else { return StoreFinding(check, tried: tried, found: right) }
        return StoreFinding(
            check,
            .fault,
            tried: tried,
            found: faults.map { "\($0.count) \($0.what)" }.joined(separator: ", "),
            advice: advice
        )
    }
}
