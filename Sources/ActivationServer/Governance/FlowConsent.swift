import ActivationCore

/// What a dataflow asks of the people it tells of, worked out of all policies that concern it (BEHAVIOUR 9.5).
///
/// It stays when no policy concerns the dataflow any more, with nothing to ask for: those who were withheld are told of again.
struct FlowConsent: Sendable {
    /// The rules of the policies, all of which have to hold.
    let rules: [String]
    /// The merge policy whose view they read.
    let mergePolicy: String
    /// Since when the dataflow has asked, by whichever rules.
    let askedSince: Timestamp
    /// When what it asks last changed.
    let changedAt: Timestamp
    /// The audiences that were mapped in the second in which it began to ask, but before it did.
    let mappedBefore: Set<Audience.ID>

    /// Whether people are asked for the same, whenever that began.
    func asksTheSame(as other: FlowConsent) -> Bool {
        mergePolicy == other.mergePolicy && rules.count == other.rules.count
            && zip(rules, other.rules).allSatisfy { $0.hasSameBytes(as: $1) }
    }

    /// What policies ask of a dataflow.
    ///
    /// - Parameters:
    ///   - policies: Enabled consent policies that ask of it.
    ///   - mergePolicy: The policy whose view they read.
    ///   - known: What is stored of it so far, which says since when it has asked.
    ///   - flow: The dataflow as it is until it asks for this; nil = it is made so.
    ///   - now: When it comes to ask for this.
    init(
        _ policies: [UsagePolicy],
        in mergePolicy: String,
        instead known: ControlEntry?,
        of flow: ControlEntry?,
        at now: Timestamp
    ) {
        rules = policies.compactMap { $0.consent?.text }
        self.mergePolicy = mergePolicy
        changedAt = now
        guard let known, let since = FlowConsent.instant("askedSince", of: known) else {
            askedSince = now
            let mapped = flow.map { FlowTransformation($0).audiences } ?? []
            mappedBefore = Set(
                mapped.filter { $0.createdAt.milliseconds / 1_000 == now.milliseconds / 1_000 }.map(\.audience)
            )
            return
        }
        askedSince = since
        mappedBefore = FlowConsent.mappedBefore(known)
    }

    /// Reads what is stored; nil when there is nothing, or not as it was stored.
    init?(_ entry: ControlEntry?) {
        guard let entry, entry.kind == .flowConsent, let policy = entry.string("mergePolicyId"),
            let stored = entry.body["rules"]?.array, let askedSince = FlowConsent.instant("askedSince", of: entry),
            let changedAt = FlowConsent.instant("changedAt", of: entry)
        else { return nil }
        rules = stored.compactMap(\.string)
        guard rules.count == stored.count else { return nil }
        mergePolicy = policy
        (self.askedSince, self.changedAt) = (askedSince, changedAt)
        mappedBefore = FlowConsent.mappedBefore(entry)
    }

    private static func mappedBefore(_ entry: ControlEntry) -> Set<Audience.ID> {
        Set(
            (entry.body["mappedBefore"]?.array ?? []).compactMap { $0.string.flatMap { UUIDBytes($0) } }.map {
                .init(uuid: $0)
            }
        )
    }

    private static func instant(_ member: String, of entry: ControlEntry) -> Timestamp? {
        entry.body[member]?.int64.map { Timestamp(milliseconds: $0) }
    }

    /// The stored form.
    var body: JSONObject {
        var body: JSONObject = [
            "rules": .array(rules.map { .string($0) }), "mergePolicyId": .string(mergePolicy),
            "askedSince": .integer(askedSince.milliseconds), "changedAt": .integer(changedAt.milliseconds),
        ]
        let before = mappedBefore.map(\.uuid).sorted()
        if !before.isEmpty { body["mappedBefore"] = .array(before.map { .string($0.description) }) }
        return body
    }

    /// Those whom a dataflow may not tell of by it.
    ///
    /// - Throws: That the rules cannot be read.
    func withheld(from dataflow: Dataflow.ID) throws(CatalogError) -> AudienceDefinition {
        // A rule may end in a comment, which goes to the end of its line.
        let text = rules.isEmpty ? "1 = 1" : rules.map { "(\n\($0)\n)" }.joined(separator: " and ")
        guard let policy = UUIDBytes(mergePolicy), let expression = try? PQLExpression(parsing: text) else {
            throw CatalogError(
                dataflow: dataflow,
                message:
                    "what the consent policies about dataflow \(dataflow.uuid) ask together cannot be read: it is too long or too "
                    + "deep; make them fewer or shorter"
            )
        }
        return .withheld(
            from: dataflow,
            unless: expression,
            mergePolicy: MergePolicy.ID(uuid: policy),
            askedSince: askedSince,
            changedAt: changedAt
        )
    }
}

extension ControlSnapshot {
    /// The policies that ask people first and are on, and whether each that asks can be read: what one asked by another version
    /// goes on being asked.
    var consentPolicies: (enabled: [UsagePolicy], areAllRead: Bool) {
        let asking = entries(.usagePolicy).filter { $0.body["consent"] != nil }
        let policies = asking.compactMap(UsagePolicy.init)
        let enabled = (corePolicies.filter { $0.consent != nil } + policies).filter { $0.status == .enabled }
        return (enabled, policies.count == asking.count)
    }

    /// The merge policy whose view consent is read in: the default, or the oldest that joins identities; nil when none does, so that
    /// nobody could say for a person.
    var consentMergePolicy: String? { mergePolicies().first { $0.identityGraph != .none }?.id.uuid.description }

    /// Those whom dataflows may not tell of, for the engine.
    ///
    /// - Parameter unreadable: Gets what cannot be read; such a dataflow must not be used.
    /// - Returns: One audience for each dataflow that asks for consent, or did.
    func withheld(unreadable: inout [CatalogError]) -> [AudienceDefinition] {
        var definitions: [AudienceDefinition] = []
        for entry in entries(.flowConsent) {
            guard let id = UUIDBytes(entry.id) else { continue }
            let dataflow = Dataflow.ID(uuid: id)
            do throws(CatalogError) {
                guard let consent = FlowConsent(entry) else {
                    throw CatalogError(
                        dataflow: dataflow,
                        message:
                            "the consent that dataflow \(entry.id) asks for is not as it was stored; change its consent policies"
                    )
                }
                definitions.append(try consent.withheld(from: dataflow))
            } catch {
                unreadable.append(error)
            }
        }
        return definitions
    }
}
