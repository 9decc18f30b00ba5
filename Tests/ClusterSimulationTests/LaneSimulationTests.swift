import ActivationEngine
import Foundation
import TestSupport
import Testing

@Suite struct LaneSimulationTests {
    /// Runs of the test without faults; more with `HEADWATER_CLUSTER_RUNS`.
    private static let runs = ProcessInfo.processInfo.environment["HEADWATER_CLUSTER_RUNS"].flatMap(Int.init) ?? 300

    /// Parts of them that run side by side.
    private static let parts = 4

    /// How many nodes there are is the choice of the seed.
    @Test(arguments: [LaneOwnership.Sharing.evenly, .staying], 0..<parts)
    func `nodes that leave lanes to each other never send behind each other, and all is sent`(
        _ sharing: LaneOwnership.Sharing,
        _ part: Int
    ) throws {
        let seed = TestSeed.next()
        var (copies, delivered, takings) = (0, 0, 0)
        let runs = max(Self.runs / (2 * Self.parts), 1)
        for run in 0..<UInt64(runs) {
            let seed = seed &+ run
            var simulation = LaneSimulation(seed: seed, nodes: seed.isMultiple(of: 3) ? 3 : 2, sharing: sharing)
            do {
                try simulation.run()
            } catch {
                Issue.record("HEADWATER_SEED=\(seed) with HEADWATER_CLUSTER_RUNS=1, \(sharing): \(error)")
                return
            }
            copies += simulation.copies
            delivered += simulation.delivered
            takings += simulation.takings
        }
        // Else the simulation shows nothing.
        #expect(delivered > 100 * runs && takings > (sharing == .evenly ? 4 : 1) * runs && copies > 0)
    }

    @Test(arguments: [
        LaneOwnership.PlantedFaults.lateBeatBelieved, .noQuarantine, .lossIgnored, .givenBackEarly, .takenUnheard,
        .reachForgotten,
    ])
    func `a planted fault is found within 200 runs`(_ fault: LaneOwnership.PlantedFaults) {
        let seed = TestSeed.next()
        for run in 0..<UInt64(200) {
            var simulation = LaneSimulation(seed: seed &+ run, nodes: 2, faults: fault)
            do {
                try simulation.run()
            } catch {
                return
            }
        }
        Issue.record("nothing was found from seed \(seed) on")
    }
}
