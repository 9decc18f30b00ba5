extension Collection<UInt8> {
    /// Lends the bytes as one block, copied first where they are none.
    ///
    /// Work on a block is compiled once, for every caller; work on `some Collection` is slow across modules.
    @inline(__always)
    func withContiguousBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withContiguousStorageIfAvailable(body) ?? [UInt8](self).withUnsafeBufferPointer(body)
    }
}
