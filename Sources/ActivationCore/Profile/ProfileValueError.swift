/// Why a stored profile cannot be read.
public struct ProfileValueError: Error, Sendable, Hashable {
    /// What was found where; no profile data.
    public var message: String
    /// Whether it names something that the dictionaries in hand do not know; they may be older than the profile.
    public var isUnknownNumber = false

    static func damaged(_ message: String) -> ProfileValueError {
        ProfileValueError(message: message)
    }

    static func unknownNumber(_ message: String) -> ProfileValueError {
        ProfileValueError(message: message, isUnknownNumber: true)
    }
}
