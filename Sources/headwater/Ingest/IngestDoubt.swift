import TextFiles

/// What is sent as it stands and may be wrong all the same.
enum IngestDoubt {
    /// A line of one byte a character is UTF-8 as well.
    case doubtfulEncoding(TextEncoding)
    /// An identity value begins or ends with a blank.
    case identityBlanks

    /// What scripts know it by.
    var code: String {
        switch self {
        case .doubtfulEncoding: "ENCODING_DOUBTFUL"
        case .identityBlanks: "IDENTITY_BLANKS"
        }
    }

    /// What was found and what to do.
    var message: String {
        switch self {
        case .doubtfulEncoding(let encoding):
            "the text was read as \(encoding.name.rawValue) and looks like UTF-8; is --encoding right?"
        case .identityBlanks:
            "an identity value begins or ends with a blank or an invisible character; it is another identity than without"
        }
    }
}
