import ActivationCore
import ActivationEngine
import StorageCommon

/// What a batch is loaded by, from memory and from the database.
extension LoggedDatabase {
    /// See ``Storage/load(_:)``.
    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        try reads.read { () throws(StorageError) in
            var rows: [Int64] = []
            rows.reserveCapacity(request.identities.count + request.profiles.count)
            for identity in request.identities { rows.append(try row(of: identity, in: request.scope)) }
            for profile in request.profiles { rows.append(try row(of: profile, in: request.scope) ?? 0) }
            var loaded = tallies.emptyState(of: request.scope)
            let slots = try StoreReads.loadProfiles(
                rows,
                bytesMax: request.bytesMax ?? .max,
                by: profile(in:),
                into: &loaded.profiles
            )
            loaded.identityProfiles = Array(slots.prefix(request.identities.count))
            return loaded
        }
    }

    private func row(of identity: Identity, in scope: Scope) throws(StorageError) -> Int64 {
        if let row = newest.identities[scope]?[identity] ?? performing?.identities[scope]?[identity] { return row }
        return try reads.row(of: identity, in: scope, tallies)
    }

    func row(of profile: Profile.ID, in scope: Scope) throws(StorageError) -> Int64? {
        let id = Generation.ScopedID(scope: scope, id: profile)
        if let row = newest.newRows[id] ?? performing?.newRows[id] { return row }
        return try reads.row(of: profile, in: scope)
    }

    private func profile(in row: Int64) throws(StorageError) -> StoredProfile? {
        if let written = newest.profiles[row] ?? performing?.profiles[row] { return written.profile }
        guard let profile = try reads.profile(in: row) else { return nil }
        read.note(profile)
        return profile
    }

    /// See ``Storage/loadEvents(_:)``.
    func loadEvents(_ request: EventRequest) throws(StorageError) -> [LoadedEvents] {
        let isPending = request.items.contains { $0.wantsEvents && hasPendingEvents($0.row) }
        // Rare: where a rule needs events themselves, of a profile that got one just now.
        if isPending { try exclusively { _ throws(StorageError) in } }
        var answers = try reads.loadEvents(request)
        for (index, item) in request.items.enumerated() where hasPendingEvents(item.row) {
            for (place, id) in item.ids.enumerated() where holds(item.row, id) { answers[index].known[place] = true }
        }
        return answers
    }

    private func hasPendingEvents(_ row: Int64) -> Bool {
        newest.events[row] != nil || performing?.events[row] != nil
    }

    func holds(_ row: Int64, _ event: String) -> Bool {
        let key = ByteKey(event)
        return newest.events[row]?.contains(key) == true || performing?.events[row]?.contains(key) == true
    }

    /// See ``Storage/suppressions(of:scope:)``.
    func suppressions(of digests: [IdentityDigest], scope: Scope) throws(StorageError) -> [Suppression] {
        // They are never logged.
        try reads.suppressions(of: digests, scope: scope)
    }

    /// See ``Storage/existingMarks(_:)``.
    func existingMarks(_ keys: [ResumeMark.Key]) throws(StorageError) -> Set<ResumeMark.Key> {
        // They are never logged.
        try reads.existingMarks(keys, tallies)
    }

    /// See ``Storage/admission(scope:)``.
    func admission(scope: Scope) -> AdmissionMark? { tallies.scopes[scope]?.admission }

    /// See ``Storage/profileCount(scope:)``.
    func profileCount(scope: Scope) -> Int { Int(tallies.scopes[scope]?.profiles ?? 0) }

    /// See ``Storage/deadLetterCounts(scope:)``.
    func deadLetterCounts(scope: Scope) -> [Dataflow.ID: Int64] { tallies.deadLetterCounts(scope: scope) }
}
