/// The hash keys that belong to one shard, both ends included.
struct HashKeyRange: Equatable, Sendable {
    var first: UInt128
    var last: UInt128

    /// The ranges of a new stream: equal steps, the last shard takes the rest.
    static func even(count: Int) -> [HashKeyRange] {
        guard count > 1 else { return [HashKeyRange(first: 0, last: .max)] }
        let divisor = UInt128(count)
        // floor(2^128 / count); 2^128 itself does not fit.
        let step = UInt128.max / divisor + (UInt128.max % divisor == divisor - 1 ? 1 : 0)
        return (0..<count).map { index in
            let first = UInt128(index) * step
            return HashKeyRange(first: first, last: index == count - 1 ? .max : first + step - 1)
        }
    }
}
