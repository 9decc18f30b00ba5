import ActivationCore
import Logging
import Synchronization
import TestSupport

@testable import ActivationEngine

/// The engine over a storage, without tasks of its own: batches go in one at a time, as the simulation chose them.
struct SimulatedEngine {
    /// What one caller asks for.
    enum Piece: Sendable {
        case messages([Message])
        case inputs([Input.Cause])
        case catalog(CatalogChange)

        static func evaluation(_ profiles: [Profile.ID], _ audiences: [Audience.ID]) -> Piece {
            .inputs(profiles.map { .evaluation($0, audiences: audiences) })
        }

        static func clock(_ profiles: [Profile.ID]) -> Piece { .inputs(profiles.map { .clock($0) }) }
    }

    /// What a caller was told.
    typealias Answer = Result<[DecisionResult], EngineError>

    let engine: Engine
    private let lane: IngestLane

    init(
        _ storage: any Storage,
        control: any ControlStore,
        time: any TimeSource,
        options: EngineOptions
    ) async throws(StorageError) {
        engine = try await Engine(
            storage: storage,
            control: control,
            sinks: ClosureSinkFactory { _ in RecordingSink() },
            time: time,
            options: options,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        )
        lane = IngestLane(options: options)
    }

    /// The dictionaries that readers use.
    var published: Pipeline.Published { engine.pipeline.current }

    /// Performs one batch and returns every caller's answer.
    func perform(_ pieces: [Piece]) async -> [Answer] {
        let waiting = Waiting()
        return await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, piece) in pieces.enumerated() {
                group.addTask {
                    (index, await Self.answer(to: piece) { work in waiting.enter(work, at: index) })
                }
            }
            // The order of the work is that of the pieces, whichever caller comes first.
            while waiting.count < pieces.count { await Task.yield() }
            await engine.pipeline.workOff(waiting.all, lane)
            var answers: [Int: Answer] = [:]
            for await (index, answer) in group { answers[index] = answer }
            return pieces.indices.compactMap { answers[$0] }
        }
    }

    /// Work whose callers wait.
    private final class Waiting: Sendable {
        private let work = Mutex<[Int: LaneWork]>([:])

        var count: Int { work.withLock { $0.count } }

        var all: [LaneWork] {
            work.withLock { work in work.keys.sorted().compactMap { work[$0] } }
        }

        func enter(_ piece: LaneWork, at index: Int) {
            work.withLock { $0[index] = piece }
        }
    }

    private static func answer(to piece: Piece, enter: (LaneWork) -> Void) async -> Answer {
        switch piece {
        case .messages(let messages):
            await withCheckedContinuation { enter(.messages(messages, $0)) }
        case .inputs(let causes):
            await withCheckedContinuation { enter(.inputs(causes, $0)) }
        case .catalog(let change):
            await withCheckedContinuation { enter(.catalog(change, $0)) }.map { _ in [] }
        }
    }
}
