/// Why a storage could not do what it was asked.
public struct StorageError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for callers to decide by.
    public struct Code: Hashable, Sendable {
        /// The word used in logs and API answers.
        public var rawValue: String

        /// Wraps a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Somebody else changed what was expected to be unchanged; reload and decide again.
        public static let conflict = Code(rawValue: "conflict")
        /// No room on the disk; nothing was written.
        public static let full = Code(rawValue: "storage_full")
        /// Another process holds the directory.
        public static let locked = Code(rawValue: "locked")
        /// The place holds no store, or somebody else's files.
        public static let notAStore = Code(rawValue: "not_a_store")
        /// The files are damaged or of a version this program does not know.
        public static let corrupt = Code(rawValue: "corrupt")
        /// More would have to be read than was allowed; ask for less at a time.
        public static let tooLarge = Code(rawValue: "too_large")
        /// A profile names a path or a dataset that the dictionaries in hand do not know; read them again.
        public static let outdated = Code(rawValue: "outdated")
        /// What was loaded for a batch was not all that deciding it needed: a fault of this program, nothing was written.
        public static let incomplete = Code(rawValue: "incomplete")
        /// The storage was closed.
        public static let closed = Code(rawValue: "closed")
        /// The system could not say that written bytes are safe; nothing more is written before the storage was opened
        /// again and has looked at what the disk holds.
        public static let writeLost = Code(rawValue: "write_lost")
        /// The batch took longer than it may and has ended, or was ended before; begin again, with less.
        public static let expired = Code(rawValue: "expired")
        /// Somebody else changed the configuration since the batch was decided by it; read it again.
        public static let catalogChanged = Code(rawValue: "catalog_changed")
        /// Another process has taken over what this one was entitled to write; nothing was written.
        public static let fenced = Code(rawValue: "fenced")
        /// The storage cannot be reached now.
        public static let unavailable = Code(rawValue: "unavailable")
        /// Anything else the system reported.
        public static let io = Code(rawValue: "io")
    }

    /// The kind of failure.
    public var code: Code
    /// What was tried, what was found, what to do; no profile data.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether trying the same again later may succeed.
    public var isRetriable: Bool {
        [.full, .io, .conflict, .expired, .catalogChanged, .fenced, .unavailable].contains(code)
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
