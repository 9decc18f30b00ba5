import ActivationCore
import ActivationEngine

extension RehearsalService {
    /// A dataflow and the members of its audiences.
    typealias Peopled = (dataflow: Dataflow, members: [Audience.ID: Int])

    /// What a proposed dataflow may be expected to send in a day.
    func traffic(
        of proposal: DataflowProposal,
        _ present: Dataflow?,
        _ dataflow: Dataflow,
        _ counted: [Audience.ID: Int],
        at now: Timestamp
    ) async throws(EngineError) -> ExportTraffic? {
        try await traffic(of: proposal.present, present.map { ($0, counted) }, (dataflow, counted), at: now)
    }

    /// What a dataflow may be expected to send in a day: what it was told to in the last days, by the members that there
    /// would be; one that was told nothing, what its audiences' members did.
    func traffic(
        of flow: ControlEntry?,
        _ before: Peopled?,
        _ after: Peopled,
        at now: Timestamp
    ) async throws(EngineError) -> ExportTraffic? {
        let since = Timestamp(milliseconds: now.milliseconds - RehearsalLimits.days * 24 * BookedHour.length)
        let members = [before, after].map { side in
            side.map { side in side.dataflow.audiences.reduce(0) { $0 + (side.members[$1.audience] ?? 0) } } ?? 0
        }
        if let flow, members[0] > 0 {
            let id = after.dataflow.id
            let hours = try await engine.bookedHours(of: [id], since: since)[id] ?? []
            let runs = engine.backfillRuns.values.filter { $0.dataflow == id && $0.startedAt >= since }
            let counted = ExportTraffic(
                ExportTraffic.changes(in: hours, without: runs),
                since: flow.createdAt,
                now: now,
                basis: .books,
                factor: Double(members[1]) / Double(members[0])
            )
            if let counted { return counted }
        }
        return try await memberTraffic(of: after.dataflow, since: since, now: now)
    }

    /// Who entered and exited its audiences, without the hours in which these were made or changed: then many do at once.
    private func memberTraffic(
        of dataflow: Dataflow,
        since: Timestamp,
        now: Timestamp
    ) async throws(EngineError) -> ExportTraffic? {
        var hours: [ExportTraffic.Hour] = []
        var beginning = now
        for mapped in dataflow.audiences.prefix(RehearsalLimits.audiencesMax) {
            guard let entry = dependencies.control.entry(.segmentDefinition, mapped.audience.uuid.description) else {
                continue
            }
            let changed = BookedHour.number(of: SegmentDefinition.ruleChangedAt(entry) ?? entry.updatedAt)
            // The hour of the change is left out.
            let whole = Timestamp(milliseconds: (changed + 1) &* BookedHour.length)
            beginning = min(beginning, max(entry.createdAt, min(whole, now)))
            for hour in try await engine.memberHours(of: mapped.audience)
            where hour.start > since && BookedHour.number(of: hour.start) > changed {
                let moved = hour.counters.entered + hour.counters.exited
                hours.append(ExportTraffic.Hour(start: hour.start, records: moved))
            }
        }
        return ExportTraffic(
            ExportTraffic.merged(hours),
            since: beginning,
            now: now,
            basis: .memberHours,
            factor: 1
        )
    }
}

extension ExportTraffic {
    /// Hours of several audiences as one.
    fileprivate static func merged(_ hours: [Hour]) -> [Hour] {
        Dictionary(hours.map { ($0.start, $0.records) }, uniquingKeysWith: +).map {
            Hour(start: $0.key, records: $0.value)
        }
    }
}
