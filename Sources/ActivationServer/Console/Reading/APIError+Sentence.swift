extension APIError {
    /// What was found and what to do, as a sentence.
    var sentence: String { "\(detail.prefix(1).uppercased())\(detail.dropFirst())." }
}
