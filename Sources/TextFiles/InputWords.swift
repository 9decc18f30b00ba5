/// How messages call what whoever asks can say: a command line has other words than a request.
public struct InputWords: Equatable, Sendable {
    /// What names the encoding, such as `--encoding`.
    public var encoding: String
    /// What names the delimiter, such as `--delimiter`.
    public var delimiter: String
    /// What to do about a file that gzip has compressed.
    public var gunzip: String

    /// Gives the words.
    ///
    /// - Parameters:
    ///   - encoding: What names the encoding.
    ///   - delimiter: What names the delimiter.
    ///   - gunzip: What to do about a file that gzip has compressed.
    public init(encoding: String, delimiter: String, gunzip: String) {
        self.encoding = encoding
        self.delimiter = delimiter
        self.gunzip = gunzip
    }

    /// The fields of a request.
    public static let fields = InputWords(encoding: "encoding", delimiter: "delimiter", gunzip: "unpack it")
}
