import Foundation
import Testing

@testable import ActivationEngine
@testable import Kinesis

/// I3 and I4 from the outbox to the stream: every run prints its seed, and the seed alone repeats it.
@Suite struct RelaySimulationTests {
    /// `RELAY_SIMULATION_RUNS` asks for more than the usual number.
    private static let runs = ProcessInfo.processInfo.environment["RELAY_SIMULATION_RUNS"].flatMap(UInt64.init) ?? 10

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
            guard death != .gone else {
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

    @Test func `the simulation notices a process that does not wait for what the one before it sent`() {
        let found = (0..<60 as Range<UInt64>).contains { seed in
            var simulation = RelaySimulation(seed: seed, faults: .all)
            simulation.fate = .init(kills: 8)
            simulation.holdsAfterKill = false
            simulation.run()
            return simulation.violations.contains { $0.contains("lands after") }
        }
        #expect(found)
    }

    @Test func `the simulation notices a sink that does not wait for what the one before it sent`() {
        let found = (0..<60 as Range<UInt64>).contains { seed in
            var simulation = RelaySimulation(seed: seed, faults: .all)
            simulation.fate = .init(restarts: 8)
            simulation.holdsAfterClose = false
            simulation.run()
            return simulation.violations.contains { $0.contains("lands after") }
        }
        #expect(found)
    }
}
