import Foundation
import TestSupport
import Testing

@Suite struct WriterSimulationTests {
    /// Runs of the tests without faults; more with `HEADWATER_CLUSTER_RUNS`.
    private static let runs = ProcessInfo.processInfo.environment["HEADWATER_CLUSTER_RUNS"].flatMap(Int.init) ?? 300

    @Test(arguments: [false, true])
    func `nodes that decide for the same profiles decide and deliver as one would`(hasOneLane: Bool) throws {
        let seed = TestSeed.next()
        var counts: [String: Int] = [:]
        for run in 0..<UInt64(Self.runs) {
            var setup = WriterSimulation.Setup(nodes: (seed &+ run).isMultiple(of: 4) ? 3 : 2)
            setup.hasOneLane = hasOneLane
            var simulation = try WriterSimulation(seed: seed &+ run, setup)
            do {
                try simulation.run()
            } catch {
                Issue.record(
                    "HEADWATER_SEED=\(seed &+ run) with HEADWATER_CLUSTER_RUNS=1 (\(setup)): \(error)"
                )
                return
            }
            counts.merge(simulation.counts) { $0 + $1 }
            counts["delivered", default: 0] += simulation.stream.delivered
            counts["copies", default: 0] += simulation.stream.copies
            counts["waits", default: 0] += simulation.database.waits
            counts["commits", default: 0] += simulation.log.count
        }
        print(
            "HEADWATER_CLUSTER \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
        )
        // Else the simulation shows nothing.
        let merged = hasOneLane ? "merges" : "gates opened"
        for what in [merged, "fates looked up", "expired", "catalogs", "lanes given", "copies", "waits"] {
            #expect(Self.runs < 100 || counts[what] ?? 0 > 0, "nothing of this happened: \(what)")
        }
    }

    @Test func `a database that comes back without its last commits is noticed`() throws {
        let seed = TestSeed.next()
        var counts: [String: Int] = [:]
        for run in 0..<UInt64(Self.runs / 3) {
            var simulation = try WriterSimulation(seed: seed &+ run, WriterSimulation.Setup(losesTail: true))
            do {
                try simulation.run()
            } catch {
                Issue.record("HEADWATER_SEED=\(seed &+ run) with HEADWATER_CLUSTER_RUNS=3: \(error)")
                return
            }
            counts.merge(simulation.counts) { $0 + $1 }
        }
        #expect(Self.runs < 100 || counts["losses noticed"] ?? 0 > 0)
    }

    @Test(arguments: PlantedFault.all)
    func `a planted fault is found within 200 runs`(_ fault: PlantedFault) throws {
        let seed = TestSeed.next()
        for run in 0..<UInt64(200) {
            var setup = WriterSimulation.Setup(nodes: 3, faults: fault.faults, isDense: true)
            setup.hasOneLane = fault.hasOneLane
            var simulation = try WriterSimulation(seed: seed &+ run, setup)
            do {
                try simulation.run()
            } catch {
                print("HEADWATER_CLUSTER \(fault.name): run \(run + 1): \(error)")
                return
            }
        }
        Issue.record("nothing was found from seed \(seed) on")
    }

    struct PlantedFault: Sendable, CustomTestStringConvertible {
        let name: String
        let faults: WriterSimulation.Faults
        var hasOneLane = false

        var testDescription: String { name }

        static let all = [
            PlantedFault(name: "locks without order", faults: .locksWithoutOrder),
            PlantedFault(name: "numbers of a sequence", faults: .numbersOfSequence),
            PlantedFault(name: "catalog not checked", faults: .catalogNotChecked),
            PlantedFault(name: "gates forgotten", faults: .gatesForgotten),
            PlantedFault(name: "fate believed", faults: .fateBelieved),
            PlantedFault(name: "nothing locked", faults: .nothingLocked),
            PlantedFault(name: "lanes not locked by a change", faults: .lanesNotLockedByChange),
            PlantedFault(name: "markers not in turn", faults: .markersNotInTurn),
            PlantedFault(name: "numbers of nobody", faults: .numbersOfNobody),
            PlantedFault(name: "deletion without absorbed", faults: .deletionWithoutAbsorbed),
            PlantedFault(name: "rekeyed forgotten", faults: .rekeyedForgotten, hasOneLane: true),
            PlantedFault(name: "rekeyed asked later", faults: .rekeyedAskedLater, hasOneLane: true),
        ]
    }
}
