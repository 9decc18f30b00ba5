import ArgumentParser

/// An identity on the command line.
struct IdentityArgument {
    /// The symbol of its namespace.
    var namespace: String
    /// Its value.
    var value: String

    /// Reads `NAMESPACE:VALUE`.
    ///
    /// - Throws: When it is something else.
    init(_ text: String) throws(ValidationError) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex, text.index(after: colon) != text.endIndex
        else {
            throw ValidationError("--identity is NAMESPACE:VALUE, such as Email:mira@example.org.")
        }
        namespace = String(text[..<colon])
        value = String(text[text.index(after: colon)...])
    }
}
