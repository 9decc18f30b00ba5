import Testing

@testable import Kinesis

/// How fast records reach shards that take only so many, over virtual time.
@Suite struct PaceSimulationTests {
    private static func simulation(
        _ name: String,
        shards: Int,
        _ adjust: (inout PaceSimulation) -> Void = { _ in }
    ) -> PaceSimulation {
        let seed = UInt64.random(in: 0..<1 << 40)
        var simulation = PaceSimulation(seed: seed, shards: SimulatedShards(count: shards, recordsPerSecond: 1_000))
        adjust(&simulation)
        simulation.run()
        let share =
            Double(simulation.throttled) / Double(max(1, simulation.throttled + simulation.written.reduce(0, +)))
        print(
            "pace simulation, \(name), \(shards) shards, seed \(seed): \(Int(simulation.rate)) a second, "
                + "\(Int(share * 1000)) in a thousand throttled, \(simulation.questions) questions"
        )
        #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
        return simulation
    }

    @Test(arguments: [1, 4])
    func `shards get at least nine tenths of what they take`(_ shards: Int) {
        let simulation = Self.simulation("saturated", shards: shards)

        #expect(simulation.rate >= 900 * Double(shards))
        #expect(simulation.throttled < simulation.written.reduce(0, +) / 16)
    }

    @Test(arguments: [1, 4], [0.1, 0.5, 0.9])
    func `throttling by chance idles no shard`(_ shards: Int, _ share: Double) {
        let simulation = Self.simulation("\(share) throttled by chance", shards: shards) { $0.throttledShare = share }

        // Few throttles do not slow a lane down; however many there are, it goes at half of what the shard takes.
        let pace = share <= 0.1 ? 0.9 : 0.5
        #expect(simulation.rate >= 0.9 * pace * 1_000 * Double(shards) * (1 - share))
    }

    @Test(arguments: [1, 4, 8])
    func `a key that may not list shards is paced by what is throttled`(_ shards: Int) {
        let simulation = Self.simulation("not listed", shards: shards) {
            $0.mayList = false
            $0.seconds = shards > 4 ? 8 : 16
        }

        #expect(simulation.rate >= 900 * Double(shards))
        #expect(simulation.throttled < simulation.written.reduce(0, +))
        #expect(simulation.questions == 1, "a refusal is not asked about again within a quarter of an hour")
    }

    @Test func `what others leave of a shard is used`() {
        let simulation = Self.simulation("others", shards: 2) { $0.shards.otherLoad = 600 }

        #expect(simulation.rate >= 0.9 * 2 * 400)
    }

    @Test func `an endpoint without limits is not held to those of the service`() {
        let simulation = Self.simulation("no limits", shards: 1) {
            $0.shards.recordsPerSecond = nil
            $0.seconds = 5
        }

        #expect(simulation.rate > 10_000)
    }

    @Test func `shards that are split and merged are written to at their new number`() {
        let simulation = Self.simulation("resharding", shards: 1) {
            $0.reshardings = [(3, .split(0)), (6, .split(1)), (6, .split(0)), (13, .merge(2)), (13, .merge(0))]
        }

        #expect(simulation.shards.shards.count == 2)
        for (seconds, shards) in [(1..<3, 1), (4..<6, 2), (8..<13, 4), (14..<20, 2)] {
            let written = simulation.written[seconds].reduce(0, +) / seconds.count
            #expect(written >= 900 * shards, "of \(shards) shards in seconds \(seconds): \(simulation.written)")
        }
        #expect(simulation.questions < 10, "shards are asked for when they are others, and not all the time")
    }

    @Test func `bytes are paced as records are`() {
        let simulation = Self.simulation("bytes", shards: 1) {
            $0.bytes = 10_000
            $0.largeBytes = 10_000
        }

        #expect(simulation.rate * 10_000 >= 0.9 * Double(1 << 20))
        #expect(simulation.throttled < simulation.written.reduce(0, +) / 4)
    }

    @Test func `a record larger than a shard takes in a second goes, and the shard recovers`() {
        let simulation = Self.simulation("large", shards: 1) {
            $0.bytes = 2_000
            $0.largeBytes = 3 << 20
            // A debt of three seconds.
            $0.silenceMax = 5_000_000_000
        }

        #expect(simulation.writtenBytes > simulation.seconds * (1 << 20) * 3 / 4)
    }
}
