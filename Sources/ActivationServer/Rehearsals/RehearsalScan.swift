import ActivationCore
import ActivationEngine

/// Looks at stored profiles for one rehearsal: at a sample first, then at all of them in order, within bounds.
struct RehearsalScan: Sendable {
    let engine: any ServerEngine
    let limits: RehearsalLimits
    /// How long it may take.
    let time: Duration
    /// Profiles of the sample of a large store when that is enough; nil = others are looked at as well.
    var enoughRows: Int?

    /// What is tried on profiles.
    enum Trial: Sendable {
        case audience(AudienceRehearsal)
        case dataflow(DataflowRehearsal)

        /// What is known of the messages.
        var messages: [RehearsedMessage] {
            switch self {
            case .audience(let rehearsal): rehearsal.messages
            case .dataflow(let rehearsal): rehearsal.messages
            }
        }
    }

    /// What was found.
    struct Found: Sendable {
        /// The figures.
        var estimate = PreviewEstimate()
        /// What was rendered, the same profiles once.
        var rendered = RehearsedEffect()
        /// Some messages.
        var messages: [RehearsedMessage] = []
    }

    /// Looks until all profiles are read, a bound is reached or the task is cancelled.
    ///
    /// - Parameters:
    ///   - trial: What is tried.
    ///   - counts: Whether anything is to be counted; if not, it ends as soon as it has the messages.
    ///   - messagesMax: How many messages are wanted.
    /// - Returns: What was found so far.
    /// - Throws: The engine's error.
    func run(_ trial: Trial, counts: Bool, messagesMax: Int) async throws(EngineError) -> Found {
        var trial = trial
        let start = ContinuousClock.now
        var found = Found()
        func isOver() -> Bool {
            Task.isCancelled || ContinuousClock.now - start > time || !counts && trial.messages.count >= messagesMax
        }
        found.estimate.effect = PreviewEstimate.Effect()
        found.estimate.total = try await engine.profileCount()
        if found.estimate.total > 2 * limits.sampleRows {
            // Each place costs as much as several profiles; so there are fewer places for a smaller sample.
            let limit = max(limits.sampleRows / limits.samplePlaces, 1)
            let count = max((enoughRows ?? limits.sampleRows) / limit, 1)
            let places = try await engine.profileRows().map { SamplePlaces(in: $0, count: count).rows }
            var ends: Set<Int64> = []
            for row in places ?? [] where !isOver() {
                let effect = try await effect(of: &trial, after: row, limit: limit)
                // Places before the same profiles, where others are gone, are one.
                guard let end = effect.lastRow, ends.insert(end).inserted else { continue }
                found.estimate.effect?.add(effect, .sampled(found.estimate.places.count))
                found.estimate.places.append(PreviewEstimate.Place(row: row, read: effect.profiles))
                found.rendered += effect
            }
            if enoughRows != nil {
                found.messages = trial.messages
                return found
            }
        }
        var (row, rendered) = (Int64(0), RehearsedEffect())
        let rowsMax = counts ? limits.rowsMax : limits.sampleRows
        while !isOver(), found.estimate.read < rowsMax, !found.estimate.isWhole {
            let limit = min(limits.step, rowsMax - found.estimate.read)
            let effect = try await effect(of: &trial, after: row, limit: limit)
            found.estimate.effect?.add(effect, .counted)
            rendered += effect
            row = effect.lastRow ?? row
            found.estimate.row = row
            found.estimate.read += effect.profiles
            // A cancelled reading ends early and says nothing about what comes after it.
            found.estimate.isWhole = effect.profiles < limit && !Task.isCancelled
            found.estimate.total = max(found.estimate.total, found.estimate.read)
        }
        if rendered.profiles > found.rendered.profiles { found.rendered = rendered }
        found.messages = trial.messages
        return found
    }

    private func effect(
        of trial: inout Trial,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect {
        switch trial {
        case .audience(var rehearsal):
            let effect = try await engine.effect(of: &rehearsal, after: row, limit: limit)
            trial = .audience(rehearsal)
            return effect
        case .dataflow(var rehearsal):
            let effect = try await engine.effect(of: &rehearsal, after: row, limit: limit)
            trial = .dataflow(rehearsal)
            return effect
        }
    }
}
