/// Why a destination cannot be used as configured.
public struct DestinationProbeError: Error, Sendable {
    /// The word in `errorCode`: `CFG-001` for a configuration that cannot be right, `NET-001` for a destination that is not
    /// reached, and the kind's own, such as `AWS-403`.
    public var code: String
    /// The step that failed, such as `connect` or `ListStreams`.
    public var step: String
    /// What was found and what to do; no secret.
    public var message: String
    /// Whether the credentials are taken and only this question is not allowed to them, so that writing may work.
    public var isOnlyDenied: Bool

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: The word in `errorCode`.
    ///   - step: The step that failed.
    ///   - message: What was found and what to do.
    ///   - isOnlyDenied: Whether only this question is not allowed to credentials that are taken.
    public init(code: String, step: String, message: String, isOnlyDenied: Bool = false) {
        self.code = code
        self.step = step
        self.message = message
        self.isOnlyDenied = isOnlyDenied
    }
}

extension DestinationProbeError {
    /// A field that cannot be right.
    ///
    /// - Parameters:
    ///   - error: The field and what is wrong.
    ///   - pointer: Where the field's object stands, such as `/auth/params`.
    public init(_ error: DestinationFieldError, in pointer: String) {
        self.init(code: "CFG-001", step: "fields", message: "\(pointer)/\(error.key) \(error.message)")
    }
}
