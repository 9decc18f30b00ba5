/// Why the engine could not take a request; nothing of it was stored, unless the code says otherwise.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for callers to decide by.
    public struct Code: Hashable, Sendable {
        /// The word used in logs and API answers.
        public var rawValue: String

        /// Wraps a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The lane is full; try again after ``EngineError/retryAfterSeconds``.
        public static let overloaded = Code(rawValue: "overloaded")
        /// The storage refused; its own code stands in the message.
        public static let storage = Code(rawValue: "storage")
        /// What is stored is damaged: the same again fails again.
        public static let corrupt = Code(rawValue: "corrupt")
        /// The disk is full.
        public static let storageFull = Code(rawValue: "storage_full")
        /// The disk lost a write: the engine ends and must be started again; only then it shows what is stored.
        public static let writeLost = Code(rawValue: "write_lost")
        /// A batch was decided without something it needed: a fault of this program, the same again fails again.
        public static let incomplete = Code(rawValue: "incomplete")
        /// The process is going down.
        public static let shuttingDown = Code(rawValue: "shutting_down")
        /// No audience that is in use has this id.
        public static let audienceUnknown = Code(rawValue: "audience_unknown")
        /// A configured expression cannot be used.
        public static let invalidCatalog = Code(rawValue: "invalid_catalog")
    }

    /// The kind of failure.
    public var code: Code
    /// What was tried, what was found, what to do; no profile data.
    public var message: String
    /// When trying again makes sense.
    public var retryAfterSeconds: Int?

    /// Creates an error.
    public init(_ code: Code, _ message: String, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }

    init(_ error: StorageError) {
        let code: Code =
            switch error.code {
            case .full: .storageFull
            case .writeLost: .writeLost
            case .incomplete: .incomplete
            case .corrupt: .corrupt
            default: .storage
            }
        self.init(
            code,
            error.description,
            retryAfterSeconds: error.isRetriable ? 5 : nil
        )
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
