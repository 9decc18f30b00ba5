import Kinesis
import Synchronization

/// Plays a scenario by the clock of whoever asks: nothing happens by itself, everything that is due at the next request.
final class ScenarioPlayer: Sendable {
    private struct State {
        var scenario = Scenario()
        var startedAt: Int64 = 0
        /// The first step that has not happened.
        var next = 0
    }

    private let state = Mutex(State())

    /// Starts a scenario in place of another.
    func start(_ scenario: Scenario, now: Int64) {
        state.withLock { $0 = State(scenario: scenario, startedAt: now) }
    }

    /// The steps that have become due.
    func due(now: Int64) -> [Scenario.Step] {
        state.withLock { state in
            let first = state.next
            while state.next < state.scenario.steps.count,
                state.startedAt + state.scenario.steps[state.next].after.wholeMilliseconds <= now
            {
                state.next += 1
            }
            return first == state.next ? [] : Array(state.scenario.steps[first..<state.next])
        }
    }

    /// What `GET /_scenario` shows: the steps, and how many of them have happened.
    var document: WireValue {
        state.withLock { ["steps": $0.scenario.document, "done": .integer(Int64($0.next))] }
    }
}
