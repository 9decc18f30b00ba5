/// What is wrong with an expression in the `pql/json` form, and in which of its nodes.
public struct PQLJSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The JSON pointer of the node or member, empty for the whole tree.
    public var pointer: String
    /// What was found and what would be accepted.
    public var message: String

    /// Creates an error.
    public init(pointer: String, message: String) {
        self.pointer = pointer
        self.message = message
    }

    /// The place and the message: `at /params/0: …`.
    public var description: String { pointer.isEmpty ? message : "at \(pointer): \(message)" }
}
