/// Why a file cannot be used at all.
public struct InputFailure: Error, Equatable, Sendable {
    /// What is wrong with a file.
    public enum Code: String, Sendable, CaseIterable {
        /// It cannot be opened or read, or ends before where an earlier run stopped.
        case unreadable = "FILE_UNREADABLE"
        /// It is not the file that it should be, or not all of it.
        case incomplete = "FILE_INCOMPLETE"
        /// It is no text, by its first bytes.
        case notText = "FILE_NOT_TEXT"
        /// Nobody can tell how its bytes stand for characters, or it contradicts what was asked for.
        case encoding = "FILE_ENCODING"
        /// Nobody can tell what stands between its cells, or it contradicts what was asked for.
        case delimiter = "CSV_DELIMITER"
        /// There is no header or first row that can be read.
        case header = "CSV_HEADER"
    }

    /// What scripts know it by.
    public var code: Code
    /// What was tried, what was found, what to do; never the content.
    public var message: String
    /// Where in the file, when it is a place.
    public var place: TextPlace?

    /// Creates a failure.
    public init(_ code: Code, _ message: String, at place: TextPlace? = nil) {
        self.code = code
        self.message = message
        self.place = place
    }
}
