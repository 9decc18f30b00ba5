#if canImport(Glibc)
import Glibc
#endif

/// A small seeded generator; the same seed gives the same numbers everywhere.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SplitMix64 {
    /// True once in so many times.
    mutating func oneIn(_ times: Int) -> Bool {
        Int.random(in: 0..<times, using: &self) == 0
    }
}

/// Seeds of property tests: printed, so that a failure can be run again with HEADWATER_SEED.
enum TestSeed {
    /// The seed of HEADWATER_SEED, else a random one.
    static func next(_ function: StaticString = #function) -> UInt64 {
        let seed = getenv("HEADWATER_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: .min ... .max)
        print("seed \(seed) in \(function)")
        return seed
    }

    /// A generator with the next seed.
    static func generator(_ function: StaticString = #function) -> SplitMix64 {
        SplitMix64(seed: next(function))
    }
}
