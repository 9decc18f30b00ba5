import Glibc

/// Why the server does not start.
public struct ServerStartError: Error, Sendable, CustomStringConvertible {
    /// What has to change before another start is of use.
    public enum Cause: Sendable {
        /// A setting, or what a file holds.
        case input
        /// Room on the disk.
        case noRoom
        /// A file cannot be read or written.
        case file
    }

    /// What was tried, what was found, what to do.
    public var description: String
    /// What has to change.
    public var cause: Cause

    /// Creates an error.
    public init(_ description: String, cause: Cause = .input) {
        self.description = description
        self.cause = cause
    }

    /// What the system says about a file.
    ///
    /// - Parameters:
    ///   - what: What was tried, with the path.
    ///   - number: The system's error.
    init(_ what: String, systemError number: Int32) {
        let (cause, cure): (Cause, String) =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: (.noRoom, "make room on the disk and start again")
            case EACCES, EPERM: (.file, "give this user the right to it")
            case EROFS: (.file, "the file system is read-only: mount it for writing, or give another directory")
            default: (.file, "check the path and the disk")
            }
        self.init("\(what): \(String(cString: strerror(number))); \(cure)", cause: cause)
    }
}
