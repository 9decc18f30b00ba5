/// How something stands, in a word, a colour and a shape; shown with `{{> state}}`.
public struct StateMark: Sendable, Equatable {
    /// What the state means to a person.
    public enum Tone: String, Sendable {
        /// As it should be.
        case good
        /// It goes on by itself, but somebody may want to know.
        case warning
        /// A person has to act.
        case bad
        /// Neither.
        case quiet
    }

    /// The word.
    public let word: String
    /// The class of the colour.
    let tone: String
    /// The shape.
    let icon: String

    /// Creates a mark.
    public init(_ word: String, _ tone: Tone) {
        self.word = word
        self.tone = tone.rawValue
        icon =
            switch tone {
            case .good: "check"
            case .warning: "clock"
            case .bad: "alert"
            case .quiet: "pause"
            }
    }
}
