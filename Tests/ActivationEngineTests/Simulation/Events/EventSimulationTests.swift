import Foundation
import TestSupport
import Testing

/// Membership by events and by the clock, held against an evaluation from scratch after every step.
///
/// HEADWATER_EVENT_STEPS=1000000 makes a long run, for a release build; HEADWATER_EVENT_SEED repeats one, and with
/// HEADWATER_EVENT_STEPS=1 the one history of that seed.
@Suite struct EventSimulationTests {
    private static func variable(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// The seed of the whole run.
    private static let seed: UInt64 = {
        let seed = variable("HEADWATER_EVENT_SEED") ?? UInt64.random(in: 0..<1 << 32)
        print("seed \(seed) of the simulation of events")
        return seed
    }()

    private static let steps = Int(variable("HEADWATER_EVENT_STEPS") ?? 2_000)
    /// Steps of one history.
    private static let historySteps = 1_000
    /// Histories that run side by side.
    private static let lanes = 2

    /// Runs one history; of some seeds over a database.
    private static func run(_ seed: UInt64, steps: Int = historySteps, fault: EventFault? = nil) async throws
        -> EventSimulation
    {
        var settings = EventSimulationSettings(seed: seed, steps: steps, fault: fault)
        guard seed % 8 == 5, fault == nil else {
            let simulation = try EventSimulation(settings)
            try await simulation.run()
            return simulation
        }
        let directory = NSTemporaryDirectory() + "headwater-events-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        settings.directory = directory
        settings.steps = steps / 5
        let simulation = try EventSimulation(settings)
        try await simulation.run()
        return simulation
    }

    @Test(arguments: 0..<lanes) func `membership is what all events say at every instant`(lane: Int) async throws {
        let share = (Self.steps + Self.lanes - 1 - lane) / Self.lanes
        var coverage: [String: Int] = [:]
        var history = lane
        while coverage["steps", default: 0] < share {
            let simulation = try await Self.run(Self.seed &+ UInt64(history))
            history += Self.lanes
            coverage.merge(simulation.coverage, uniquingKeysWith: +)
            coverage["steps", default: 0] += simulation.steps
            coverage["flips by the clock", default: 0] += simulation.model.flips
            coverage["merges", default: 0] += simulation.model.merges
            coverage["evictions", default: 0] += simulation.model.evictions
            coverage["events that went by their age", default: 0] += simulation.model.expired
        }
        print(
            "lane \(lane):",
            coverage.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        )
    }

    @Test(arguments: EventFault.allCases) func `a fault is found`(fault: EventFault) async throws {
        for history in 0..<10 as Range<UInt64> {
            do {
                _ = try await Self.run(Self.seed &+ history, fault: fault)
            } catch let failure as EventSimulationFailure {
                print("\(fault) is found by history \(history): \(failure.description.prefix(200))")
                return
            }
        }
        Issue.record("\(fault) is not found; seed \(Self.seed)")
    }
}
