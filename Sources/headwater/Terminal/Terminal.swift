import ActivationCore
import Glibc

/// Standard output for results, standard error for people.
enum Terminal {
    /// Whether somebody watches standard error as it is written.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    /// Writes a line of the result.
    static func print(_ line: String) {
        write(Array((line + "\n").utf8), to: STDOUT_FILENO)
    }

    /// Writes a result as one line of JSON.
    static func print(_ value: JSONValue) {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        write(bytes, to: STDOUT_FILENO)
    }

    /// Writes finished lines of the result at once.
    static func print(lines bytes: [UInt8]) {
        write(bytes, to: STDOUT_FILENO)
    }

    /// Writes a line for people.
    static func error(_ line: String) {
        write(Array((line + "\n").utf8), to: STDERR_FILENO)
    }

    /// Replaces the line for people that was written last.
    static func replaceLine(_ line: String) {
        write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(file, buffer.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return giveUp(file, errno) }
            sent += count
        }
    }

    /// Ends the command when its result cannot be written.
    ///
    /// What is for people alone may be lost, the work goes on.
    private static func giveUp(_ file: Int32, _ reason: Int32) {
        guard file == STDOUT_FILENO else { return }
        // `headwater tail | head` ends here: nobody is left to write to.
        guard reason != EPIPE else { exit(EXIT_SUCCESS) }
        let code: CommandFailure.Code = reason == ENOSPC || reason == EDQUOT ? .retryLater : .unavailable
        error("headwater: the result cannot be written to standard output: \(String(cString: strerror(reason))).")
        exit(code.rawValue)
    }
}
