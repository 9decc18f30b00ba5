import Foundation
import Testing

@testable import Kinesis

/// I3 and I4 over virtual time: every run prints its seed when it fails, and the seed alone repeats it.
@Suite struct ProducerSimulationTests {
    /// `KINESIS_SIMULATION_RUNS` asks for more than the usual number.
    private static let runs = ProcessInfo.processInfo.environment["KINESIS_SIMULATION_RUNS"].flatMap(UInt64.init) ?? 60

    @Test func `records arrive in order and are settled once whatever fails`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        for seed in base..<base + Self.runs {
            var simulation = ProducerSimulation(seed: seed, faults: .all)
            simulation.poisonShare = 0.01
            simulation.oversizedShare = 0.01
            simulation.reshardings = Int(seed % 6)
            simulation.listingDenied = seed.isMultiple(of: 4) ? 1 : 0
            simulation.listingFailed = seed.isMultiple(of: 3) ? 0.5 : 0
            if seed.isMultiple(of: 2) { simulation.shards.recordsPerSecond = 20 }
            if seed % 4 < 2 {
                simulation.options.aggregateBytesMax = Int(100 + seed % 300)
                simulation.aggregatesRefused = seed.isMultiple(of: 5) ? 0.1 : 0
            }
            simulation.wire = seed % 8 < 4 ? .cbor : .json
            simulation.takesCBOR = seed.isMultiple(of: 3)

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            let outcomes = Set(simulation.outcomes.values)
            #expect(outcomes.isSubset(of: ["delivered", "ValidationException", "RecordTooLarge"]), "seed \(seed)")
        }
    }

    @Test func `what is called back is not sent any more whatever fails`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        var recalled = 0
        for seed in base..<base + Self.runs {
            var simulation = ProducerSimulation(seed: seed, faults: seed.isMultiple(of: 5) ? .none : .all)
            simulation.recallShare = 0.3
            if seed.isMultiple(of: 2) { simulation.shards.recordsPerSecond = 20 }
            // None is refused: what is left of one that was taken could be, and would go again record by record.
            if seed % 4 < 2 { simulation.options.aggregateBytesMax = Int(100 + seed % 300) }
            simulation.wire = seed % 8 < 4 ? .cbor : .json
            simulation.takesCBOR = seed.isMultiple(of: 3)

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.statistics.recalled == simulation.recalledCount, "seed \(seed)")
            recalled += simulation.recalledCount
        }
        #expect(recalled > Int(Self.runs), "seeds from \(base)")
    }

    @Test func `without faults everything is written exactly once`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .none)

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.log.count == simulation.recordCount, "seed \(seed)")
            #expect(simulation.statistics.retried == 0, "seed \(seed)")
        }
    }

    @Test func `with aggregation everything is written once, in fewer records of the stream`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .none)
            simulation.options.aggregateBytesMax = 300

            simulation.run()

            let figures = simulation.statistics
            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.log.count == simulation.recordCount, "seed \(seed)")
            #expect(figures.delivered == simulation.recordCount && figures.retried == 0, "seed \(seed)")
            #expect(simulation.largestAggregate > 2 && figures.aggregated > 2 * figures.aggregates, "seed \(seed)")
        }
    }

    @Test func `an aggregate that is refused costs only the record that is to blame`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .none)
            simulation.options.aggregateBytesMax = 300
            simulation.poisonShare = 0.05
            simulation.aggregatesRefused = 0.1

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.statistics.aggregates > 0, "seed \(seed)")
        }
    }

    @Test func `where CBOR is not taken everything goes as JSON, and once`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .none)
            simulation.wire = .cbor
            simulation.takesCBOR = false

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.log.count == simulation.recordCount, "seed \(seed)")
            #expect(simulation.wiresSent == [.json, .cbor] && simulation.statistics.wire == .json, "seed \(seed)")
        }
    }

    @Test func `half of all records throttled delays them and nothing else`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .init(recordThrottled: 0.5))

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.log.count == simulation.recordCount, "throttling alone duplicates nothing, seed \(seed)")
            #expect(simulation.statistics.retried >= simulation.statistics.throttled)
        }
    }

    @Test func `a service that is down for a minute is not stormed and gets everything afterwards`() {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seed \(seed)")
        var simulation = ProducerSimulation(seed: seed, faults: .init(connectionFailed: 1))

        simulation.run()

        #expect(simulation.violations.isEmpty, "\(simulation.violations.prefix(5))")
        #expect(simulation.log.count == simulation.recordCount)
        #expect(simulation.statistics.requestFailures < 120, "\(simulation.statistics.requestFailures) in a minute")
    }

    @Test func `with a limit of attempts a record is given up and the next of its key follows`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        var exhausted = 0
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .init(recordThrottled: 0.5))
            simulation.options.attemptsMax = 2

            simulation.run()

            let gaps = simulation.violations.filter { !$0.contains("was written before") }
            #expect(gaps.isEmpty, "seed \(seed): \(gaps.prefix(5))")
            exhausted += simulation.outcomes.values.count { $0 == "AttemptsExhausted" }
        }
        #expect(exhausted > 0)
    }

    @Test func `shards that come and go turn nothing round and lose nothing`() {
        let base = UInt64.random(in: 0..<1 << 40)
        print("producer simulation seeds from \(base)")
        var listings = 0
        for seed in base..<base + 20 {
            var simulation = ProducerSimulation(seed: seed, faults: .none)
            simulation.reshardings = 20
            simulation.shards.recordsPerSecond = 10

            simulation.run()

            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            #expect(simulation.log.count == simulation.recordCount, "seed \(seed)")
            listings += simulation.listings
        }
        #expect(listings > 40, "a shard that nobody had heard of makes the producer ask again")
    }

    @Test func `the simulation notices a producer that sends several records of a key at a time`() {
        let found = (0..<10 as Range<UInt64>).contains { seed in
            var simulation = ProducerSimulation(seed: seed, faults: .init(recordThrottled: 0.3))
            simulation.keepsOrder = false
            simulation.run()
            return simulation.violations.contains { $0.contains("are on their way") }
                && simulation.violations.contains { $0.contains("was written after") }
        }

        #expect(found)
    }

    @Test func `the simulation notices a producer that does not hold keys after an ambiguous failure`() {
        let found = (0..<40 as Range<UInt64>).contains { seed in
            var simulation = ProducerSimulation(seed: seed, faults: .init(timedOut: 0.3))
            simulation.toldTimeout = .zero
            simulation.run()
            return simulation.violations.contains { $0.contains("was written after") }
        }

        #expect(found)
    }
}
