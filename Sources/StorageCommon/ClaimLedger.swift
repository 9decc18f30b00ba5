package import ActivationCore

/// Who has which rows of one dataflow's outbox in hand, and where to look for more; memory only, so a crash releases
/// everything.
///
/// Rows are looked at once, in order, up to ``scanned``. A row whose profile may not have more rows out is passed over:
/// the profile remembers the first such row and is looked up by itself as soon as it may go on. So neither a profile
/// with a million waiting rows nor one whose rows are slow makes anybody read the same rows again (BEHAVIOUR 3.16).
///
/// While profiles with older rows are held (``hold(through:)``) only rows after those are looked at, and rows of held
/// profiles are left without a note: whatever may end a hold begins the looking again, so they are found then.
///
/// In a lane that several nodes may have, rows that are no records go out alone (``LaneRowKind``): a gate stays in hand until it is gone
/// from the database, and everything of its profile waits for that; a marker comes into somebody's hands when everything of its profile
/// has been settled, and this is its turn.
///
/// Invariant: a waiting row after the held ones and at or before ``scanned`` is claimed, or its profile's `passedOver`
/// is at or before it, or its profile is held.
package struct ClaimLedger {
    private struct Key {
        /// Claimed rows that were handed out under this profile.
        var claimed: [Int64] = []
        /// Claimed rows that were handed out under a profile which this one has absorbed; while there are any, nothing
        /// of this profile goes out, because the destination cannot order the two (BEHAVIOUR 3.12).
        var inherited: [Int64] = []
        /// No row before this one waits unclaimed; nil = none up to `scanned` does.
        var passedOver: Int64?
        /// Whether that is known to be a row which leaves alone.
        var passedOverIsAlone = false
        /// The claimed row that leaves alone, if one is claimed.
        var alone: Int64?

        mutating func giveBack(_ row: Int64) {
            claimed.removeAll { $0 == row }
            if alone == row { alone = nil }
            passedOverIsAlone = false
            passedOver = min(row, passedOver ?? row)
        }
    }

    /// The last row that was looked at.
    package private(set) var scanned: Int64
    /// Profiles that wait with a row at or before this one are held; nil = nobody is.
    package private(set) var heldThrough: Int64?
    /// The last number of those who became others that it was told of (``rekey(_:to:)``), where they are numbered.
    package var followed: Int64 = 0
    /// Where looking begins when nobody is held.
    private let start: Int64
    /// Each claimed row and the profile it counts for.
    private var claims: [Int64: Profile.ID] = [:]
    /// The audiences of which claimed rows tell, as far as they tell of any.
    private var told: [Int64: [Audience.ID]] = [:]
    private var keys: [Profile.ID: Key] = [:]
    /// Profiles that were passed over and may go on; the one with the oldest row first.
    private var ready = ReadyQueue()
    private var limitPerProfile = 0

    /// Starts before a dataflow's first row.
    package init(before row: Int64) {
        scanned = row
        start = row
    }

    /// Whether nothing is in anybody's hands, nor was passed over for that.
    package var isIdle: Bool { keys.isEmpty }

    /// Whether a row is in somebody's hands.
    package func isClaimed(_ row: Int64) -> Bool { claims[row] != nil }

    /// The profile for which a row is in somebody's hands, nil when it is in nobody's.
    package func claimant(of row: Int64) -> Profile.ID? { claims[row] }

    /// Notes of which audiences a claimed row tells, for the case that it is gone when it turns out to have been delivered.
    package mutating func note(_ audiences: [Audience.ID], toldBy row: Int64) {
        if !audiences.isEmpty { told[row] = audiences }
    }

    /// The audiences of which a claimed row tells.
    package func audiences(toldBy row: Int64) -> [Audience.ID] { told[row] ?? [] }

    /// Sets how many rows of one profile may be out at a time, from now on.
    package mutating func limit(perProfile limit: Int) {
        guard limit != limitPerProfile else { return }
        limitPerProfile = limit
        for profile in keys.keys { makeReady(profile) }
    }

    // MARK: Holding

    /// Holds profiles that wait with a row at or before this one, from now on; nil = nobody.
    package mutating func hold(through row: Int64?) {
        let row = row.flatMap { $0 > start ? $0 : nil }
        guard row != heldThrough else { return }
        heldThrough = row
        lookAgain()
    }

    /// Begins the looking again; claimed rows stay claimed.
    private mutating func lookAgain() {
        scanned = max(start, heldThrough ?? start)
        ready = ReadyQueue()
        for profile in Array(keys.keys) {
            keys[profile]?.passedOver = nil
            keys[profile]?.passedOverIsAlone = false
            forgetIfIdle(profile)
        }
    }

    // MARK: Claiming

    /// Whether a profile may have one more row out.
    package func mayGoOn(_ profile: Profile.ID, with kind: LaneRowKind = .record) -> Bool {
        guard let key = keys[profile] else { return true }
        guard key.inherited.isEmpty, key.alone == nil else { return false }
        return kind == .record ? key.claimed.count < limitPerProfile : key.claimed.isEmpty
    }

    /// Whether a profile may have the next row in order out, which is behind all that it was passed over with.
    package func mayGoOnToNext(_ profile: Profile.ID, with kind: LaneRowKind) -> Bool {
        !(keys[profile]?.passedOverIsAlone ?? false) && mayGoOn(profile, with: kind)
    }

    /// Whether the row that a profile was passed over with may go out, as far as is known what it is.
    private func mayGoOnWherePassedOver(_ profile: Profile.ID) -> Bool {
        mayGoOn(profile, with: keys[profile]?.passedOverIsAlone ?? false ? .gate : .record)
    }

    /// Goes past the next row in order, which is claimed already or whose profile is held.
    package mutating func skip(_ row: Int64) {
        scanned = row
    }

    /// Claims the next row in order, whose profile may go on, or passes it over.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - kind: What it is.
    ///   - profile: Whose it is.
    /// - Returns: Whether it is claimed now.
    package mutating func claimNext(_ row: Int64, _ kind: LaneRowKind = .record, of profile: Profile.ID) -> Bool {
        scanned = row
        // What was passed over is older than any row still to come and was looked at before this one.
        guard mayGoOnToNext(profile, with: kind) else {
            if keys[profile]?.passedOver == nil {
                keys[profile]?.passedOver = row
                keys[profile]?.passedOverIsAlone = kind != .record
            }
            return false
        }
        keys[profile, default: Key()].claimed.append(row)
        if kind != .record { keys[profile]?.alone = row }
        claims[row] = profile
        return true
    }

    /// The profile whose passed over rows are next, and the row to start looking from; nil when there is none.
    package mutating func nextReady() -> (profile: Profile.ID, from: Int64)? {
        while let (row, profile) = ready.removeFirst() {
            // Entries outlive what they say: the profile may have been merged, claimed or queued again since.
            if keys[profile]?.passedOver == row, mayGoOnWherePassedOver(profile) { return (profile, row) }
        }
        return nil
    }

    /// Whether no other profile has a passed over row before this one.
    package func isFirstReady(_ row: Int64) -> Bool {
        ready.first.map { row <= $0 } ?? true
    }

    /// Forgets that rows of a profile were passed over: there are none, or the profile is held.
    package mutating func nothingPassedOver(of profile: Profile.ID) {
        keys[profile]?.passedOver = nil
        keys[profile]?.passedOverIsAlone = false
        forgetIfIdle(profile)
    }

    /// Notes where a profile's first passed over row really is; its turn comes again.
    package mutating func passOver(_ row: Int64, _ kind: LaneRowKind = .record, of profile: Profile.ID) {
        keys[profile]?.passedOver = row
        keys[profile]?.passedOverIsAlone = kind != .record
        makeReady(profile)
    }

    /// Claims a profile's first passed over row.
    package mutating func claimPassedOver(_ row: Int64, _ kind: LaneRowKind = .record, of profile: Profile.ID) {
        keys[profile]?.claimed.append(row)
        if kind != .record { keys[profile]?.alone = row }
        keys[profile]?.passedOver = row < scanned ? row + 1 : nil
        keys[profile]?.passedOverIsAlone = false
        claims[row] = profile
        makeReady(profile)
    }

    private mutating func makeReady(_ profile: Profile.ID) {
        if let row = keys[profile]?.passedOver, mayGoOnWherePassedOver(profile) { ready.insert(row, profile) }
    }

    private mutating func forgetIfIdle(_ profile: Profile.ID) {
        guard let key = keys[profile] else { return }
        if key.claimed.isEmpty && key.inherited.isEmpty && key.passedOver == nil { keys[profile] = nil }
    }

    // MARK: Settling

    /// Forgets the claims of rows that have left; some may not have been claimed.
    package mutating func settle(_ rows: some Sequence<Int64>) {
        var mayEndHold = false
        for row in rows {
            // It may have been the one for which its profile was held.
            if let heldThrough, row <= heldThrough { mayEndHold = true }
            guard let profile = claims.removeValue(forKey: row) else { continue }
            told[row] = nil
            keys[profile]?.claimed.removeAll { $0 == row }
            keys[profile]?.inherited.removeAll { $0 == row }
            if keys[profile]?.alone == row { keys[profile]?.alone = nil }
            makeReady(profile)
            forgetIfIdle(profile)
        }
        if mayEndHold { lookAgain() }
    }

    /// Takes claims back that never got into anybody's hands, because the claim failed on its way.
    package mutating func giveBack(_ rows: [Int64]) {
        for row in rows {
            guard let profile = claims.removeValue(forKey: row) else { continue }
            keys[profile]?.giveBack(row)
        }
        for profile in keys.keys { makeReady(profile) }
    }

    /// Follows a merge: the absorbed profile's waiting rows are the survivor's now, which waits for its rows in flight.
    package mutating func rekey(_ absorbed: Profile.ID, to survivor: Profile.ID) {
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
