import ActivationCore
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// The whole engine against the model, over histories from seeds that are printed.
///
/// HEADWATER_SIMULATION_SEED repeats one, with HEADWATER_SIMULATION_MESSAGES=2500 that one alone; many messages are for a
/// release build.
@Suite struct EngineSimulationTests {
    private static func variable(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// The seed of the whole run.
    private static let seed: UInt64 = {
        let seed = variable("HEADWATER_SIMULATION_SEED") ?? UInt64.random(in: 0..<1 << 32)
        print("seed \(seed) of the engine simulation")
        return seed
    }()

    private static let messages = Int(variable("HEADWATER_SIMULATION_MESSAGES") ?? 10_000)
    /// Messages of one history.
    private static let historyMessages = 2_500
    /// Histories that run side by side.
    private static let lanes = 4

    /// What a seed stands for: some stores are nearly full of paths, some engines read little at a time.
    private static func settings(_ seed: UInt64) -> SimulationSettings {
        var settings = SimulationSettings(seed: seed, messages: historyMessages)
        if seed % 3 == 0 { settings.erasedReturn = .refuse }
        switch seed % 4 {
        case 3: settings.otherPaths = 65_536 - 2_000
        case 1: settings.batchBytesMax = 16_000
        default: break
        }
        return settings
    }

    @Test(arguments: 0..<lanes) func `the engine does what the model does`(lane: Int) async throws {
        let histories = (Self.messages + Self.historyMessages - 1) / Self.historyMessages
        for history in stride(from: lane, to: histories, by: Self.lanes) {
            let simulation = EngineSimulation(Self.settings(Self.seed &+ UInt64(history)))
            try await simulation.run()
            let coverage = simulation.coverage.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            print("seed \(simulation.settings.seed):", coverage.joined(separator: ", "))
        }
    }

    @Test func `what is exported does not depend on where batches end`() async throws {
        let seed = Self.seed
        var exports: [[Dataflow.ID: [String]]] = []
        // Nor on what is on its way while they are decided, or on who comes between.
        for (boundaries, overlap, staged, interrupted) in [
            (1, 1, 1, false), (1, 1, 1, true), (1, 4, 2, true), (2, 4, 1, false), (3, 9, 4, true),
        ] {
            let simulation = EngineSimulation(
                SimulationSettings(
                    seed: seed,
                    messages: 600,
                    boundaries: UInt64(boundaries),
                    overlap: overlap,
                    stagedBatchesMax: staged,
                    hasTrouble: false,
                    hasInterruptions: interrupted,
                    keepsExports: true
                )
            )
            try await simulation.run()
            try await simulation.keepEverythingWaiting()
            exports.append(simulation.exports)
        }
        for other in exports.dropFirst() { #expect(exports[0] == other, "seed \(seed)") }
    }

    @Test func `the oldest events over the cap go, also when persons become one`() async throws {
        let seed = Self.seed
        let simulation = EngineSimulation(SimulationSettings(seed: seed, hasTrouble: false, hasReaders: false))
        var random = SeededGenerator(seed: seed)
        // First nobody reads events, so that many can come quickly.
        try await simulation.open(with: ReferenceCatalog())
        var clock: Int64 = 1_772_000_000_000
        func event(_ identities: String, _ number: Int) -> ReferenceMessage {
            let time = ReferenceJSON.instant(clock - Int64(random.number(0..<1_000)) * 1_000)
            return ReferenceMessage(
                kind: .event,
                dataset: "shop",
                text: #"{"identityMap":{\#(identities)},"_id":"e\#(number)","timestamp":"\#(time)","amount":1}"#
            )
        }
        let (one, other) = (#""Email":[{"id":"one"}]"#, #""Phone":[{"id":"other"}]"#)
        for start in stride(from: 0, to: 4_980, by: 60) {
            clock += 60_000
            try await simulation.live(
                SimulatedMoment(clock: clock, inputs: (start..<start + 60).map { .message(event(one, $0)) })
            )
        }
        // Some ids of the other person are the first one's too.
        try await simulation.live(
            SimulatedMoment(clock: clock, inputs: (0..<30).map { .message(event(other, 4_970 + $0)) })
        )
        let change = SimulatedChange(catalog: .first(at: clock), evaluated: ReferenceAudience.Rule.allCases)
        try await simulation.live(
            SimulatedMoment(clock: clock, inputs: (0..<20).map { .message(event(one, 4_985 + $0)) }, change: change)
        )
        try await simulation.live(
            SimulatedMoment(
                clock: clock + 1,
                inputs: ((0..<4).map { event(one, 6_000 + $0) } + [event("\(one),\(other)", 6_010)]
                    + (0..<12).map { event(other, 6_000 + $0) }).map { .message($0) }
            )
        )
        try await simulation.checkEverything()
        #expect(simulation.model.persons.values.map(\.events.count) == [5_000], "seed \(seed)")
    }

    @Test(arguments: [
        PlantedFaults.inBatchMergeEventsNotLoaded, .publishedStateOneCommitBehind, .tiesByID, .refusedMessageLeavesPath,
        .messageBeforeTimers, .timersAtTheirNotice, .answersBeforeDurability, .publishedBeforeDurability,
        .commitsWithoutBatch,
    ])
    func `a planted fault is found within a thousand batches`(fault: PlantedFaults) async throws {
        let seed = Self.seed
        var batches = 0
        var round: UInt64 = 0
        while batches < 1_000 {
            // Each round has a seed of its own. Only where the dictionary becomes full are messages refused after they were read, and
            // only where much is read at a time do people become one through links of one batch.
            let base = (seed &+ 4 &* round) & ~3
            let chosen: [PlantedFaults: UInt64] = [
                .refusedMessageLeavesPath: base | 3, .inBatchMergeEventsNotLoaded: base,
            ]
            var settings = Self.settings(chosen[fault] ?? seed &+ round)
            settings.plantedFaults = fault
            // Batches are larger where none is decided upon another.
            if ![.answersBeforeDurability, .publishedBeforeDurability].contains(fault) { settings.overlap = 1 }
            // People that are new become one within a batch; later in a history hardly any are left that could.
            if fault == .inBatchMergeEventsNotLoaded { settings.messages = 500 }
            let simulation = EngineSimulation(settings)
            do {
                try await simulation.run()
            } catch let failure as SimulationFailure {
                batches += simulation.batches
                print("found after \(batches) batches: \(failure)")
                #expect(batches <= 1_000, "seed \(seed)")
                return
            }
            batches += simulation.batches
            round += 1
        }
        Issue.record("fault \(fault.rawValue) was not found within \(batches) batches; seed \(seed)")
    }
}
