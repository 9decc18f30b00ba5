extension String {
    /// Whether two texts are the same bytes.
    public func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return utf8.withContiguousBytes { left in
            other.utf8.withContiguousBytes { right in
                for index in left.indices where left[index] != right[index] { return false }
                return true
            }
        }
    }

    /// Whether the bytes of this text come before those of another.
    public func comesBefore(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}
