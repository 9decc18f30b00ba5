import ActivationCore
import ActivationEngine
import Synchronization

/// Keeps the previews that were asked for, in memory: a restart ends and forgets them.
public final class PreviewDesk: Sendable {
    private struct Entry {
        var preview: Preview
        var task: Task<Void, Never>?
    }

    private let engine: any ServerEngine
    private let time: any TimeSource
    private let ids: any IDSource
    private let limits: PreviewLimits
    /// In the order in which they were asked for.
    private let entries = Mutex<[Entry]>([])

    init(engine: any ServerEngine, time: any TimeSource, ids: any IDSource, limits: PreviewLimits = PreviewLimits()) {
        self.engine = engine
        self.time = time
        self.ids = ids
        self.limits = limits
    }

    /// Begins a preview behind the call.
    ///
    /// - Throws: `OVERLOADED` when as many as may are under way.
    func begin(_ question: ProfileQuestion) throws(APIError) -> Preview {
        let preview = Preview(
            queryID: ids.next().description,
            createdAt: time.now(),
            mergePolicy: question.mergePolicy,
            audience: question.audience
        )
        let isTaken = entries.withLock { entries in
            forgetOld(&entries)
            guard entries.count(where: { $0.preview.isUnderWay }) < limits.runningMax else { return false }
            entries.append(Entry(preview: preview))
            return true
        }
        guard isTaken else {
            throw APIError(
                .overloaded,
                "\(limits.runningMax) previews are under way, as many as may; retry in a moment or DELETE one",
                retryAfterSeconds: 5
            )
        }
        let scan = PreviewScan(engine: engine, question: question, limits: limits)
        let task = Task { await self.run(scan, preview.id) }
        let isKept = entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.preview.id == preview.id }) else { return false }
            entries[index].task = task
            return true
        }
        if !isKept { task.cancel() }
        return preview
    }

    /// How a preview stands; nil when there is none, or no longer.
    func preview(_ id: String) -> Preview? {
        entries.withLock { entries in
            forgetOld(&entries)
            return entries.first { $0.preview.id.hasSameBytes(as: id) }?.preview
        }
    }

    /// Ends and forgets a preview.
    ///
    /// - Returns: Whether there was one.
    func remove(_ id: String) -> Bool {
        let entry = entries.withLock { entries in
            forgetOld(&entries)
            return entries.firstIndex { $0.preview.id.hasSameBytes(as: id) }.map { entries.remove(at: $0) }
        }
        entry?.task?.cancel()
        return entry != nil
    }

    /// Ends all previews.
    func stop() {
        let ended = entries.withLock { entries in
            defer { entries = [] }
            return entries
        }
        for entry in ended { entry.task?.cancel() }
    }

    private func run(_ scan: PreviewScan, _ id: String) async {
        do throws(EngineError) {
            try await scan.run { step in
                self.change(id) { preview in
                    preview.state = .running
                    preview.estimate = step.estimate
                    preview.matches += step.matches.prefix(max(self.limits.matchesMax - preview.matches.count, 0))
                }
            }
            change(id) { $0.state = .ready }
        } catch {
            // What the store says of itself is for the log of the engine, not for whoever asked.
            let reason = APIError(engine: error).detail
            change(id) { preview in
                preview.state = .failed
                preview.failure = reason
            }
        }
    }

    private func change(_ id: String, _ edit: (inout Preview) -> Void) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.preview.id == id }) else { return }
            edit(&entries[index].preview)
        }
    }

    private func forgetOld(_ entries: inout [Entry]) {
        let now = time.now()
        let old = entries.filter { $0.preview.createdAt.duration(to: now) > limits.lifetime }
        for entry in old { entry.task?.cancel() }
        entries.removeAll { $0.preview.createdAt.duration(to: now) > limits.lifetime }
        while entries.count >= limits.keptMax { entries.removeFirst().task?.cancel() }
    }
}
