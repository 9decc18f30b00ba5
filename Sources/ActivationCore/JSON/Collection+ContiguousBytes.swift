extension Collection<UInt8> {
    /// Lends the bytes as one block, copied first where they are none.
    ///
    /// Work on a block is compiled once, for every caller; work on `some Collection` is slow across modules.
    @inline(__always)
    func withContiguousBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withContiguousStorageIfAvailable(body) ?? [UInt8](self).withUnsafeBufferPointer(body)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether other bytes stand at a place, from which on there are as many.
    @inline(__always)
    func holds(_ other: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        for index in other.indices where self[start &+ index] != other[index] { return false }
        return true
    }
}
