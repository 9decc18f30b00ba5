import ActivationCore
import ActivationEngine
import Console

/// What a mapping would do, as its review shows it.
struct MappingRehearsal: Sendable {
    /// What was found; nil when it could not be rehearsed now.
    let rehearsal: Rehearsal?
    /// Why not.
    let obstacle: String?
    /// Whether there are audiences whose members may be sent.
    private let sendsMembers: Bool
    /// A message of made-up values, where no profile has one.
    private let madeUp: OutboxRow?

    /// Messages that are shown, and how long a page may take.
    private static let manner = RehearsalService.Manner(messages: 5, seconds: 3, isBrief: true)

    /// Looks at what a flow as it would be does.
    init(_ dependencies: ServerDependencies, _ proposal: DataflowProposal) async {
        sendsMembers = !proposal.check.audiencesToBackfill.isEmpty
        var found: Rehearsal?
        var reason: String?
        do throws(APIError) {
            let service = RehearsalService(dependencies: dependencies)
            found = try await service.rehearse(proposal, MappingRehearsal.manner)
        } catch {
            reason = error.detail
        }
        (rehearsal, obstacle) = (found, reason)
        let isShown = !(found?.messages.isEmpty ?? true)
        let messages = DataflowMessages(dependencies: dependencies)
        madeUp = isShown ? nil : try? messages.samples(of: proposal.entry, in: proposal.snapshot).first
    }

    /// The figures in words.
    var facts: [MappingReviewPage.Fact] {
        guard let rehearsal, let flow = rehearsal.dataflows.first else {
            return [MappingReviewPage.Fact(label: "Not rehearsed", value: obstacle ?? "", note: nil)]
        }
        return RehearsalWords(rehearsal: rehearsal).facts(of: flow)
    }

    /// What breaks who reads the stream.
    var breaking: [MappingReviewPage.Break] { rehearsal.map { RehearsalWords(rehearsal: $0).breaking } ?? [] }

    /// Messages before and after.
    var messages: [MessageComparison] { rehearsal.map { RehearsalWords(rehearsal: $0).messages } ?? [] }

    /// Asks whether members are sent; nil when there is nobody to send.
    func switchField(_ value: String?) -> FormField? {
        guard sendsMembers else { return nil }
        var sent = "How many are sent could not be told"
        if let flow = rehearsal?.dataflows.first {
            guard flow.now.size > 0 || flow.basis == .sample else { return nil }
            let many = RehearsalWords.text(of: flow)
            let are = flow.now.size == 1 ? "member is" : "members are"
            let time = Instant.span(seconds: Int64(flow.stream.seconds))
            sent = "\(many.prefix(1).uppercased())\(many.dropFirst()) \(are) sent now, in at least \(time)"
        }
        return FormField(
            "backfill",
            "Send current members now",
            .toggle,
            value: value,
            hint: "\(sent). Without it they are sent when they next change."
        )
    }

    /// A message as it could be; nil where there are real ones.
    var sample: MappingReviewPage.Sample? {
        madeUp.map { row in
            MappingReviewPage.Sample(
                about: "As it could be: no member was found among the profiles that were looked at.",
                text: MaskedMessage.lines(of: row.payload)
            )
        }
    }
}
