/// Places of a store from which a sample is taken: evenly spread over its rows, and in an order in which the first of them are
/// spread nearly as evenly as all, so that a sample that ends early is one of the whole store too.
struct SamplePlaces: Sendable {
    /// Rows after which profiles are read.
    let rows: [Int64]

    /// Spreads places.
    ///
    /// - Parameters:
    ///   - rows: The first and the last row there is.
    ///   - count: How many places.
    init(in rows: ClosedRange<Int64>, count: Int) {
        let bits = Int.bitWidth - max(0, count - 1).leadingZeroBitCount
        let step = Double(rows.upperBound - rows.lowerBound + 1) / Double(max(1, count))
        var places: [Int64] = []
        for number in 0..<(1 << bits) {
            // Numbers with their bits in reverse halve the widest gap again and again.
            var place = 0
            for bit in 0..<bits { place = place << 1 | number >> bit & 1 }
            guard place < count else { continue }
            places.append(rows.lowerBound - 1 + Int64(step * Double(place)))
        }
        self.rows = places
    }
}
