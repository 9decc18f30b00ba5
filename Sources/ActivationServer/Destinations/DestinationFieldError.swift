/// A field of a destination that cannot be right, whatever the destination would say.
public struct DestinationFieldError: Error, Sendable {
    /// The field's key.
    public var key: String
    /// What is wrong and what to do, as the rest of a sentence that begins with the field's place; no secret.
    public var message: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - key: The field's key.
    ///   - message: The rest of the sentence, such as `is required, the name of an existing stream`.
    public init(_ key: String, _ message: String) {
        self.key = key
        self.message = message
    }
}
