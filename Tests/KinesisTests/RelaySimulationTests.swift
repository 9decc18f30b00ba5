import Foundation
import Testing

@testable import ActivationEngine
@testable import Kinesis

/// I3 and I4 from the outbox to the stream: every run prints its seed, and the seed alone repeats it.
@Suite struct RelaySimulationTests {
    /// `RELAY_SIMULATION_RUNS` asks for more than the usual number.
    private static let runs = variable("RELAY_SIMULATION_RUNS") ?? 10

    private static var histories: Range<UInt64> {
        let base = UInt64.random(in: 0..<1 << 40)
        return base..<base + (variable("RELAY_SIMULATION_HISTORIES") ?? 500)
    }

    private static func variable(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    private static func check(
        _ name: String,
        _ faults: ProducerSimulation.Faults,
        _ fate: RelaySimulation.Fate,
        inspect: (RelaySimulation) -> Void = { _ in }
    ) {
        let base = UInt64.random(in: 0..<1 << 40)
        print("relay simulation, \(name), seeds from \(base)")
        for seed in base..<base + runs {
            var simulation = RelaySimulation(seed: seed, faults: faults)
            simulation.fate = fate
            simulation.run()
            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            inspect(simulation)
        }
    }

    @Test func `without faults every row goes out once`() {
        Self.check("no faults", .none, .init()) { simulation in
            #expect(simulation.landedCount == simulation.rowCount, "seed \(simulation.seed)")
            #expect(simulation.told == [.running] && simulation.news.isEmpty, "seed \(simulation.seed)")
        }
    }

    @Test func `the order of a profile survives every fault of the service`() {
        Self.check("faults", .all, .init())
    }

    @Test func `no old copy follows a newer record when the process is killed`() {
        Self.check("kills", .all, .init(kills: 6))
    }

    @Test func `no old copy follows a newer record when relays are restarted and the process ends in good order`() {
        Self.check("restarts", .all, .init(terminations: 3, restarts: 6))
    }

    @Test func `a full disk makes nobody get a record twice`() {
        var hasShown = false
        Self.check("full disk", .init(slow: 0.5), .init(fullSpans: [3..<12, 20..<40])) { simulation in
            #expect(simulation.landedCount == simulation.rowCount, "seed \(simulation.seed)")
            for case .retries(let trouble) in simulation.news where trouble.code == "storage_full" { hasShown = true }
        }
        #expect(hasShown)
    }

    @Test func `a full disk, a slow service and kills together lose nothing and turn nothing round`() {
        Self.check(
            "full disk and kills",
            .all,
            .init(kills: 4, terminations: 2, restarts: 2, fullSpans: [3..<12, 20..<40])
        )
    }

    @Test(arguments: RelaySimulation.Death.allCases)
    func `an outage shows within a second and ends with the first success`(_ death: RelaySimulation.Death) {
        Self.check("\(death)", .none, .init(deadSpans: [5..<20], death: death)) { simulation in
            guard death != .gone, death != .blaming else {
                #expect(simulation.news.contains { if case .paused = $0 { true } else { false } })
                return
            }
            #expect(simulation.news.count == 2, "a line at begin and end, seed \(simulation.seed): \(simulation.news)")
        }
    }

    @Test(arguments: RelaySimulation.Death.allCases)
    func `a relay ends by its deadline although the service is dead`(_ death: RelaySimulation.Death) {
        Self.check(
            "\(death), ending",
            .none,
            .init(kills: 1, terminations: 4, restarts: 4, deadSpans: [2..<55], death: death, fullSpans: [10..<20])
        )
    }

    @Test func `records that are to blame are parked, and nothing else`() {
        var parked = 0
        Self.check("poison", .all, .init(kills: 2, poisonShare: 0.05)) { simulation in
            #expect(simulation.blamedCount == 0, "seed \(simulation.seed)")
            parked += simulation.rowCount - simulation.deliveredCount
        }
        #expect(parked > 0)
    }

    @Test func `a service that blames every record makes the dataflow pause`() {
        Self.check("blaming", .none, .init(deadSpans: [5..<50], death: .blaming)) { simulation in
            #expect(simulation.news.contains { if case .paused = $0 { true } else { false } })
            // Two alone, as often as a relay begins anew, and those that waited when it took records again.
            let most = RelaySuspects.waitingMax + (RelaySuspects.aloneMax - 1) * simulation.relayCount
            #expect(simulation.blamedCount < most, "seed \(simulation.seed)")
        }
    }

    /// `RELAY_SIMULATION_SEED` repeats one history; `RELAY_SIMULATION_HISTORIES` asks for more than the usual number.
    @Test func `whatever befalls service, process and disk together, nothing is lost or turned round`() {
        let seeds = Self.variable("RELAY_SIMULATION_SEED").map { $0..<$0 + 1 } ?? Self.histories
        print("relay simulation, histories of seeds from \(seeds.lowerBound)")
        for seed in seeds {
            var simulation = RelaySimulation(drawnFrom: seed)
            simulation.run()
            guard !simulation.violations.isEmpty else { continue }
            let small = simulation.shrunk()
            Issue.record(
                "seed \(seed): \(simulation.violations.prefix(3)); smaller, \(small): \(small.violations.prefix(3))"
            )
        }
    }

    @Test(arguments: RelaySimulation.Plant.allCases)
    func `a broken build is found out within a hundred histories`(_ plant: RelaySimulation.Plant) {
        let base = UInt64.random(in: 0..<1 << 40)
        let count = (0..<100 as Range<UInt64>).first { number in
            var simulation = RelaySimulation(drawnFrom: base + number)
            simulation.plant = plant
            if plant == .holdForgottenOnClose {
                // It takes a copy that lands late, and a restart just before.
                simulation.fate.restarts += 8
                simulation.faults.timedOut += 0.1
            }
            simulation.run()
            return simulation.violations.contains { $0.contains("lands") || $0.contains("called delivered") }
        }
        print("\(plant) is found after \(count.map { "\($0 + 1)" } ?? "more than 100") histories, seeds from \(base)")
        #expect(count != nil, "seeds from \(base)")
    }
}
