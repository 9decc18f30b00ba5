import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Begins the jobs of schedules at their times.
///
/// A run is noted on its schedule before its job begins, and the note goes when the job is noted too. So a server that ends in
/// between finds the note and finishes it: every time runs once and none runs twice, whatever the server was doing.
final class ScheduleRunner: Sendable {
    private let control: ControlPlane
    private let jobs: SegmentJobStore
    private let time: any TimeSource
    private let logger: Logger
    /// Evaluations that were begun and could not be noted yet, by run.
    private let begun = Mutex<[String: EvaluationPass.ID]>([:])

    init(_ dependencies: ServerDependencies) {
        control = dependencies.control
        jobs = SegmentJobStore(engine: dependencies.engine, control: dependencies.control)
        time = dependencies.time
        logger = dependencies.logger
    }

    /// The longest sleep, so that a clock that was set and a changed schedule are noticed soon.
    private static let sleepMax = Duration.seconds(5)

    /// Finishes what the server was doing when it ended: call once, before anybody can ask for jobs.
    func recover() {
        let passes = jobs.all
        for entry in control.entries(.schedule) {
            let schedule = Schedule(entry)
            guard let run = schedule.runID, let since = schedule.dueSince else { continue }
            // Nobody else was beginning anything: an evaluation that nobody noted was begun for this run.
            let orphan = passes.last { $0.record == nil && $0.pass.createdAt >= since }
            if let orphan { begun.withLock { $0[run] = orphan.pass.id } }
        }
    }

    /// Runs schedules until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await step()
            let now = time.now()
            let next = control.entries(.schedule).compactMap { Schedule($0).next(after: now) }.min()
            let distance = next.map { now.duration(to: $0) } ?? ScheduleRunner.sleepMax
            // Cancelled at the end, where the loop ends too.
            try? await Task.sleep(for: min(max(distance, .milliseconds(10)), ScheduleRunner.sleepMax))
        }
    }

    /// Begins what is due now, and what is still to be begun.
    func step() async {
        for entry in control.entries(.schedule) {
            do throws(APIError) {
                try await mark(entry.id)
                try await begin(entry.id)
            } catch {
                logger.error(
                    "Schedule not run; it is tried again",
                    metadata: [
                        "schedule.id": "\(entry.id)", "error.code": "\(error.code.rawValue)",
                        "error.message": "\(error.detail)",
                    ]
                )
            }
        }
    }

    /// Notes on a schedule that it is to run.
    private func mark(_ id: String) async throws(APIError) {
        let now = time.now()
        guard let entry = control.entry(.schedule, id), Schedule(entry).due(at: now) != nil else { return }
        try await control.write(by: .server) { draft throws(APIError) in
            // Decided again on the newest version: somebody may have changed it.
            guard let entry = draft.snapshot.entry(.schedule, id), let due = Schedule(entry).due(at: now) else {
                return
            }
            var body = entry.body
            body[Schedule.Key.lastRun] = .integer(due.milliseconds)
            body[Schedule.Key.dueRun] = .integer(due.milliseconds)
            body[Schedule.Key.dueSince] = .integer(now.milliseconds)
            _ = try draft.replace(entry, body: body)
        }
    }

    /// Begins the job of a run that was noted, unless it has begun.
    private func begin(_ id: String) async throws(APIError) {
        guard let entry = control.entry(.schedule, id), let run = Schedule(entry).runID else { return }
        let schedule = Schedule(entry)
        let isNoted = jobs.all.contains { $0.record?.body["properties"]?["runId"] == .string(run) }
        if schedule.isActive, !isNoted {
            do throws(APIError) {
                try await begin(schedule, run)
            } catch {
                // What can never be begun is told once; what is in the way for a while is tried again.
                guard error.code == .fieldInvalid else { throw error }
                logger.error(
                    "Schedule cannot run",
                    metadata: ["schedule.id": "\(id)", "error.message": "\(error.detail)"]
                )
            }
        }
        try await control.write(by: .server) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.schedule, id) else { return }
            var body = entry.body
            body[Schedule.Key.dueRun] = nil
            body[Schedule.Key.dueSince] = nil
            _ = try draft.replace(entry, body: body)
        }
        begun.withLock { $0[run] = nil }
    }

    private func begin(_ schedule: Schedule, _ run: String) async throws(APIError) {
        let known = begun.withLock { $0[run] }
        let pass: EvaluationPass.ID
        if let known { pass = known } else { pass = try await jobs.evaluate(schedule.segments) }
        begun.withLock { $0[run] = pass }
        try await jobs.note(
            pass,
            by: SegmentJobStore.Origin(
                source: "scheduler",
                properties: ["scheduleId": .string(schedule.id), "runId": .string(run)]
            )
        )
    }
}
