import ActivationCore
import ActivationEngine

/// Values of profiles that stand in value files: what comes from the commit log goes there, and whatever the database writes
/// by itself goes into its own rows.
extension WriterDatabase {
    // MARK: Profiles

    /// Enters what a profile is now, in a value file if values are written there.
    func put(_ profile: StoredProfile, _ scope: Scope) throws(StorageError) {
        let before = try reads.place(of: profile.row)
        guard let place = try values.append(profile) else {
            try putRow(profile, value: profile.value, scope)
            return try forgetPlace(before, of: profile.row)
        }
        if before == nil {
            try putRow(profile, value: [], scope)
        } else if before?.hasDue == true || place.hasDue {
            statements.setDue.bind(1, profile.row)
            statements.setDue.bind(2, profile.due?.milliseconds)
            try statements.setDue.run()
        }
        try move(profile.row, from: before, to: place)
    }

    /// Notes that a row's record stands in another place.
    func move(_ row: Int64, from before: ValuePlace?, to place: ValuePlace) throws(StorageError) {
        try places.put(place, of: row)
        if let before { values.drop(before) }
    }

    private func putRow(_ profile: StoredProfile, value: [UInt8], _ scope: Scope) throws(StorageError) {
        let putProfile = statements.putProfile
        putProfile.bind(1, profile.row)
        putProfile.bind(2, scope.rawValue)
        putProfile.bind(3, profile.id.uuid)
        putProfile.bind(4, profile.revision)
        putProfile.bind(5, value)
        putProfile.bind(6, profile.due?.milliseconds)
        try putProfile.run()
    }

    /// Notes that a row's value does not stand in a value file any more.
    private func forgetPlace(_ place: ValuePlace?, of row: Int64) throws(StorageError) {
        guard let place else { return }
        try places.put(nil, of: row)
        values.drop(place)
    }

    /// Writes a profile that is stored at a revision.
    ///
    /// - Throws: `conflict` when it is not.
    func update(_ write: CommitPlan.ProfileWrite, in scope: Scope) throws(StorageError) {
        let profile = write.profile
        if let place = try reads.place(of: profile.row) {
            try check(place, profile.row, holds: profile.id, at: write.expectedRevision)
            try putRow(profile, value: profile.value, scope)
            return try forgetPlace(place, of: profile.row)
        }
        let updateProfile = statements.updateProfile
        updateProfile.bind(1, profile.row)
        updateProfile.bind(2, profile.id.uuid)
        updateProfile.bind(3, write.expectedRevision)
        updateProfile.bind(4, profile.revision)
        updateProfile.bind(5, profile.value)
        updateProfile.bind(6, profile.due?.milliseconds)
        try updateProfile.run()
        guard connection.changes == 1 else { throw .notAtRevision(profile.id, write.expectedRevision) }
    }

    /// Removes a profile that is stored at a revision, and nothing else of it.
    ///
    /// - Throws: `conflict` when it is not.
    func delete(_ profile: StoredProfile) throws(StorageError) {
        if let place = try reads.place(of: profile.row) {
            try check(place, profile.row, holds: profile.id, at: profile.revision)
            statements.deletePlaced.bind(1, profile.row)
            try statements.deletePlaced.run()
            return try forgetPlace(place, of: profile.row)
        }
        let deleteProfile = statements.deleteProfile
        deleteProfile.bind(1, profile.row)
        deleteProfile.bind(2, profile.id.uuid)
        deleteProfile.bind(3, profile.revision)
        try deleteProfile.run()
        guard connection.changes == 1 else { throw .notAtRevision(profile.id, profile.revision) }
    }

    private func check(
        _ place: ValuePlace,
        _ row: Int64,
        holds profile: Profile.ID,
        at revision: Int64
    ) throws(StorageError) {
        let stored = try values.files.profile(in: row, at: place)
        guard stored.id == profile, stored.revision == revision else { throw .notAtRevision(profile, revision) }
    }

    // MARK: Bringing them into the database

    /// Bytes of values that one transaction brings into the database.
    private static let takenInBytes = 4 << 20

    /// Brings every value into the database itself, so that it needs no value files.
    ///
    /// - Parameter progress: Told how many bytes are brought in.
    /// - Throws: `corrupt` when one of them cannot be read, `full` or `io` when it cannot be written.
    func takeInValues(_ progress: (_ bytes: Int64) -> Void) throws(StorageError) {
        let take = try connection.prepare("UPDATE profile SET revision = ?2, value = ?3 WHERE row = ?1")
        var (last, taken) = (Int64.min, Int64(0))
        var isDone = false
        while !isDone {
            isDone = try transaction { () throws(StorageError) in
                var bytes = 0
                let isDone = try places.forEach(after: last) { row, place throws(StorageError) in
                    let profile = try values.files.profile(in: row, at: place)
                    take.bind(1, row)
                    take.bind(2, profile.revision)
                    take.bind(3, profile.value)
                    try take.run()
                    last = row
                    bytes += place.slots * ValuePlace.slotBytes
                    return bytes < Self.takenInBytes
                }
                taken += Int64(bytes)
                if isDone {
                    try connection.execute("DELETE FROM profile_place")
                    values.forgetAll()
                }
                return isDone
            }
            progress(taken)
        }
    }

    // MARK: Transactions

    /// Makes durable what was appended, and notes in the database how far the files are written; before it is committed.
    func prepareValues() throws(StorageError) {
        try places.flush()
        for (number, account) in try values.prepare() {
            guard let account else {
                statements.deleteValueFile.bind(1, Int64(number))
                try statements.deleteValueFile.run()
                continue
            }
            statements.putValueFile.bind(1, Int64(number))
            statements.putValueFile.bind(2, Int64(account.used))
            statements.putValueFile.bind(3, Int64(account.live))
            try statements.putValueFile.run()
        }
    }
}

extension Connection {
    /// What the database says of its value files.
    func valueFileAccounts() throws(StorageError) -> [UInt32: ValueStore.Account] {
        let rows = try prepare("SELECT number, used, live FROM value_file")
        defer { rows.reset() }
        var accounts: [UInt32: ValueStore.Account] = [:]
        while try rows.next() {
            let account = ValueStore.Account(used: Int(try rows.count(1)), live: Int(try rows.count(2)))
            let number: UInt32 = try rows.number(0)
            guard (1...ValuePlace.fileMax).contains(number), account.live <= account.used,
                account.used <= ValuePlace.slotsOfFileMax
            else {
                throw StorageError(
                    .corrupt,
                    "what the database says of value file \(number) cannot be; restore the database from a backup"
                )
            }
            accounts[number] = account
        }
        return accounts
    }

    /// Bytes of all values that stand in value files.
    func valueBytes() throws(StorageError) -> Int64 {
        Int64(try valueFileAccounts().values.reduce(0) { $0 + $1.live } * ValuePlace.slotBytes)
    }
}
