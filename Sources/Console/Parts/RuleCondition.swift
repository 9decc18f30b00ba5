/// What a condition of a rule says of a person; shown with `{{> condition}}`.
public struct RuleCondition: Sendable, Equatable {
    /// An attribute that it reads.
    public struct Value: Sendable, Equatable {
        let path: String
        let value: String
        let source: String?

        /// Creates it.
        ///
        /// - Parameters:
        ///   - path: The path.
        ///   - value: A value that may be shown.
        ///   - source: Where the value comes from; nil when that is not known.
        public init(path: String, value: String, source: String? = nil) {
            self.path = path
            self.value = value
            self.source = source
        }
    }

    let mark: StateMark
    /// How it consists of its parts; nil for one without.
    let heading: String?
    /// Its text; nil when its parts tell it.
    let text: String?
    /// When it changes with no new data; nil = never.
    let until: String?
    let values: [Value]
    /// What else is behind it, as sentences.
    let facts: [String]
    /// Whether it is a reason for the outcome.
    let decides: Bool
    /// Whether it is among the fewest that would have to change.
    let hasToChange: Bool
    let parts: [RuleCondition]
    let hasParts: Bool

    /// Creates a condition.
    ///
    /// - Parameters:
    ///   - mark: Whether it holds.
    ///   - heading: How it consists of its parts; nil for one without.
    ///   - text: Its text; nil when its parts tell it.
    ///   - until: When it changes with no new data; nil = never.
    ///   - values: The attributes that it reads.
    ///   - facts: What else is behind it, as sentences.
    ///   - decides: Whether it is a reason for the outcome.
    ///   - hasToChange: Whether it is among the fewest that would have to change for the rule to say the opposite.
    ///   - parts: What it consists of.
    public init(
        mark: StateMark,
        heading: String?,
        text: String?,
        until: String?,
        values: [Value],
        facts: [String],
        decides: Bool,
        hasToChange: Bool,
        parts: [RuleCondition]
    ) {
        self.mark = mark
        self.heading = heading
        self.text = text
        self.until = until
        self.values = values
        self.facts = facts
        self.decides = decides
        self.hasToChange = hasToChange
        self.parts = parts
        hasParts = !parts.isEmpty
    }
}
