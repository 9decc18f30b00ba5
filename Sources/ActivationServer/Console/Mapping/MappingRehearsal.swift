import ActivationCore
import ActivationEngine
import Console

/// What a mapping would do: how many members are sent at once, how many records come in a day, and what they look like.
///
/// Read at bounded cost: counts are kept, hours are counted, and some profiles are looked at.
struct MappingRehearsal: Sendable {
    /// How many records send the members of new audiences.
    struct Members: Sendable, Equatable {
        var count: Int
        /// Whether nobody is counted twice.
        var isExact: Bool
    }

    /// What comes when nobody asks for it.
    struct Traffic: Sendable, Equatable {
        /// Records of a day, about.
        var day: Int64
        /// Records of the busiest hour, about.
        var busiestHour: Int64
    }

    let members: Members
    /// Nil when nothing was counted yet.
    let traffic: Traffic?
    /// A record of a stored profile, or one of made-up values; nil when there can be none.
    let sample: OutboxRow?
    let isMadeUp: Bool

    /// Members of how many profiles are looked up one by one; of more it is only known how many there are at most.
    private static let profilesMax = 10_000
    private static let step = 1_000
    /// What one shard takes in a second.
    private static let shardRecords: Int64 = 1_000
    private static let shardBytes: Int64 = 1_048_576

    /// Looks at what a flow as it would be does.
    ///
    /// - Parameters:
    ///   - desk: What pages work with.
    ///   - report: The flow as it is.
    ///   - flow: The flow as it would be.
    ///   - added: Audiences that are new in it.
    ///   - counts: Members of the audiences of both.
    ///   - now: The present.
    init(
        _ desk: ConsoleDesk,
        _ report: DataflowReport,
        as flow: ControlEntry,
        added: [Audience.ID],
        counts: [Audience.ID: Int],
        now: Timestamp
    ) async {
        let dependencies = desk.dependencies
        members = await MappingRehearsal.members(of: added, counts, dependencies)
        traffic = await MappingRehearsal.traffic(desk, report, flow, counts, now: now)
        let messages = DataflowMessages(dependencies: dependencies)
        let stored = (try? await messages.storedSample(of: flow)) ?? nil
        isMadeUp = stored == nil
        sample = stored ?? (try? messages.samples(of: flow))?.first
    }

    /// How long one shard takes for a number of records, in seconds.
    func seconds(for records: Int) -> Int64 {
        let bytes = Int64(sample?.payload.count ?? 0)
        let rate = min(MappingRehearsal.shardRecords, MappingRehearsal.shardBytes / max(bytes, 1))
        return (Int64(records) + max(rate, 1) - 1) / max(rate, 1)
    }

    /// How many shards the busiest hour needs.
    var shards: Int64? {
        traffic.map { max(1, (seconds(for: Int($0.busiestHour)) + 3_599) / 3_600) }
    }

    private static func members(
        of added: [Audience.ID],
        _ counts: [Audience.ID: Int],
        _ dependencies: ServerDependencies
    ) async -> Members {
        let policies = Dictionary(grouping: added.filter { counts[$0] ?? 0 > 0 }) { audience in
            dependencies.control.entry(.segmentDefinition, audience.uuid.description)?.string("mergePolicyId") ?? ""
        }
        var members = Members(count: 0, isExact: true)
        // There is a record for each policy.
        for (policy, audiences) in policies {
            let sum = audiences.reduce(0) { $0 + (counts[$1] ?? 0) }
            let union = audiences.count == 1 ? sum : await union(of: audiences, policy, dependencies.engine)
            members.count += union ?? sum
            members.isExact = members.isExact && union != nil
        }
        return members
    }

    /// How many are members of some of these; nil when that takes too long to find out.
    private static func union(
        of audiences: [Audience.ID],
        _ policy: String,
        _ engine: any ServerEngine
    ) async -> Int? {
        let rule = audiences.map { "inSegment(\"\($0.uuid)\")" }.joined(separator: " or ")
        guard let profiles = try? await engine.profileCount(), profiles <= profilesMax,
            let expression = try? PQLExpression(parsing: rule), let policy = UUIDBytes(policy)
        else { return nil }
        let question = ProfileQuestion(expression: expression, mergePolicy: MergePolicy.ID(uuid: policy))
        var (row, count): (Int64, Int) = (0, 0)
        for _ in 0...(profilesMax / step) {
            guard let found = try? await engine.profiles(matching: question, after: row, limit: step) else {
                return nil
            }
            count += found.matches.count
            guard found.read == step, let last = found.lastRow else { return count }
            row = last
        }
        return nil
    }

    /// What was counted in a day, by the members that there would be; without the records of backfills.
    private static func traffic(
        _ desk: ConsoleDesk,
        _ report: DataflowReport,
        _ flow: ControlEntry,
        _ counts: [Audience.ID: Int],
        now: Timestamp
    ) async -> Traffic? {
        func members(_ entry: ControlEntry) -> Int64 {
            Int64(FlowTransformation(entry).audiences.reduce(0) { $0 + (counts[$1.audience] ?? 0) })
        }
        let (before, after) = (members(report.entry), members(flow))
        guard before > 0, let figures = try? await desk.figures(of: report, at: now) else { return nil }
        let day = Timestamp(milliseconds: now.milliseconds - 24 * BookedHour.length)
        let hours = figures.hours.filter { $0.start > day }
        let backfilled = desk.dependencies.engine.backfillRuns.values.filter { run in
            run.startedAt > day && run.dataflow.uuid.description == report.id
        }
        let total = hours.reduce(0) { $0 + $1.counters.triggered } - backfilled.reduce(0) { $0 + $1.records }
        guard total > 0 else { return nil }
        let busiest = min(hours.map(\.counters.triggered).max() ?? 0, total)
        func scaled(_ count: Int64) -> Int64 { Int64((Double(count) * Double(after) / Double(before)).rounded(.up)) }
        return Traffic(day: scaled(total), busiestHour: scaled(busiest))
    }
}

// MARK: - On the page

extension MappingRehearsal {
    /// The figures in words.
    var facts: [MappingReviewPage.Fact] {
        var facts: [MappingReviewPage.Fact] = []
        if let traffic, let shards {
            facts.append(
                MappingReviewPage.Fact(
                    label: "Records a day",
                    value: "about \(Figure.count(traffic.day))",
                    note: "by what it sent in the last 24 hours and the members there are"
                )
            )
            facts.append(
                MappingReviewPage.Fact(
                    label: "Shards",
                    value: "\(shards)",
                    note: "for the busiest hour, about \(Figure.count(traffic.busiestHour, "record"))"
                )
            )
        } else {
            facts.append(
                MappingReviewPage.Fact(
                    label: "Records a day",
                    value: "not known",
                    note: "the dataflow has to send for some hours before it can be said"
                )
            )
        }
        if let sample {
            let size = Figure.count(sample.payload.count, "byte")
            facts.append(MappingReviewPage.Fact(label: "A record", value: "about \(size)", note: nil))
        }
        return facts
    }

    /// Asks whether members are sent; nil when there is nobody to send.
    func switchField(_ value: String?) -> FormField? {
        guard members.count > 0 else { return nil }
        let many = Figure.count(members.count, "member")
        let are = members.count == 1 ? "is" : "are"
        let time = Instant.span(seconds: seconds(for: members.count))
        let sent =
            members.isExact
            ? "\(many) \(are) sent now" : "At most \(many) \(are) sent now; who is in several audiences is sent once"
        return FormField(
            "backfill",
            "Send current members now",
            .toggle,
            value: value,
            hint: "\(sent), on one shard in at least \(time). Without it they are sent when they next change."
        )
    }

    /// The message as a person may see it.
    var page: MappingReviewPage.Sample? {
        sample.map { row in
            MappingReviewPage.Sample(
                about: isMadeUp
                    ? "As it could be: no member was found among the profiles that were looked at."
                    : "Of a stored profile, as it would be sent now; of values the kind and the size.",
                text: MaskedMessage.lines(of: row.payload)
            )
        }
    }
}
