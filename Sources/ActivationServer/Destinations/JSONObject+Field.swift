public import ActivationCore

extension JSONObject {
    /// A field of a destination that is a string and not empty.
    ///
    /// - Parameter key: The field's key.
    /// - Returns: The string; nil when the field is absent or null.
    /// - Throws: ``DestinationFieldError`` for anything else.
    public func text(_ key: String) throws(DestinationFieldError) -> String? {
        guard let value = self[key], !value.isNull else { return nil }
        guard let text = value.string, !text.isEmpty else {
            throw DestinationFieldError(key, "must be a string that is not empty")
        }
        return text
    }

    /// A field of a destination that is a string and must be there.
    ///
    /// - Parameters:
    ///   - key: The field's key.
    ///   - message: What an absent one is told, such as `is required, the name of an existing stream`.
    /// - Returns: The string, which is not empty.
    /// - Throws: ``DestinationFieldError`` for anything else.
    public func requiredText(_ key: String, _ message: String) throws(DestinationFieldError) -> String {
        guard let text = try text(key) else { throw DestinationFieldError(key, message) }
        return text
    }
}
