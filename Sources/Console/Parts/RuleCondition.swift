/// What a condition of a rule says of a person; shown with `{{> condition}}`.
public struct RuleCondition: Sendable, Equatable {
    /// An attribute that it reads.
    public struct Value: Sendable, Equatable {
        let path: String
        let value: String

        /// Creates it from the path and a value that may be shown.
        public init(path: String, value: String) {
            self.path = path
            self.value = value
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
    ///   - parts: What it consists of.
    public init(
        mark: StateMark,
        heading: String?,
        text: String?,
        until: String?,
        values: [Value],
        parts: [RuleCondition]
    ) {
        self.mark = mark
        self.heading = heading
        self.text = text
        self.until = until
        self.values = values
        self.parts = parts
        hasParts = !parts.isEmpty
    }
}
