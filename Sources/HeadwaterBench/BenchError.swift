import Kinesis

/// Why a measurement came to no figure.
public struct BenchError: Error {
    /// What is at fault.
    public enum Code: Sendable {
        /// What was given to measure with.
        case badInput
        /// What it was measured against.
        case unavailable
        /// This program.
        case software
    }

    /// What is at fault.
    public let code: Code
    /// What was found and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: KinesisError) {
        self.init(error.needsOperator ? .badInput : .unavailable, "\(error)")
    }
}
