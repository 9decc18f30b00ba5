import Kinesis

extension SplitMix64 {
    /// A number below a bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
