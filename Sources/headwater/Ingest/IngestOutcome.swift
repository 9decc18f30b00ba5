import Glibc
import Synchronization

/// What became of a run so far, told once: at its end, or when a signal ends it before.
final class IngestOutcome: Sendable {
    private enum State {
        /// Nothing was sent yet.
        case begun
        case running(IngestReport)
        case told
    }

    private let json: Bool
    private let state = Mutex(State.begun)

    /// - Parameter json: Whether scripts read it.
    init(json: Bool) {
        self.json = json
    }

    /// Takes what is known now.
    func update(_ report: IngestReport) {
        state.withLock { $0 = .running(report) }
    }

    /// Tells how a run ended.
    ///
    /// - Parameters:
    ///   - report: What became of it.
    ///   - isComplete: Whether the input was read to its end.
    func finish(_ report: IngestReport, isComplete: Bool) {
        state.withLock { state in
            state = .told
            show(report, isComplete: isComplete)
        }
    }

    /// Tells what is known and ends the program; does nothing when the run has ended already.
    ///
    /// - Parameter signal: The name of the signal that says so.
    func stop(_ signal: String) {
        state.withLock { state in
            if case .told = state { return }
            if Terminal.isInteractive { Terminal.replaceLine("") }
            if case .running(let report) = state { show(report, isComplete: false) }
            Terminal.error("headwater: stopped by \(signal); the same command goes on behind what was acknowledged")
            // Under the lock: nothing else may be told any more.
            _exit(CommandFailure.Code.retryLater.rawValue)
        }
    }

    private func show(_ report: IngestReport, isComplete: Bool) {
        var report = report
        report.isComplete = isComplete
        json ? Terminal.print(report.json) : report.print()
    }
}
