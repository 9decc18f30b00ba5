import ActivationCore

/// Looks for what other nodes have committed, and tells whoever works on it here: relays, and timers.
///
/// What this node commits itself it tells at once.
struct CommitWatch {
    let storage: any SharedStorage
    let scope: Scope
    /// Which dataflows have a relay.
    let relayed: @Sendable () -> [Dataflow.ID]
    /// Told of dataflows of which there is something new.
    let onCommit: @Sendable (Set<Dataflow.ID>) -> Void
    /// Told when the first profile is due.
    let onDue: @Sendable (Timestamp) -> Void

    /// How long a record of another node waits at most until it is met.
    private static let pause = Duration.milliseconds(50)
    /// The clock brings profiles to the second.
    private static let looksBetweenTimers = 20

    /// Looks until it is cancelled; while the store cannot be read it goes on trying, and says nothing: whoever uses it does.
    func run() async {
        var seen: [Dataflow.ID: Int64] = [:]
        var looks = 0
        while (try? await Task.sleep(for: Self.pause)) != nil {
            await look(&seen)
            looks += 1
            guard looks.isMultiple(of: Self.looksBetweenTimers) else { continue }
            if let due = try? await storage.dueProfiles(scope: scope, limit: 1).first?.due { onDue(due) }
        }
    }

    /// Looks once.
    ///
    /// - Parameter seen: The last record that was seen of each dataflow.
    func look(_ seen: inout [Dataflow.ID: Int64]) async {
        let dataflows = relayed()
        guard !dataflows.isEmpty, let last = try? await storage.lastRows(of: dataflows) else { return }
        let known = seen
        let new = last.filter { dataflow, row in row > known[dataflow] ?? 0 }
        seen.merge(last) { max($0, $1) }
        if !new.isEmpty { onCommit(Set(new.keys)) }
    }
}
