/// What is wrong with a form that was sent; shown with `{{> mistakes}}` above it.
public struct FormMistakes: Sendable, Equatable {
    /// One mistake.
    public struct Item: Sendable, Equatable {
        /// The field it is in; nil = none in particular.
        public var field: String?
        /// What is wrong and what to do.
        public var text: String

        /// Creates a mistake.
        public init(field: String?, text: String) {
            self.field = field
            self.text = text
        }
    }

    let heading: String
    /// The mistakes.
    public let items: [Item]

    /// Creates the list; nil when nothing is wrong.
    ///
    /// - Parameter items: The mistakes.
    public init?(_ items: [Item]) {
        guard !items.isEmpty else { return nil }
        heading = "Nothing was changed"
        self.items = items
    }

    /// A mistake of a field, in words for below it.
    public func text(of field: String) -> String? {
        items.first { $0.field == field }?.text
    }
}
