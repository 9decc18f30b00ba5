package import ActivationCore
package import ActivationEngine

/// A step of a claim under way (``Storage/claim(_:)``).
package struct Claim<Rows: WaitingRows> {
    private let request: ClaimRequest
    private let range: ClosedRange<Int64>
    private let waiting: Rows
    package private(set) var rows: [OutboxRow] = []
    /// Rows in hand that are no records, with what they are.
    package private(set) var others: [(row: Int64, kind: LaneRowKind)] = []
    private var bytes = 0
    /// Whether the profiles that were met are held, as of this step.
    private var held: [Profile.ID: Bool] = [:]
    /// Whether a row was left because of its bytes.
    private var isFull = false
    /// Whether there is no further row to look at.
    package private(set) var isExhausted = false

    /// Rows looked at in one step of a claim: bounds the time that others wait for it when nearly all rows belong to
    /// profiles that must wait.
    private let scannedRowsMax: Int

    package init(_ request: ClaimRequest, in range: ClosedRange<Int64>, from waiting: Rows, scannedRowsMax: Int) {
        (self.request, self.range, self.waiting) = (request, range, waiting)
        self.scannedRowsMax = scannedRowsMax
    }

    /// The last row that may be taken.
    private var last: Int64 { min(request.through ?? range.upperBound, range.upperBound) }

    /// Whether more rows may be taken.
    private var takesMore: Bool { !isFull && rows.count < request.limit }

    /// Takes rows in hand as far as the ledger lets them go; when it fails they are given back.
    package mutating func run(_ ledger: inout ClaimLedger) throws(StorageError) {
        ledger.limit(perProfile: request.limitPerProfile)
        ledger.hold(through: request.holdingThrough.map { min($0, range.upperBound) })
        do throws(StorageError) {
            try claimPassedOver(&ledger)
            try claimNext(&ledger)
        } catch {
            ledger.giveBack(rows.map(\.row) + others.map(\.row))
            throw error
        }
        for row in rows { ledger.note(row.audiences, toldBy: row.row) }
    }

    /// Takes a row unless it is too many bytes, which ends the claim.
    private mutating func take(_ row: OutboxRow) -> Bool {
        guard rows.isEmpty || row.payload.count <= request.bytesMax - bytes else {
            isFull = true
            return false
        }
        bytes += row.payload.count
        rows.append(row)
        return true
    }

    /// Takes a row, unless it is a record of too many bytes.
    private mutating func take(_ row: Int64, _ kind: LaneRowKind) throws(StorageError) -> Bool {
        if kind == .record { return take(try waiting.record(row)) }
        others.append((row, kind))
        return true
    }

    private mutating func claimPassedOver(_ ledger: inout ClaimLedger) throws(StorageError) {
        while takesMore, let (profile, from) = ledger.nextReady() {
            guard try !isHeld(profile, ledger), from <= ledger.scanned,
                let row = try waiting.first(of: profile, in: from...ledger.scanned, where: { !ledger.isClaimed($0) })
            else {
                ledger.nothingPassedOver(of: profile)
                continue
            }
            let kind = try waiting.kind(of: row)
            guard row <= last, ledger.isFirstReady(row), ledger.mayGoOn(profile, with: kind), try take(row, kind) else {
                ledger.passOver(row, kind, of: profile)
                // The other profiles' rows are no older.
                if row > last, ledger.isFirstReady(row) { return }
                continue
            }
            ledger.claimPassedOver(row, kind, of: profile)
        }
    }

    /// Whether a profile waits with a row whose copies may still be on their way.
    private mutating func isHeld(_ profile: Profile.ID, _ ledger: ClaimLedger) throws(StorageError) -> Bool {
        guard let heldThrough = ledger.heldThrough, heldThrough >= range.lowerBound else { return false }
        if let known = held[profile] { return known }
        let isHeld = try waiting.first(of: profile, in: range.lowerBound...heldThrough) { _ in true } != nil
        held[profile] = isHeld
        return isHeld
    }

    private mutating func claimNext(_ ledger: inout ClaimLedger) throws(StorageError) {
        guard takesMore, ledger.scanned < last else {
            isExhausted = ledger.scanned >= last
            return
        }
        var scanned = 0
        // Taken out while the closure works on it, and kept whatever becomes of that.
        var claim = self
        defer { self = claim }
        claim.isExhausted = try waiting.scan(after: ledger.scanned, through: last) { visited throws(StorageError) in
            guard claim.takesMore, scanned < scannedRowsMax else { return false }
            scanned += 1
            let isHeld = try claim.isHeld(visited.profile, ledger)
            if isHeld || ledger.isClaimed(visited.row) {
                ledger.skip(visited.row)
                return true
            }
            let kind = visited.kind
            if ledger.mayGoOnToNext(visited.profile, with: kind) {
                if kind != .record {
                    claim.others.append((visited.row, kind))
                } else if !claim.take(try visited.record()) {
                    return false
                }
            }
            _ = ledger.claimNext(visited.row, kind, of: visited.profile)
            return true
        }
    }
}
