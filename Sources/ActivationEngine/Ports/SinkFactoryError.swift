/// Why a dataflow's sink cannot be opened; the relay pauses with this reason.
public struct SinkFactoryError: Error, Sendable {
    /// A word for the books and the API.
    public var code: String
    /// What was found and what to do; no secret.
    public var message: String

    /// Creates an error.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
