import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// See ``Storage/load(_:)``.
    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        try reads.read { () throws(StorageError) in
            var rows: [Int64] = []
            rows.reserveCapacity(request.identities.count + request.profiles.count)
            for identity in request.identities { rows.append(try reads.row(of: identity, in: request.scope, tallies)) }
            for profile in request.profiles { rows.append(try reads.row(of: profile, in: request.scope) ?? 0) }
            var loaded = tallies.emptyState(of: request.scope)
            let slots = try StoreReads.loadProfiles(
                rows,
                bytesMax: request.bytesMax ?? .max,
                by: reads.profile(in:),
                into: &loaded.profiles
            )
            loaded.identityProfiles = Array(slots.prefix(request.identities.count))
            return loaded
        }
    }

    /// See ``Storage/profileRows(scope:after:limit:)``.
    func profileRows(scope: Scope, after row: Int64, limit: Int) throws(StorageError) -> [ProfileRow] {
        let range = RowSpace.profiles(ofScope: scope.rawValue)
        let scanProfiles = statements.scanProfiles
        scanProfiles.bind(1, max(range.lowerBound, row))
        scanProfiles.bind(2, range.upperBound)
        scanProfiles.bind(3, Int64(limit))
        defer { scanProfiles.reset() }
        var rows: [ProfileRow] = []
        while try scanProfiles.next() {
            rows.append(ProfileRow(row: scanProfiles.integer(0), id: Profile.ID(uuid: try scanProfiles.uuid(1))))
        }
        return rows
    }
}

extension Tallies {
    /// What is known of a scope before anything is loaded.
    func emptyState(of scope: Scope) -> LoadedState {
        LoadedState(hasSuppressions: scopes[scope]?.hasSuppressions ?? false, hasMarks: hasMarks)
    }
}
