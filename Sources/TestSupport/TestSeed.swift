#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Seeds of random tests: printed, so that a failure can be run again with `HEADWATER_SEED`.
public enum TestSeed {
    /// The seed of `HEADWATER_SEED`, else a random one.
    ///
    /// - Parameter function: Who asks; printed beside it.
    /// - Returns: The seed.
    public static func next(_ function: StaticString = #function) -> UInt64 {
        let given = getenv("HEADWATER_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: .min ... .max)
        print("HEADWATER_SEED=\(seed) in \(function)")
        return seed
    }

    /// A generator with the next seed.
    ///
    /// - Parameter function: Who asks; printed beside the seed.
    /// - Returns: The generator.
    public static func generator(_ function: StaticString = #function) -> SeededGenerator {
        SeededGenerator(seed: next(function))
    }
}
