import Glibc

/// Why a file cannot be kept or read.
struct DiskFailure: Error {
    /// The error's number.
    var number: Int32
    /// What the system says.
    var reason: String { String(cString: strerror(number)) }
    /// Whether there is no room.
    var isFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(number) }
}
