/// One field of a form with what was typed and what is wrong with it; shown with `{{> field}}`.
public struct FormField: Sendable, Equatable {
    /// What a person can do in it.
    public enum Kind: Sendable, Equatable {
        /// Type a line; the word is the input's type.
        case text(type: String = "text")
        /// Type a line, with some of the texts that fit on offer.
        case suggestion([String])
        /// Type several lines; how many show.
        case lines(Int)
        /// Type what nobody may read; it never comes back.
        case secret
        /// Switch on or off.
        case toggle
        /// Take one of several, value and label.
        case choice([(value: String, label: String)])

        /// Whether both are the same kind with the same choices.
        public static func == (left: Kind, right: Kind) -> Bool {
            switch (left, right) {
            case (.text(let left), .text(let right)): left == right
            case (.suggestion(let left), .suggestion(let right)): left == right
            case (.lines(let left), .lines(let right)): left == right
            case (.secret, .secret), (.toggle, .toggle): true
            case (.choice(let left), .choice(let right)): left.elementsEqual(right) { $0 == $1 }
            default: false
            }
        }
    }

    /// One of several.
    struct Choice: Sendable, Equatable {
        var value: String
        var label: String
        var isChosen: Bool
    }

    /// The name in the form, and the input's id.
    public let name: String
    /// What stands above it.
    public let label: String
    /// What was typed; nothing for secrets.
    let value: String
    let hint: String?
    let error: String?
    let isOptional: Bool
    let isRequired: Bool
    let autocomplete: String
    let type: String
    let isText: Bool
    let isLines: Bool
    let isSecret: Bool
    let isSwitch: Bool
    let isChoice: Bool
    let isOn: Bool
    let choices: [Choice]
    let rows: String
    let suggestions: [String]
    let hasSuggestions: Bool
    let listID: String
    let hintID: String
    let errorID: String
    let describedBy: String?

    /// Creates a field.
    ///
    /// - Parameters:
    ///   - name: The name in the form.
    ///   - label: What stands above it.
    ///   - kind: What a person can do in it.
    ///   - value: What was typed before; ignored for secrets.
    ///   - hint: What to know before typing.
    ///   - error: What is wrong with what was typed.
    ///   - isOptional: Whether it may stay empty.
    ///   - autocomplete: What the browser may offer, such as `username`.
    public init(
        _ name: String,
        _ label: String,
        _ kind: Kind = .text(),
        value: String? = nil,
        hint: String? = nil,
        error: String? = nil,
        isOptional: Bool = false,
        autocomplete: String = "off"
    ) {
        self.name = name
        self.label = label
        self.hint = hint
        self.error = error
        self.isOptional = isOptional
        self.autocomplete = autocomplete
        hintID = "\(name)-hint"
        errorID = "\(name)-error"
        let described = [hint.map { _ in "\(name)-hint" }, error.map { _ in "\(name)-error" }].compactMap { $0 }
        describedBy = described.isEmpty ? nil : described.joined(separator: " ")
        var (isText, isSecret, isSwitch, type) = (false, false, false, "text")
        var choices: [Choice] = []
        var suggestions: [String] = []
        var rows = 0
        switch kind {
        case .text(let named): (isText, type) = (true, named)
        case .suggestion(let texts):
            isText = true
            suggestions = texts
        case .lines(let count): rows = count
        case .secret: isSecret = true
        case .toggle: isSwitch = true
        case .choice(let list):
            choices = list.map { Choice(value: $0.value, label: $0.label, isChosen: $0.value == value) }
        }
        (self.isText, self.isSecret, self.isSwitch, self.type) = (isText, isSecret, isSwitch, type)
        self.choices = choices
        self.suggestions = suggestions
        self.rows = String(rows)
        isLines = rows > 0
        hasSuggestions = !suggestions.isEmpty
        listID = "\(name)-list"
        isChoice = !choices.isEmpty
        isRequired = !isOptional && type != "search"
        isOn = isSwitch && value == "true"
        self.value = isSecret ? "" : value ?? ""
    }
}
