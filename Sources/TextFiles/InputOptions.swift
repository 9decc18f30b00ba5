/// What whoever asks says of a text file.
public struct InputOptions: Equatable, Sendable {
    /// The encoding; by default what a byte order mark says, else UTF-8.
    public var encoding: TextEncoding.Name?
    /// What stands between cells; by default what the header has.
    public var delimiter: CSVDelimiter?
    /// Whether the first row names the columns.
    public var hasHeader: Bool
    /// How messages call these options.
    public var words: InputWords

    /// Says what is known of a file.
    ///
    /// - Parameters:
    ///   - encoding: The encoding.
    ///   - delimiter: What stands between cells.
    ///   - hasHeader: Whether the first row names the columns.
    ///   - words: How messages call these options.
    public init(
        encoding: TextEncoding.Name? = nil,
        delimiter: CSVDelimiter? = nil,
        hasHeader: Bool = true,
        words: InputWords = .fields
    ) {
        self.encoding = encoding
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        self.words = words
    }
}
