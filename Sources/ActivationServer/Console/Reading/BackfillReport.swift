import ActivationCore
import ActivationEngine
import Console

/// A backfill as pages tell of it; read from memory alone.
struct BackfillReport: Sendable {
    let entry: ControlEntry
    let run: BackfillRun?
    let mark: StateMark

    init(_ entry: ControlEntry, _ runs: [Backfill.ID: BackfillRun]) {
        self.entry = entry
        run = UUIDBytes(entry.id).flatMap { runs[Backfill.ID(uuid: $0)] }
        let wish = entry.string("wish").flatMap { Backfill.Wish(rawValue: $0) }
        mark =
            switch (run?.state, wish) {
            case (.completed, _): StateMark("Completed", .good)
            case (.cancelled, _), (_, .cancelled): StateMark("Cancelled", .quiet)
            case (_, .paused): StateMark("Paused", .quiet)
            case (.running, _): StateMark("Running", .good)
            case (.waiting, _), (.paused, _), (nil, _): StateMark("Waiting", .warning)
            }
    }

    /// Whether something is still to come of it.
    var isOpen: Bool { !["Completed", "Cancelled"].contains(mark.word) }

    /// Whether somebody halted it.
    var isPaused: Bool { mark.word == "Paused" }

    /// When it began, or was ordered.
    var began: Timestamp { run?.startedAt ?? entry.createdAt }

    /// What called for it.
    var origin: String { BackfillReport.origins[entry.string("origin") ?? ""] ?? "a request" }

    /// Profiles that were looked at, and how many there are; nil before that is known.
    var progress: DataflowPage.Progress? {
        guard let run, run.total > 0 else { return nil }
        return DataflowPage.Progress(done: String(min(run.processed, run.total)), total: String(run.total))
    }

    /// How far it is, in words.
    var text: String {
        var text = Figure.count(run?.records ?? 0, "record")
        guard let run, run.total > 0 else { return text }
        text = "\(Figure.count(run.processed)) of \(Figure.count(run.total, "profile")) · \(text)"
        if let seconds = run.secondsLeft, run.state == .running, seconds.isFinite {
            text += " · about \(Instant.span(seconds: Int64(seconds.rounded(.up)))) left"
        }
        return text
    }

    private static let origins = [
        BackfillOrder.Origin.mapping.rawValue: "audiences that were mapped",
        BackfillOrder.Origin.request.rawValue: "a request",
        BackfillOrder.Origin.resume.rawValue: "the dataflow was enabled again",
        BackfillOrder.Origin.unmapping.rawValue: "audiences that were taken out",
    ]
}

extension ConsoleDesk {
    var backfills: DataflowBackfills { DataflowBackfills(dependencies: dependencies) }

    /// The backfills of a dataflow, the newest first.
    func backfillReports(of report: DataflowReport) -> [BackfillReport] {
        let orders = control.snapshot.entries(.backfill, using: ControlName(.flow, report.id))
        let runs = dependencies.engine.backfillRuns
        return orders.reversed().map { BackfillReport($0, runs) }
    }
}
