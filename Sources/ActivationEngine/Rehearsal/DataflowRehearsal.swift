public import ActivationCore

/// Decides what a dataflow would send at once if it became another, and performs nothing of it (BEHAVIOUR 3.19).
///
/// It takes the turns of the backfill that the change would order, by the rules of the engine itself, so what it counts is
/// what the backfill exports, and its records are that one's. A value: whoever has it asks with it again and again, and it
/// stays prepared.
public struct DataflowRehearsal: StoredProfileRehearsal {
    /// How many records are kept to be shown.
    public var messagesMax = 0
    /// Some records of profiles: those that would be sent at once first, then of profiles of whom nothing would be.
    public var messages: [RehearsedMessage] { Array((sent + others).prefix(messagesMax)) }

    private let proposed: CatalogDefinition
    /// The dataflow as it is, alone; nil when it is not there yet.
    private let present: CatalogDefinition?
    /// The rules of audiences are taken from there.
    private let compiled: Catalog
    /// The dataflow.
    public let dataflow: Dataflow.ID
    private let scope: Scope
    private let options: DecisionOptions
    /// What the change would order.
    private let orders: [Backfill]
    /// Orders for showing a record of any member.
    private let shown: (before: Backfill?, after: Backfill)
    private var sent: [RehearsedMessage] = []
    private var others: [RehearsedMessage] = []
    /// Whose records are kept; a sample and what is read in order meet the same people.
    private var kept: Set<Profile.ID> = []
    private var prepared: Prepared?

    /// What profiles are decided by, as long as the dictionaries do not grow.
    private struct Prepared: Sendable {
        let knownPaths: Int
        let proposed: Catalog
        let present: Catalog?
        let paths: PathDictionary
    }

    /// Puts a dataflow in the place of the one with its id.
    init(
        _ dataflow: Dataflow,
        sending added: Set<Audience.ID>,
        unmapping unmapped: [Dataflow.MappedAudience],
        asking consent: AudienceDefinition?,
        in definition: CatalogDefinition,
        compiled: Catalog,
        scope: Scope,
        options: DecisionOptions
    ) {
        func alone(_ dataflow: Dataflow, _ orders: [Backfill]) -> CatalogDefinition {
            var alone = definition
            var enabled = dataflow
            // A disabled one sends the same once it is enabled.
            enabled.isEnabled = true
            alone.dataflows = [enabled]
            alone.backfills = orders
            return alone
        }
        func order(_ number: UInt64, _ audiences: Set<Audience.ID>, _ unmapped: [Dataflow.MappedAudience]) -> Backfill {
            Backfill(
                id: Backfill.ID(uuid: UUIDBytes(high: 0, low: number)),
                dataflow: dataflow.id,
                audiences: audiences,
                unmapped: unmapped,
                // Whoever is a member when asked was one before.
                orderedAt: Timestamp(milliseconds: .max)
            )
        }
        var orders: [Backfill] = []
        if !added.isEmpty { orders.append(order(1, added, [])) }
        if dataflow.options.emitsUnmapping, !unmapped.isEmpty { orders.append(order(2, [], unmapped)) }
        let after = order(3, Set(dataflow.audiences.map(\.audience)), [])
        let former = definition.dataflows.first { $0.id == dataflow.id }
        let before = former.map { order(4, Set($0.audiences.map(\.audience)), []) }
        self.orders = orders
        shown = (before, after)
        var proposed = alone(dataflow, orders + [after])
        proposed.ask(consent, by: dataflow.id)
        self.proposed = proposed
        present = former.map { alone($0, [before].compactMap(\.self)) }
        self.compiled = compiled
        self.dataflow = dataflow.id
        self.scope = scope
        self.options = options
    }

    /// Makes it ready for profiles that a dictionary numbers.
    ///
    /// - Throws: `invalidCatalog` when the dataflow cannot be used.
    private mutating func prepare(for paths: PathDictionary, kept leaves: LeafSet?) throws(EngineError) -> Prepared {
        if let prepared, prepared.knownPaths == paths.count { return prepared }
        var all = paths
        do throws(CatalogError) {
            var after = try Catalog(compiling: proposed, paths: &all, reusing: compiled)
            var before: Catalog?
            if let present { before = try Catalog(compiling: present, paths: &all, reusing: compiled) }
            // What profiles keep of their events counts, so that fewer are read.
            if let leaves {
                after.recall([leaves])
                before?.recall([leaves])
            }
            let made = Prepared(knownPaths: paths.count, proposed: after, present: before, paths: all)
            prepared = made
            return made
        } catch {
            throw EngineError(.invalidCatalog, error.message)
        }
    }

    mutating func decide(
        _ profiles: [StoredProfile],
        paths: PathDictionary,
        datasets: DatasetDictionary,
        leaves: LeafSet?,
        admission: AdmissionMark,
        storage: any Storage
    ) async throws -> RehearsedEffect {
        let prepared = try prepare(for: paths, kept: leaves)
        func trial(_ catalog: Catalog) -> TrialBatch {
            TrialBatch(
                empty: DecisionBatch(
                    scope: scope,
                    catalog: catalog,
                    paths: prepared.paths,
                    datasets: datasets,
                    admission: admission,
                    options: options
                ),
                storage: storage
            )
        }
        let after = trial(prepared.proposed)
        let before = prepared.present.map(trial)
        var effect = RehearsedEffect()
        var rest = profiles[...]
        while !rest.isEmpty, !Task.isCancelled {
            let group = rest.prefix(TrialBatch.profilesMax)
            rest = rest.dropFirst(group.count)
            func isWanted(_ profile: StoredProfile, by order: Backfill) throws(StorageError) -> Bool {
                do throws(ProfileValueError) {
                    return try order.wants(profile, paths: prepared.paths, datasets: datasets)
                } catch {
                    throw StorageError(error)
                }
            }
            var turns: [Profile.ID: [Backfill.ID]] = [:]
            for profile in group {
                for order in orders where try isWanted(profile, by: order) {
                    turns[profile.id, default: []].append(order.id)
                }
            }
            let turning = group.filter { turns[$0.id] != nil }
            let rows = try await self.rows(of: turning[...], by: after, at: admission.instant) { turns[$0.id] ?? [] }
            for row in rows { effect.add(row) }
            for profile in group {
                let orders = turns[profile.id] ?? []
                guard !kept.contains(profile.id) else { continue }
                guard orders.isEmpty ? needsOthers : sent.count < messagesMax else { continue }
                if orders.isEmpty {
                    let isShown = try isWanted(profile, by: shown.after)
                    let wasShown = try shown.before.map { order throws(StorageError) in try isWanted(profile, by: order)
                    }
                    guard isShown || wasShown ?? false else { continue }
                }
                try await show(profile, orders, before: before, after: after, at: admission.instant)
            }
            effect.profiles += group.count
            effect.lastRow = group.last?.row
            await Task.yield()
        }
        return effect
    }

    /// The records of one profile as things would be, as if it had its turn in a backfill of all that is mapped.
    mutating func records(
        of profile: StoredProfile,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        leaves: LeafSet?,
        admission: AdmissionMark,
        storage: any Storage
    ) async throws -> [OutboxRow] {
        let prepared = try prepare(for: paths, kept: leaves)
        let trial = TrialBatch(
            empty: DecisionBatch(
                scope: scope,
                catalog: prepared.proposed,
                paths: prepared.paths,
                datasets: datasets,
                admission: admission,
                options: options
            ),
            storage: storage
        )
        let order = shown.after.id
        return try await rows(of: [profile], by: trial, at: admission.instant) { _ in [order] }
    }

    /// Whether records of profiles of whom nothing would be sent are wanted.
    private var needsOthers: Bool { sent.count + others.count < messagesMax }

    /// Keeps a profile's record as it is and as it would be.
    private mutating func show(
        _ profile: StoredProfile,
        _ orders: [Backfill.ID],
        before: TrialBatch?,
        after: TrialBatch,
        at now: Timestamp
    ) async throws(StorageError) {
        let turns = orders.isEmpty ? [shown.after.id] : orders
        let new = try await rows(of: [profile], by: after, at: now) { _ in turns }.first
        var old: OutboxRow?
        if let before, let order = shown.before {
            let rows = try await self.rows(of: [profile], by: before, at: now) { _ in [order.id] }
            old = rows.first { row in new.map { $0.mergePolicy == row.mergePolicy && $0.place == row.place } ?? true }
        }
        guard new != nil || old != nil else { return }
        kept.insert(profile.id)
        let message = RehearsedMessage(before: old, after: new, isSent: !orders.isEmpty && new != nil)
        if message.isSent { sent.append(message) } else { others.append(message) }
    }

    /// The records of profiles' turns in backfills.
    private func rows(
        of profiles: ArraySlice<StoredProfile>,
        by trial: TrialBatch,
        at now: Timestamp,
        in orders: (StoredProfile) -> [Backfill.ID]
    ) async throws(StorageError) -> [OutboxRow] {
        guard !profiles.isEmpty else { return [] }
        var rows: [OutboxRow] = []
        let dataflow = dataflow
        try await trial.decide(profiles) { profile in
            orders(profile).map { Input(cause: .backfill(profile.id, row: profile.row, $0), now: now) }
        } _: { plan in
            rows += plan.outbox.filter { $0.dataflow == dataflow && $0.lane == .backfill }
        }
        return rows
    }
}
