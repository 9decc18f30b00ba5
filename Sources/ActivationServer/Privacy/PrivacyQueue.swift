/// The jobs that wait, in the order in which they are done: those of normal priority first, each in the order in which they came.
struct PrivacyQueue: Sendable {
    /// A list that is read from its beginning.
    private struct Line {
        var ids: [String] = []
        var head = 0

        mutating func next() -> String? {
            guard head < ids.count else {
                (ids, head) = ([], 0)
                return nil
            }
            defer { head += 1 }
            return ids[head]
        }
    }

    private var normal = Line()
    private var low = Line()
    /// Those that were tried in vain, with whether they are of low priority.
    private var late: [(id: String, isLow: Bool)] = []
    /// Those that wait for one that is not done.
    private var dependent: [String: (id: String, isLow: Bool)] = [:]
    /// All that are not done.
    private(set) var count = 0
    /// Those that are not done and that others may wait for.
    private var open: Set<String> = []

    /// Enters a job that comes after all others.
    mutating func enter(_ job: PrivacyJob) {
        count += 1
        open.insert(job.id)
        if let predecessor = job.predecessor, open.contains(predecessor) {
            dependent[predecessor] = (job.id, job.priority == .low)
        } else {
            line(job.id, isLow: job.priority == .low)
        }
    }

    private mutating func line(_ id: String, isLow: Bool) {
        if isLow { low.ids.append(id) } else { normal.ids.append(id) }
    }

    /// Takes the next one; nil when there is none that may be tried now.
    mutating func next() -> String? { normal.next() ?? low.next() }

    /// A job that was taken could not be done.
    mutating func putOff(_ job: PrivacyJob) { late.append((job.id, job.priority == .low)) }

    /// What was put off is tried again.
    mutating func tryAgain() {
        for (id, isLow) in late { line(id, isLow: isLow) }
        late = []
    }

    /// A job that was taken is done.
    mutating func leave(_ job: PrivacyJob) {
        count -= 1
        open.remove(job.id)
        if let (id, isLow) = dependent.removeValue(forKey: job.id) { line(id, isLow: isLow) }
    }
}
