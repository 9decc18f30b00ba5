public import ActivationCore

/// Decides what would happen to stored profiles if an audience became what a question asks, and performs nothing of it.
///
/// It decides by the rules of the engine itself, over the configuration that counted when it began, with the audience
/// replaced. A value: whoever has it asks with it again and again, and it stays prepared.
public struct AudienceRehearsal: StoredProfileRehearsal {
    /// The audience that would become another.
    public let audience: Audience.ID
    /// How many of the records that would be sent are kept.
    public var messagesMax = 0
    /// Some of those records, the first.
    public private(set) var messages: [RehearsedMessage] = []
    /// Whose records are kept; a sample and what is read in order meet the same people.
    private var kept: Set<Profile.ID> = []
    private let definition: CatalogDefinition
    /// What counts without it; the rules of the other audiences are taken from there.
    private let present: Catalog
    private let scope: Scope
    private let options: DecisionOptions
    private var prepared: Prepared?

    /// What profiles are decided by, as long as the dictionaries do not grow.
    private struct Prepared: Sendable {
        let knownPaths: Int
        let catalog: Catalog
        let paths: PathDictionary
    }

    /// Puts a question in the place of an audience.
    ///
    /// - Throws: `invalidCatalog` when the policy does not exist.
    init(
        _ question: ProfileQuestion,
        of audience: Audience.ID,
        in definition: CatalogDefinition,
        compiled present: Catalog,
        scope: Scope,
        options: DecisionOptions
    ) throws(EngineError) {
        let policy = question.mergePolicy ?? definition.mergePolicies.first?.id
        guard let policy, definition.mergePolicies.contains(where: { $0.id == policy }) else {
            throw EngineError(.invalidCatalog, "the merge policy does not exist")
        }
        var definition = definition
        if let index = definition.audiences.firstIndex(where: { $0.id == audience }) {
            definition.audiences[index].rule = .expression(question.expression)
            definition.audiences[index].mergePolicy = policy
            // One that is inactive as it would be when it is published.
            if definition.audiences[index].lifecycle == .inactive { definition.audiences[index].lifecycle = .published }
        } else {
            // One that could not be used so far.
            let none = Timestamp(milliseconds: 0)
            definition.unusableAudiences.remove(audience)
            definition.audiences.append(
                AudienceDefinition(
                    id: audience,
                    name: audience.uuid.description,
                    mergePolicy: policy,
                    expression: question.expression,
                    createdAt: none,
                    updatedAt: none
                )
            )
        }
        // Nobody has a turn meanwhile.
        definition.backfills = []
        self.audience = audience
        self.definition = definition
        self.present = present
        self.scope = scope
        self.options = options
    }

    /// Makes it ready for profiles that a dictionary numbers.
    ///
    /// - Throws: `invalidCatalog` when the rule cannot be used, or not together with the others.
    private mutating func prepare(for paths: PathDictionary, kept leaves: LeafSet?) throws(EngineError) -> Prepared {
        if let prepared, prepared.knownPaths == paths.count { return prepared }
        var all = paths
        do throws(CatalogError) {
            var catalog = try Catalog(compiling: definition, paths: &all, reusing: present)
            // What profiles keep of their events counts, so that fewer are read.
            if let leaves { catalog.recall([leaves]) }
            let made = Prepared(knownPaths: paths.count, catalog: catalog, paths: all)
            prepared = made
            return made
        } catch {
            throw EngineError(.invalidCatalog, error.message)
        }
    }

    /// Decides profiles; only reads.
    ///
    /// - Parameters:
    ///   - profiles: The profiles.
    ///   - paths: The dictionary that numbers their paths.
    ///   - datasets: The one of their datasets.
    ///   - leaves: What they keep of their events, as far as known.
    ///   - admission: How far admission has come; its instant is that of the decisions.
    ///   - storage: Where the events are.
    /// - Returns: What would happen; of the profiles so far when the task is cancelled.
    /// - Throws: `outdated` when a profile has a number that the dictionaries lack, `invalidCatalog` as an engine's error.
    mutating func decide(
        _ profiles: [StoredProfile],
        paths: PathDictionary,
        datasets: DatasetDictionary,
        leaves: LeafSet?,
        admission: AdmissionMark,
        storage: any Storage
    ) async throws -> RehearsedEffect {
        let prepared = try prepare(for: paths, kept: leaves)
        let trial = TrialBatch(
            empty: DecisionBatch(
                scope: scope,
                catalog: prepared.catalog,
                paths: prepared.paths,
                datasets: datasets,
                admission: admission,
                options: options
            ),
            storage: storage
        )
        let audience = audience
        var effect = RehearsedEffect()
        var rest = profiles[...]
        while !rest.isEmpty, !Task.isCancelled {
            let group = rest.prefix(TrialBatch.profilesMax)
            rest = rest.dropFirst(group.count)
            var rows: [OutboxRow] = []
            try await trial.decide(group) { profile in
                [Input(cause: .evaluation(profile.id, audiences: [audience]), now: admission.instant)]
            } _: { plan in
                let counters = plan.memberCounters[audience] ?? MemberCounters()
                effect.entering += counters.entered
                effect.exiting += counters.exited
                rows += plan.outbox
            }
            for row in rows { effect.add(row) }
            let new = rows.filter { !kept.contains($0.profile) }.prefix(max(messagesMax - messages.count, 0))
            for row in new {
                kept.insert(row.profile)
                guard let profile = group.first(where: { $0.id == row.profile }) else { continue }
                let before = try? present.sample(
                    of: row.dataflow,
                    from: profile,
                    in: row.mergePolicy,
                    alone: row.place,
                    paths: prepared.paths,
                    datasets: datasets,
                    at: admission.instant
                )
                messages.append(RehearsedMessage(before: before, after: row, isSent: true))
            }
            effect.profiles += group.count
            effect.lastRow = group.last?.row
            await Task.yield()
        }
        return effect
    }
}
