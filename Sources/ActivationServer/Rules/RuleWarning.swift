import ActivationCore

/// Something in a rule that can be used and is most likely not what was meant (BEHAVIOUR 5.3).
struct RuleWarning: Sendable, Equatable {
    /// The kinds of slips.
    enum Code: String, Sendable {
        /// No profile has had the path.
        case pathUnknown = "PATH_UNKNOWN"
        /// A list of words lacks the text that a path is compared with.
        case valueUnknown = "VALUE_UNKNOWN"
        /// A path holds values of one kind and is compared with another.
        case typeMismatch = "TYPE_MISMATCH"
        /// A window is longer than events are kept.
        case windowBeyondRetention = "WINDOW_BEYOND_RETENTION"
        /// A path holds an object and is compared with a value.
        case mapCompared = "MAP_COMPARED"
    }

    /// The kind.
    let code: Code
    /// What was found, and what to do.
    let message: String
    /// The path, dotted; nil when it is about none.
    let path: String?
    /// Where it stands.
    let place: PQLMentions.Place
    /// What was most likely meant, as it stands in a rule; nil when nothing near exists.
    let suggestion: String?

    /// The member of `warnings`.
    ///
    /// - Parameter text: The text that the place is in, when it is not the one that the client sent.
    /// - Returns: The object.
    func json(in text: String? = nil) -> JSONValue {
        var object: JSONObject = ["code": .string(code.rawValue), "message": .string(message)]
        object["path"] = path.map { .string($0) }
        object["line"] = .integer(Int64(place.line))
        object["column"] = .integer(Int64(place.column))
        object["suggestion"] = suggestion.map { .string($0) }
        object["textForm"] = text.map { .string($0) }
        return .object(object)
    }
}
