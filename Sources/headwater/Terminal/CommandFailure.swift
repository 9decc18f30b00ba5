/// Why a command ends without success.
struct CommandFailure: Error {
    /// What scripts see: exit codes with the meaning that `sysexits.h` gives them.
    enum Code: Int32 {
        /// The command line cannot be understood.
        case usage = 64
        /// A file, an expression or a configuration holds something wrong.
        case badInput = 65
        /// A file cannot be read, or not be used at all: nothing of it was.
        case noInput = 66
        /// A server, a stream or a file is not there, or the system does not let it be read or written.
        case unavailable = 69
        /// An error of this program.
        case software = 70
        /// The same command may succeed later, such as when there is room on the disk again.
        case retryLater = 75
    }

    /// The exit code.
    var code: Code
    /// What was tried, what was found, what to do; no secret and no profile data.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
