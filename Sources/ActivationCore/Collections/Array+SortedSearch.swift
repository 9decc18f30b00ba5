extension Array {
    /// Where the first element stands that is not before what is looked for, or where it would stand.
    ///
    /// - Parameters:
    ///   - start: Elements before this index are known to be before it.
    ///   - isBefore: Whether an element stands before what is looked for; the array is sorted by it.
    /// - Returns: The index, `count` when every element is before it.
    @inline(__always)
    func sortedIndex(from start: Int = 0, where isBefore: (Element) -> Bool) -> Int {
        var low = start
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
