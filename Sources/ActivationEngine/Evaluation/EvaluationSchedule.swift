import ActivationCore

/// What is to be evaluated over all profiles and how far each part is; decides without I/O.
///
/// One position goes round the profiles as long as anybody needs it, and every profile is read once for all. Who comes
/// joins where the position is, and is done when it comes back there.
struct EvaluationSchedule: Sendable, Equatable {
    var position = EvaluationPosition.start
    /// New and changed definitions.
    var shares: [Audience.ID: EvaluationShare] = [:]
    /// Evaluations that somebody asked for.
    var passes: [EvaluationPass.ID: EvaluationPass] = [:]
    /// The visit for the sake of events that go; nil while every dataset keeps them for ever.
    var expiry: ExpiryVisit?
    /// The visits for the sake of datasets that have ended, by the datasets' ids.
    var removals: [String: DatasetRemoval] = [:]

    /// Where those who need the position to move began.
    private var starts: [EvaluationPosition] {
        shares.values.compactMap(\.start) + passes.values.compactMap(\.start) + [expiry?.start].compactMap(\.self)
            + removals.values.compactMap(\.start)
    }

    /// Whether anybody needs the position to move.
    var isActive: Bool {
        shares.values.contains { $0.start != nil } || passes.values.contains { $0.start != nil } || expiry?.start != nil
            || removals.values.contains { $0.start != nil }
    }

    /// Whether ``join(_:expirations:ended:total:now:)`` would change anything.
    func awaitsJoin(
        _ definitions: [Audience.ID: AudienceVersion],
        expirations: String?,
        ended: [String] = []
    ) -> Bool {
        removals.count != ended.count || ended.contains { removals[$0] == nil }
            || expiry?.version != expirations || shares.keys.contains { definitions[$0] == nil }
            || definitions.contains { shares[$0]?.version != $1 }
            || passes.values.contains { $0.state == .queued || isOver($0, definitions) }
    }

    /// Lets in what waits, and lets go of what is not wanted any more.
    ///
    /// - Parameters:
    ///   - definitions: The audiences there are, each with its version.
    ///   - expirations: The version of how long events stay; nil = for ever.
    ///   - ended: The datasets that have ended, by id.
    ///   - total: How many profiles there are.
    ///   - now: The present instant.
    mutating func join(
        _ definitions: [Audience.ID: AudienceVersion],
        expirations: String?,
        ended: [String] = [],
        total: Int,
        now: Timestamp
    ) {
        removals = removals.filter { ended.contains($0.key) }
        if expiry?.version != expirations { expiry = nil }
        shares = shares.filter { definitions[$0] == $1.version }
        for (id, pass) in passes where isOver(pass, definitions) {
            passes[id]?.end(.failed, at: position, now: now, failure: "none of its audiences is evaluated any more")
        }
        // Who begins alone begins with the first row.
        if !isActive { position = position.nextRound }
        for (audience, version) in definitions where shares[audience] == nil {
            shares[audience] = EvaluationShare(audience: audience, version: version, start: position, total: total)
        }
        if let expirations, expiry == nil { expiry = ExpiryVisit(version: expirations, start: position) }
        for dataset in ended where removals[dataset] == nil {
            removals[dataset] = DatasetRemoval(of: dataset, from: position, total: total, now: now)
        }
        for (id, pass) in passes where pass.state == .queued {
            passes[id]?.begin(at: position, total: total, now: now)
        }
    }

    private func isOver(_ pass: EvaluationPass, _ definitions: [Audience.ID: AudienceVersion]) -> Bool {
        !pass.state.isEnd && !pass.audiences.contains { definitions[$0] != nil }
    }

    /// The audiences of the next step, each once.
    var audiences: [Audience.ID] {
        var wanted = Set(shares.values.filter { $0.start != nil }.map(\.audience))
        for pass in passes.values where pass.start != nil { wanted.formUnion(pass.audiences) }
        return wanted.sorted { $0.uuid < $1.uuid }
    }

    /// Chooses the profiles of the next step: no more than up to where the first who joined is done.
    ///
    /// - Parameters:
    ///   - profiles: Profiles read after the position.
    ///   - limit: How many were asked for.
    /// - Returns: Those to be evaluated, and where the position is then.
    func step(_ profiles: [ProfileRow], limit: Int) -> (profiles: ArraySlice<ProfileRow>, EvaluationPosition) {
        let stop = starts.filter { $0.round < position.round }.map(\.row).min() ?? .max
        let step = profiles.prefix { $0.row <= stop }
        var next = position
        next.visited += Int64(step.count)
        if step.count < profiles.count {
            next.row = stop
        } else if let last = step.last, profiles.count >= limit {
            next.row = last.row
        } else {
            next = next.nextRound
        }
        return (step, next)
    }

    /// Notes that a step was made.
    ///
    /// - Parameters:
    ///   - next: Where the position is now.
    ///   - counts: What the step counted.
    ///   - now: The present instant.
    mutating func advance(
        to next: EvaluationPosition,
        _ counts: EvaluationCounts,
        now: Timestamp
    ) {
        position = next
        for audience in shares.keys { shares[audience]?.settle(at: next) }
        expiry?.settle(at: next)
        for dataset in removals.keys { removals[dataset]?.settle(at: next, counts.removed[dataset], now: now) }
        for (id, pass) in passes {
            guard let start = pass.start else { continue }
            passes[id]?.count(counts)
            if next.isOnceAround(from: start) { passes[id]?.end(.succeeded, at: next, now: now) }
        }
    }
}
