import ActivationCore
import Synchronization

/// Where the records of dataflows go whose targets move, as the control plane notes it (BEHAVIOUR 1.6).
final class SimulatedPlaces: Sendable {
    /// A place that takes records up to a row; nil = all.
    typealias Place = (number: Int, through: Int64?)

    private struct State {
        var present: [Dataflow.ID: Int] = [:]
        var former: [Dataflow.ID: [(number: Int, through: Int64)]] = [:]
    }

    private let state = Mutex(State())

    /// What comes after a row goes to the next place.
    func move(_ flow: Dataflow.ID, after row: Int64) {
        state.withLock { state in
            let present = state.present[flow] ?? 0
            if row > state.former[flow]?.last?.through ?? 0 { state.former[flow, default: []].append((present, row)) }
            state.present[flow] = present + 1
        }
    }

    /// The place that is to be served first.
    func first(_ flow: Dataflow.ID) -> Place {
        state.withLock { state in
            if let former = state.former[flow]?.first { return (former.number, former.through) }
            return (state.present[flow] ?? 0, nil)
        }
    }

    /// Nothing waits any more for the place that was to be served first.
    func passed(_ flow: Dataflow.ID) {
        state.withLock { state in
            if state.former[flow]?.isEmpty == false { state.former[flow]?.removeFirst() }
        }
    }
}
