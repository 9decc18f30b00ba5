import TextFiles

/// Something that cuts an input into chunks.
protocol ChunkSource: ~Copyable {
    /// Where the input stands.
    var mark: TextMark { get }
    /// Whether the input was written to since it was opened.
    var hasChanged: Bool { get }

    /// The next chunk, nil at the end; the source stands behind it afterwards.
    mutating func next() throws(CommandFailure) -> IngestChunk?

    /// Goes to where an earlier run stopped.
    ///
    /// - Returns: How the input differs from what that read, and nil when it does not.
    mutating func resume(at mark: TextMark) throws(CommandFailure) -> TextMark.Change?
}
