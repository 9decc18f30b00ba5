import ActivationCore
import ActivationEngine

/// Looks at stored profiles for one preview: at a sample first, then at all of them in order, within bounds.
struct PreviewScan: Sendable {
    let engine: any ServerEngine
    let question: ProfileQuestion
    let limits: PreviewLimits

    /// What a step found; the list has its matches once, though the sample is read again in order.
    struct Step: Sendable {
        var estimate: PreviewEstimate
        var matches: [ProfileMatches.Match] = []
    }

    /// Looks until all profiles are read, a bound is reached or the task is cancelled.
    ///
    /// - Parameter report: Gets the figures after every step.
    /// - Throws: The engine's error.
    func run(_ report: @Sendable (Step) -> Void) async throws(EngineError) {
        let start = ContinuousClock.now
        func isOver() -> Bool { Task.isCancelled || ContinuousClock.now - start > limits.time }
        var estimate = PreviewEstimate()
        var rehearsal: AudienceRehearsal?
        if let audience = question.audience {
            rehearsal = try engine.rehearsal(of: question, as: audience)
            estimate.effect = PreviewEstimate.Effect()
        }
        estimate.total = try await engine.profileCount()
        report(Step(estimate: estimate))
        if estimate.total > 2 * limits.sampleRows {
            let places = try await engine.profileRows().map { SamplePlaces(in: $0, count: limits.samplePlaces).rows }
            var ends: Set<Int64> = []
            for row in places ?? [] where !isOver() {
                let limit = limits.sampleRows / limits.samplePlaces
                let found = try await engine.profiles(matching: question, after: row, limit: limit)
                // Places before the same profiles, where others are gone, are one.
                guard let end = found.lastRow, ends.insert(end).inserted else { continue }
                let reading = PreviewEstimate.Reading.sampled(estimate.places.count)
                if let effect = try await effect(of: &rehearsal, after: row, limit: limit) {
                    estimate.effect?.add(effect, reading)
                }
                estimate.places.append(PreviewEstimate.Place(row: row, read: found.read))
                estimate.matches.add(found.matches.count, reading)
                report(Step(estimate: estimate))
            }
        }
        var row: Int64 = 0
        while !isOver(), estimate.read < limits.rowsMax, !estimate.isWhole {
            let limit = min(limits.step, limits.rowsMax - estimate.read)
            let found = try await engine.profiles(matching: question, after: row, limit: limit)
            if let effect = try await effect(of: &rehearsal, after: row, limit: limit) {
                estimate.effect?.add(effect, .counted)
            }
            row = found.lastRow ?? row
            estimate.row = row
            estimate.read += found.read
            estimate.matches.counted += found.matches.count
            // A cancelled reading ends early and says nothing about what comes after it.
            estimate.isWhole = found.read < limit && !Task.isCancelled
            estimate.total = max(estimate.total, estimate.read)
            report(Step(estimate: estimate, matches: found.matches))
        }
    }

    private func effect(
        of rehearsal: inout AudienceRehearsal?,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect? {
        guard var asked = rehearsal else { return nil }
        let effect = try await engine.effect(of: &asked, after: row, limit: limit)
        rehearsal = asked
        return effect
    }
}
