import ActivationCore
import ActivationEngine
import Console

/// A change of a dataflow that was rehearsed, as its review shows it.
struct ReviewedChange: Sendable {
    /// What was found; nil when it could not be rehearsed now.
    let rehearsal: Rehearsal?
    /// Why not.
    let obstacle: String?
    /// What breaks who reads the stream; it is told whether or not the change could be rehearsed.
    let breaking: [ReviewPage.Break]
    /// What policies forbid of it; nil = nothing.
    let forbidden: ReviewPage.Forbidden?
    /// Whether there are audiences whose members may be sent.
    private let sendsMembers: Bool
    /// Whether more profiles were to be looked at than a page usually does.
    private let isLong: Bool
    /// Whether messages of stored profiles may be shown.
    private let showsMessages: Bool
    /// A message of made-up values, where no profile has one.
    private let madeUp: OutboxRow?

    /// The member of a form by which somebody says that who reads the stream is to be broken.
    static let consent = "breaks"

    /// Looks at what a flow as it would be does.
    ///
    /// - Parameters:
    ///   - proposal: The flow as it would be.
    ///   - dependencies: What the server works with.
    ///   - showsMessages: Whether messages of stored profiles are shown.
    ///   - isLong: Look at more profiles than a page usually does, for as long as a person waits.
    /// - Throws: What keeps it from being compared with the flow as it is.
    init(
        _ proposal: DataflowProposal,
        _ dependencies: ServerDependencies,
        showsMessages: Bool,
        isLong: Bool = false
    ) async throws(APIError) {
        let service = RehearsalService(dependencies: dependencies)
        sendsMembers = !proposal.check.audiencesToBackfill.isEmpty
        self.isLong = isLong
        forbidden = ReviewPage.Forbidden(proposal)
        self.showsMessages = showsMessages
        breaking = try await ReviewedChange.breaking(proposal, dependencies)
        var found: Rehearsal?
        var reason: String?
        do throws(APIError) {
            let messages = showsMessages ? RehearsalLimits.messages.upperBound : 0
            let rows = dependencies.rehearsals.limits.sampleRows
            let manner = RehearsalService.Manner(messages: messages, sampleRows: isLong ? nil : rows)
            found = try await service.rehearse(proposal, manner)
        } catch {
            reason = error.detail
        }
        (rehearsal, obstacle) = (found, reason)
        let isShown = !(found?.messages.isEmpty ?? true)
        let messages = DataflowMessages(dependencies: dependencies)
        madeUp = isShown ? nil : try? messages.samples(of: proposal.entry, in: proposal.snapshot).first
    }

    /// What of a flow as it would be breaks who reads the stream; nothing while nothing is sent.
    ///
    /// - Throws: What keeps it from being compared with the flow as it is.
    static func breaking(
        _ proposal: DataflowProposal,
        _ dependencies: ServerDependencies
    ) async throws(APIError) -> [ReviewPage.Break] {
        guard let present = proposal.present, !FlowTransformation(present).audiences.isEmpty else { return [] }
        let contract = try await RehearsalService(dependencies: dependencies).contract(of: proposal)
        return (contract?.breaking ?? []).map {
            ReviewPage.Break(path: $0.path.isEmpty ? "message" : $0.path, what: $0.what)
        }
    }

    /// Whether a change breaks who reads the stream, and nobody said in the form that they know of it.
    ///
    /// - Throws: What keeps it from being compared with the flow as it is.
    static func lacksConsent(
        _ proposal: DataflowProposal,
        _ form: QueryItems,
        _ dependencies: ServerDependencies
    ) async throws(APIError) -> Bool {
        guard form[consent] != "true" else { return false }
        return try await !breaking(proposal, dependencies).isEmpty
    }

    /// The figures in words.
    var facts: [ReviewPage.Fact] {
        guard let rehearsal, let flow = rehearsal.dataflows.first else {
            return [ReviewPage.Fact(label: "Not rehearsed", value: obstacle ?? "", note: nil)]
        }
        return RehearsalWords(rehearsal: rehearsal).facts(of: flow)
    }

    /// Messages before and after.
    var messages: [MessageComparison] { rehearsal.map { RehearsalWords(rehearsal: $0).messages } ?? [] }

    /// Whether a number was told of a sample, so that a longer look makes it surer.
    var canLookOn: Bool {
        guard let rehearsal, !isLong, !rehearsal.isWhole else { return false }
        return rehearsal.dataflows.first?.basis == .sample || sendsMembers && rehearsal.messages.isEmpty
    }

    /// Asks whether who reads the stream is to be broken; nil when nobody is.
    func consentField(_ value: String?, _ mistakes: FormMistakes?) -> FormField? {
        breaking.isEmpty
            ? nil
            : FormField(
                ReviewedChange.consent,
                "Those who read the stream know of it",
                .toggle,
                value: value,
                hint: "Their programs may fail on records that are made after this change.",
                error: mistakes?.text(of: ReviewedChange.consent)
            )
    }

    /// What is said when nobody has said so.
    static let consentMistake = FormMistakes.Item(
        field: consent,
        text: "This breaks who reads the stream. Say that they know of it, or change it."
    )

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
    var sample: ReviewPage.Sample? {
        madeUp.map { row in
            ReviewPage.Sample(
                about: showsMessages
                    ? "As it could be: no member was found among the profiles that were looked at."
                    : "As it could be, of made-up values.",
                text: MaskedMessage.lines(of: row.payload)
            )
        }
    }
}

extension ReviewPage.Forbidden {
    /// What policies forbid of a flow as it would be; nil when they forbid nothing more than of the flow as it is.
    init?(_ proposal: DataflowProposal) {
        let found = proposal.violations
        guard !found.isEmpty else { return nil }
        violations = found.prefix(PolicyViolation.shownMax).map { violation in
            Violation(
                text: violation.text(in: proposal.snapshot).sentence,
                meaning: violation.policy.meaning,
                cures: violation.cures
            )
        }
    }
}

extension String {
    /// With a capital at its beginning and a full stop at its end.
    fileprivate var sentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
