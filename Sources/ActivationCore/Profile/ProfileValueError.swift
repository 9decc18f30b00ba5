/// Why a stored profile cannot be read.
public struct ProfileValueError: Error, Sendable, Hashable {
    /// What was found where; no profile data.
    public var message: String
    /// Whether it names something that the dictionaries in hand do not know; they may be older than the profile.
    public var isUnknownNumber = false
    /// Whether profiles and the storage's index of identities disagree; one of them may have been read before the other.
    public var isStaleIndex = false

    static func damaged(_ message: String) -> ProfileValueError {
        ProfileValueError(message: message)
    }

    static func unknownNumber(_ message: String) -> ProfileValueError {
        ProfileValueError(message: message, isUnknownNumber: true)
    }

    static func staleIndex(_ message: String) -> ProfileValueError {
        ProfileValueError(message: message, isStaleIndex: true)
    }
}
