/// Something that cuts an input into chunks.
protocol ChunkSource {
    /// The next chunk, nil at the end; the window stands behind it afterwards.
    mutating func next(_ window: inout TextWindow) throws(CommandFailure) -> IngestChunk?
}
