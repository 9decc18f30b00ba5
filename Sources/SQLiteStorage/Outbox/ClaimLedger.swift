import ActivationCore

/// Who has which rows of one dataflow's outbox in hand, and where to look for more; memory only, so a crash releases
/// everything.
///
/// Rows are looked at once, in order, up to ``scanned``. A row whose profile may not have more rows out is passed over:
/// the profile remembers the first such row and is looked up by itself as soon as it may go on. So neither a profile
/// with a million waiting rows nor one whose rows are slow makes anybody read the same rows again (RULINGS 34).
///
/// Invariant: a waiting row at or before ``scanned`` is claimed, or its profile's `passedOver` is at or before it.
struct ClaimLedger {
    private struct Key {
        /// Claimed rows that were handed out under this profile.
        var claimed: [Int64] = []
        /// Claimed rows that were handed out under a profile which this one has absorbed; while there are any, nothing
        /// of this profile goes out, because the destination cannot order the two (RULINGS 17).
        var inherited: [Int64] = []
        /// No row before this one waits unclaimed; nil = none up to `scanned` does.
        var passedOver: Int64?

        mutating func giveBack(_ row: Int64) {
            claimed.removeAll { $0 == row }
            passedOver = min(row, passedOver ?? row)
        }
    }

    /// The last row that was looked at.
    private(set) var scanned: Int64
    /// Each claimed row and the profile it counts for.
    private var claims: [Int64: Profile.ID] = [:]
    private var keys: [Profile.ID: Key] = [:]
    /// Profiles that were passed over and may go on; the one with the oldest row first.
    private var ready = ReadyQueue()
    private var limitPerProfile = 0

    /// Starts before a dataflow's first row.
    init(before row: Int64) {
        scanned = row
    }

    /// Whether a row is in somebody's hands.
    func isClaimed(_ row: Int64) -> Bool { claims[row] != nil }

    /// Sets how many rows of one profile may be out at a time, from now on.
    mutating func limit(perProfile limit: Int) {
        guard limit != limitPerProfile else { return }
        limitPerProfile = limit
        for profile in keys.keys { makeReady(profile) }
    }

    // MARK: Claiming

    /// Decides about the next row in order.
    ///
    /// - Returns: Whether it is claimed now; else it was passed over.
    mutating func claimNext(_ row: Int64, of profile: Profile.ID) -> Bool {
        precondition(row > scanned, "row \(row) was looked at before, the last one was \(scanned)")
        scanned = row
        guard mayGoOn(profile) else {
            if keys[profile]?.passedOver == nil { keys[profile]?.passedOver = row }
            return false
        }
        keys[profile, default: Key()].claimed.append(row)
        claims[row] = profile
        return true
    }

    /// The profile whose passed over rows are next, and the row to start looking from; nil when there is none.
    mutating func nextReady() -> (profile: Profile.ID, from: Int64)? {
        while let (row, profile) = ready.removeFirst() {
            // Entries outlive what they say: the profile may have been merged, claimed or queued again since.
            if keys[profile]?.passedOver == row, mayGoOn(profile) { return (profile, row) }
        }
        return nil
    }

    /// Claims a passed over row, or only notes where it is when another profile has an older one.
    ///
    /// - Parameters:
    ///   - row: The profile's first unclaimed row from where ``nextReady()`` said, nil when there is none.
    ///   - profile: The profile.
    /// - Returns: Whether the row is claimed now.
    mutating func claimPassedOver(_ row: Int64?, of profile: Profile.ID) -> Bool {
        guard let row else {
            keys[profile]?.passedOver = nil
            forgetIfIdle(profile)
            return false
        }
        if let next = ready.first, next < row {
            keys[profile]?.passedOver = row
            makeReady(profile)
            return false
        }
        keys[profile]?.claimed.append(row)
        keys[profile]?.passedOver = row < scanned ? row + 1 : nil
        claims[row] = profile
        makeReady(profile)
        return true
    }

    private func mayGoOn(_ profile: Profile.ID) -> Bool {
        guard let key = keys[profile] else { return true }
        // A passed over row is older than any row still to come, so it goes first.
        return key.inherited.isEmpty && key.claimed.count < limitPerProfile
    }

    private mutating func makeReady(_ profile: Profile.ID) {
        if let row = keys[profile]?.passedOver, mayGoOn(profile) { ready.insert(row, profile) }
    }

    private mutating func forgetIfIdle(_ profile: Profile.ID) {
        guard let key = keys[profile] else { return }
        if key.claimed.isEmpty && key.inherited.isEmpty && key.passedOver == nil { keys[profile] = nil }
    }

    // MARK: Settling

    /// Forgets the claim of a row that has left; does nothing for a row that is not claimed.
    mutating func settle(_ row: Int64) {
        guard let profile = claims.removeValue(forKey: row) else { return }
        keys[profile]?.claimed.removeAll { $0 == row }
        keys[profile]?.inherited.removeAll { $0 == row }
        makeReady(profile)
        forgetIfIdle(profile)
    }

    /// Takes claims back that never got into anybody's hands, because the claim failed on its way.
    mutating func giveBack(_ rows: [Int64]) {
        for row in rows {
            guard let profile = claims.removeValue(forKey: row) else { continue }
            keys[profile]?.giveBack(row)
        }
        for profile in keys.keys { makeReady(profile) }
    }

    /// Follows a merge: the absorbed profile's waiting rows are the survivor's now, which waits for its rows in flight.
    mutating func rekey(_ absorbed: Profile.ID, to survivor: Profile.ID) {
        guard let gone = keys.removeValue(forKey: absorbed) else { return }
        var key = keys[survivor] ?? Key()
        let inFlight = gone.claimed + gone.inherited
        for row in inFlight { claims[row] = survivor }
        key.inherited += inFlight
        if let row = gone.passedOver { key.passedOver = min(row, key.passedOver ?? row) }
        keys[survivor] = key
        makeReady(survivor)
    }
}
