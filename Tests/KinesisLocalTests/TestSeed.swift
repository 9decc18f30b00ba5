import Foundation
import Kinesis

/// The seed of this run's random tests: `HEADWATER_TEST_SEED`, or a fresh one, printed so that a failure can be repeated.
enum TestSeed {
    static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["HEADWATER_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0...UInt64.max)
        print("KinesisLocalTests: HEADWATER_TEST_SEED=\(seed)")
        return seed
    }()

    static func generator() -> SplitMix64 { SplitMix64(seed: value) }
}
