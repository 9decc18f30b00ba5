import Foundation
import Testing

@testable import ActivationEngine
@testable import Kinesis

/// I2 to I5 from the message to the stream: every run prints its seed, and the seed alone repeats it.
@Suite struct RelaySimulationTests {
    /// `RELAY_SIMULATION_RUNS` asks for more than the usual number.
    private static let runs = variable("RELAY_SIMULATION_RUNS") ?? 10

    /// Parts of the histories that run side by side.
    private static let parts: UInt64 = 4

    /// The seeds of a part; one that is given is the first part's.
    private static func histories(_ part: UInt64) -> Range<UInt64> {
        if let seed = variable("RELAY_SIMULATION_SEED") { return seed..<(part == 0 ? seed + 1 : seed) }
        let base = UInt64.random(in: 0..<1 << 40)
        return base..<base + max((variable("RELAY_SIMULATION_HISTORIES") ?? 500) / parts, 1)
    }

    private static func variable(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    private static func check(
        _ name: String,
        _ faults: ProducerSimulation.Faults,
        _ fate: RelaySimulation.Fate,
        inspect: (RelaySimulation) -> Void = { _ in }
    ) async {
        let base = UInt64.random(in: 0..<1 << 40)
        print("relay simulation, \(name), seeds from \(base)")
        for seed in base..<base + runs {
            var simulation = RelaySimulation(seed: seed, faults: faults)
            simulation.fate = fate
            await simulation.run()
            #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations.prefix(5))")
            inspect(simulation)
        }
    }

    @Test func `without faults every row goes out once`() async {
        await Self.check("no faults", .none, .init()) { simulation in
            #expect(simulation.landedCount == simulation.writtenCount, "seed \(simulation.seed)")
            #expect(simulation.told == [.running] && simulation.news.isEmpty, "seed \(simulation.seed)")
        }
    }

    @Test func `the order of a profile survives every fault of the service`() async {
        await Self.check("faults", .all, .init())
    }

    @Test func `no old copy follows a newer record when the process is killed`() async {
        await Self.check("kills", .all, .init(kills: 6, linkShare: 0.1))
    }

    @Test func `no old copy follows a newer record when relays are restarted and the process ends in good order`() async
    {
        await Self.check("restarts", .all, .init(terminations: 3, restarts: 6))
    }

    @Test(arguments: [[], [3..<12, 20..<35]])
    func `relays that are restarted make nobody get a record twice`(_ fullSpans: [Range<Int64>]) async {
        await Self.check("restarts alone", .none, .init(restarts: 60, fullSpans: fullSpans)) { simulation in
            #expect(simulation.landedCount == simulation.writtenCount, "seed \(simulation.seed)")
        }
    }

    @Test func `a full disk makes nobody get a record twice`() async {
        var hasShown = false
        await Self.check("full disk", .init(slow: 0.5), .init(fullSpans: [3..<12, 20..<40])) { simulation in
            #expect(simulation.landedCount == simulation.writtenCount, "seed \(simulation.seed)")
            for case .retries(let trouble) in simulation.news where trouble.code == "storage_full" { hasShown = true }
        }
        #expect(hasShown)
    }

    @Test func `a full disk, a slow service and kills together lose nothing and turn nothing round`() async {
        await Self.check(
            "full disk and kills",
            .all,
            .init(kills: 4, terminations: 2, restarts: 2, fullSpans: [3..<12, 20..<40])
        )
    }

    @Test(arguments: RelaySimulation.Death.allCases)
    func `an outage shows within a second and ends with the first success`(_ death: RelaySimulation.Death) async {
        await Self.check("\(death)", .none, .init(deadSpans: [5..<20], death: death)) { simulation in
            guard death != .gone, death != .blaming else {
                #expect(simulation.news.contains { if case .paused = $0 { true } else { false } })
                return
            }
            #expect(simulation.news.count == 2, "a line at begin and end, seed \(simulation.seed): \(simulation.news)")
        }
    }

    @Test(arguments: RelaySimulation.Death.allCases)
    func `a relay ends by its deadline although the service is dead`(_ death: RelaySimulation.Death) async {
        await Self.check(
            "\(death), ending",
            .none,
            .init(kills: 1, terminations: 4, restarts: 4, deadSpans: [2..<55], death: death, fullSpans: [10..<20])
        )
    }

    @Test func `records that are to blame are parked, and nothing else`() async {
        var parked = 0
        await Self.check("poison", .all, .init(kills: 2, poisonShare: 0.05)) { simulation in
            #expect(simulation.blamedCount == 0, "seed \(simulation.seed)")
            parked += simulation.writtenCount - simulation.deliveredCount
        }
        #expect(parked > 0)
    }

    @Test func `a service that blames every record makes the dataflow pause`() async {
        await Self.check("blaming", .none, .init(deadSpans: [5..<50], death: .blaming)) { simulation in
            #expect(simulation.news.contains { if case .paused = $0 { true } else { false } })
            // Two alone, as often as a relay begins anew, and those that waited when it took records again.
            let most = RelaySuspects.waitingMax + (RelaySuspects.aloneMax - 1) * simulation.relayCount
            #expect(simulation.blamedCount < most, "seed \(simulation.seed)")
        }
    }

    /// `RELAY_SIMULATION_SEED` repeats one history; `RELAY_SIMULATION_HISTORIES` asks for more than the usual number.
    @Test(arguments: 0..<parts)
    func `whatever befalls service, process and disk together, nothing is lost or turned round`(_ part: UInt64) async {
        let seeds = Self.histories(part)
        print("relay simulation, histories of seeds from \(seeds.lowerBound)")
        var joined = 0
        for seed in seeds {
            var simulation = RelaySimulation(drawnFrom: seed)
            await simulation.run()
            joined += simulation.joinedCount
            guard !simulation.violations.isEmpty else { continue }
            let small = await simulation.shrunk()
            Issue.record(
                "seed \(seed): \(simulation.violations.prefix(3)); smaller, \(small): \(small.violations.prefix(3))"
            )
        }
        #expect(joined > 0 || seeds.count <= 1, "nobody became one with anybody")
    }

    @Test(arguments: RelaySimulation.Plant.allCases)
    func `a broken build is found out within a hundred histories`(_ plant: RelaySimulation.Plant) async {
        let base = UInt64.random(in: 0..<1 << 40)
        var count: UInt64?
        for number in 0..<100 as Range<UInt64> where count == nil {
            var simulation = RelaySimulation(drawnFrom: base + number)
            simulation.plant = plant
            if plant == .holdForgottenOnClose {
                // It takes a copy that lands late, and a restart just before.
                simulation.fate.restarts += 8
                simulation.faults.timedOut += 0.1
            }
            await simulation.run()
            let isFound = simulation.violations.contains { $0.contains("lands") || $0.contains("called delivered") }
            if isFound { count = number }
        }
        print("\(plant) is found after \(count.map { "\($0 + 1)" } ?? "more than 100") histories, seeds from \(base)")
        #expect(count != nil, "seeds from \(base)")
    }
}
