import ActivationEngine
import Synchronization
import TestSupport

@testable import ActivationCore

/// Counts what evaluations read, and lets them go on step by step.
final class ScanGate: Sendable {
    private struct State {
        var permits: Int?
        var scans = 0
        var rows: [Int64] = []
    }

    private let state: Mutex<State>

    /// A gate in front of the evaluations over a storage; nil permits = it stands open.
    init(_ storage: InMemoryStorage, permits: Int? = 0) {
        state = Mutex(State(permits: permits))
        storage.watchScans { await self.pass($0) }
    }

    /// Every row that was read, in the order of reading.
    var rows: [Int64] { state.withLock { $0.rows.map { $0 - InMemoryStorage.rowsBefore } } }

    /// Lets some steps be made, and returns when they are finished and the next one stands at the gate.
    func makeSteps(_ count: Int) async throws {
        let scans = state.withLock { state in
            state.permits = (state.permits ?? 0) + count
            return state.scans
        }
        // The step after them stands at the gate already when this is not the first.
        let awaited = max(scans, 1) + count
        try await EngineTests.until { self.state.withLock { $0.scans } >= awaited }
    }

    /// Waits for the first step to stand at the gate.
    func awaitFirst() async throws {
        try await EngineTests.until { self.state.withLock { $0.scans } > 0 }
    }

    /// Lets everything through from now on.
    func open() {
        state.withLock { $0.permits = nil }
    }

    private func pass(_ profiles: [ProfileRow]) async {
        state.withLock { state in
            state.scans += 1
            state.rows += profiles.map(\.row)
        }
        while !mayPass(), !Task.isCancelled { await Task.yield() }
    }

    private func mayPass() -> Bool {
        state.withLock { state in
            guard let permits = state.permits else { return true }
            guard permits > 0 else { return false }
            state.permits = permits - 1
            return true
        }
    }
}
