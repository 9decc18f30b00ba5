/// Why the server does not start.
public struct ServerStartError: Error, Sendable, CustomStringConvertible {
    /// What was tried, what was found, what to do.
    public var description: String

    /// Creates an error.
    public init(_ description: String) {
        self.description = description
    }
}
