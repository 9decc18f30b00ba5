public import ActivationCore

/// Decides what would happen to stored profiles if an audience became what a question asks, and performs nothing of it.
///
/// It decides by the rules of the engine itself, over the configuration that counted when it began, with the audience
/// replaced. A value: whoever has it asks with it again and again, and it stays prepared.
public struct AudienceRehearsal: Sendable {
    /// The audience that would become another.
    public let audience: Audience.ID
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

    /// Profiles that are decided together, and the bytes that their events may take; a profile alone may take any.
    private static let profilesMax = 64
    private static let eventBytesMax = 32 << 20

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
    ) async throws -> AudienceEffect {
        let prepared = try prepare(for: paths, kept: leaves)
        let empty = DecisionBatch(
            scope: scope,
            catalog: prepared.catalog,
            paths: prepared.paths,
            datasets: datasets,
            admission: admission,
            options: options
        )
        var effect = AudienceEffect()
        var rest = profiles[...]
        while !rest.isEmpty, !Task.isCancelled {
            let group = rest.prefix(AudienceRehearsal.profilesMax)
            rest = rest.dropFirst(group.count)
            effect += try await decide(group, empty, admission.instant, storage)
            await Task.yield()
        }
        return effect
    }

    private func decide(
        _ group: ArraySlice<StoredProfile>,
        _ empty: DecisionBatch,
        _ now: Timestamp,
        _ storage: any Storage
    ) async throws(StorageError) -> AudienceEffect {
        do throws(StorageError) {
            return try await decide(group, empty, now, storage, bytesMax: AudienceRehearsal.eventBytesMax)
        } catch {
            guard error.code == .tooLarge else { throw error }
        }
        var effect = AudienceEffect()
        for profile in group { effect += try await decide([profile], empty, now, storage, bytesMax: nil) }
        return effect
    }

    private func decide(
        _ group: ArraySlice<StoredProfile>,
        _ empty: DecisionBatch,
        _ now: Timestamp,
        _ storage: any Storage,
        bytesMax: Int?
    ) async throws(StorageError) -> AudienceEffect {
        let inputs = group.map { Input(cause: .evaluation($0.id, audiences: [audience]), now: now) }
        var whole: Set<Profile.ID> = []
        // What was thought to be enough of the events may turn out not to be.
        for _ in 0..<2 {
            var batch = empty
            do throws(ProfileValueError) {
                try batch.add(Array(group), owners: [], of: [])
            } catch {
                throw StorageError(error)
            }
            try await Prefetch.addEvents(to: &batch, for: inputs[...], from: storage, whole: whole, bytesMax: bytesMax)
            for input in inputs { _ = batch.decide(input) }
            guard !batch.missingEvents.isEmpty else {
                if let gap = batch.gap { throw StorageError(.incomplete, "profiles were decided without \(gap)") }
                return AudienceEffect(of: batch.commitPlan(), on: audience)
            }
            whole = batch.missingEvents
        }
        throw StorageError(.incomplete, "profiles were decided without all of their events")
    }
}
