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
    func perform(_ pieces: [Piece]) async -> [Answer] { await perform([pieces])[0] }

    /// Performs batches, one upon the other.
    ///
    /// - Parameters:
    ///   - batches: The batches.
    ///   - onTake: Told which batch is taken up and whether it waits until those before it are durable; nil = there is none left.
    ///   - onAnswer: Told of which batch a caller has been answered.
    /// - Returns: The answers to the callers of each.
    func perform(
        _ batches: [[Piece]],
        onTake: @escaping @Sendable (Int?, Bool) async -> Void = { _, _ in },
        onAnswer: @escaping @Sendable (Int, Answer) -> Void = { _, _ in }
    ) async -> [[Answer]] {
        let waiting = Waiting()
        let places = batches.indices.flatMap { batch in batches[batch].map { (batch, $0) } }
        return await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, (batch, piece)) in places.enumerated() {
                group.addTask {
                    let answer = await Self.answer(to: piece) { work in waiting.enter(work, at: index) }
                    onAnswer(batch, answer)
                    return (index, answer)
                }
            }
            // The order of the work is that of the pieces, whichever caller comes first.
            while waiting.count < places.count { await Task.yield() }
            var rest = waiting.all[...]
            var taken = 0
            await engine.pipeline.workOff(lane) { room in
                await room()
                guard taken < batches.count else {
                    await onTake(nil, false)
                    return nil
                }
                let work = Array(rest.prefix(batches[taken].count))
                rest = rest.dropFirst(work.count)
                await onTake(taken, work.contains { if case .catalog = $0 { true } else { false } })
                taken += 1
                return work
            }
            var answers: [Int: Answer] = [:]
            for await (index, answer) in group { answers[index] = answer }
            var ends = 0
            return batches.map { pieces in
                ends += pieces.count
                return (ends - pieces.count..<ends).compactMap { answers[$0] }
            }
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
