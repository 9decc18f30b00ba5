@testable import Kinesis

/// Histories drawn from seeds, and the smallest that shows what a large one has shown.
extension RelaySimulation: CustomStringConvertible {
    /// What a seed stands for: some of everything that can befall service, process, disk and stream.
    init(drawnFrom seed: UInt64) {
        self.init(seed: seed)
        // Another sequence than that of the history itself.
        var random = SplitMix64(seed: ~seed)
        func often(_ value: Double) -> Double {
            Bool.random(using: &random) ? .random(in: 0...value, using: &random) : 0
        }
        func count(_ most: Int) -> Int { Bool.random(using: &random) ? .random(in: 0...most, using: &random) : 0 }
        func spans() -> [Range<Int64>] {
            (0..<count(2)).map { _ in
                let start = Int64.random(in: 1...50, using: &random)
                return start..<start + Int64.random(in: 1...15, using: &random)
            }
        }
        let isLarge = Int.random(in: 0..<50, using: &random) == 0
        rowCount = isLarge ? .random(in: 1_000...3_000, using: &random) : .random(in: 20...300, using: &random)
        profileCount = isLarge ? .random(in: 500...2_000, using: &random) : .random(in: 1...30, using: &random)
        faults = ProducerSimulation.Faults(
            recordThrottled: often(0.6),
            requestThrottled: often(0.1),
            requestFailedBefore: often(0.2),
            committedThenDropped: often(0.2),
            timedOut: often(0.15),
            connectionFailed: often(0.1),
            slow: often(0.3)
        )
        fate.kills = count(8)
        fate.terminations = count(3)
        fate.restarts = count(6)
        fate.deadSpans = spans()
        fate.death = Death.allCases.randomElement(using: &random) ?? .silent
        fate.fullSpans = spans()
        fate.reshardings = count(10)
        fate.recordsPerSecond = Bool.random(using: &random) ? 20 : nil
        fate.poisonShare = often(0.05)
        fate.listingDenied = often(1)
        fate.linkShare = often(0.1)
        if Bool.random(using: &random) { options.aggregateBytesMax = .random(in: 80...1_000, using: &random) }
    }

    var description: String {
        "seed \(seed), \(rowCount) rows of \(profileCount) profiles, \(faults), \(fate), aggregates of "
            + "\(options.aggregateBytesMax, default: "one")"
    }

    /// Leaves out of a history what it does not need to violate a promise; it has been run.
    func shrunk() async -> RelaySimulation {
        var smallest = self
        let steps: [(inout RelaySimulation) -> Void] = [
            { $0.rowCount /= 2 }, { $0.profileCount = 1 }, { $0.profileCount = 2 }, { $0.faults.recordThrottled = 0 },
            { $0.faults.requestThrottled = 0 }, { $0.faults.requestFailedBefore = 0 },
            { $0.faults.committedThenDropped = 0 }, { $0.faults.timedOut = 0 }, { $0.faults.connectionFailed = 0 },
            { $0.faults.slow = 0 }, { $0.fate.kills = 0 }, { $0.fate.kills /= 2 }, { $0.fate.terminations = 0 },
            { $0.fate.restarts = 0 }, { $0.fate.restarts /= 2 }, { $0.fate.deadSpans = [] }, { $0.fate.fullSpans = [] },
            { $0.fate.reshardings = 0 }, { $0.fate.recordsPerSecond = nil }, { $0.fate.poisonShare = 0 },
            { $0.fate.linkShare = 0 }, { $0.fate.listingDenied = 1 }, { $0.options.aggregateBytesMax = nil },
        ]
        for _ in 0..<3 {
            for step in steps {
                var smaller = RelaySimulation(seed: seed, faults: smallest.faults)
                (smaller.fate, smaller.plant) = (smallest.fate, plant)
                (smaller.rowCount, smaller.profileCount) = (smallest.rowCount, smallest.profileCount)
                smaller.options = smallest.options
                step(&smaller)
                guard smaller.rowCount > 0, smaller.description != smallest.description else { continue }
                await smaller.run()
                if !smaller.violations.isEmpty { smallest = smaller }
            }
        }
        return smallest
    }
}
