/// Why a message is refused; it then changes nothing.
public struct MessageError: Error, Sendable, Hashable {
    /// A stable word, such as `IDENTITY_MISSING`.
    public var code: String
    /// JSON pointer to the offending place in the entity; keys only, never values.
    public var pointer: String
    /// The violated kind of rule in JSON Schema's words: `required`, `type`, `maxLength`, `pattern`, ...
    public var keyword: String
    /// What was found and what is accepted; never holds a value.
    public var message: String
    /// Namespaces of the message's identities when all their values mean nobody, one entry each (BEHAVIOUR 4.3).
    public var ignoredIdentities: [String]

    /// Creates an error.
    public init(
        code: String,
        pointer: String,
        keyword: String,
        message: String,
        ignoredIdentities: [String] = []
    ) {
        self.code = code
        self.pointer = pointer
        self.keyword = keyword
        self.message = message
        self.ignoredIdentities = ignoredIdentities
    }
}
