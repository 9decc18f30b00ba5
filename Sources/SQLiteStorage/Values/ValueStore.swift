import ActivationCore
import ActivationEngine
import CommitLog

/// The value files as the connection that writes sees them: what is written of each, and how much of that is somebody's value.
///
/// Values are appended. A transaction of the database says what counts: what was appended in one that was taken back is written
/// over by the next. Lives beside that connection.
final class ValueStore {
    /// What is known of a file, in slots.
    struct Account: Hashable {
        /// From its beginning, what is written.
        var used = 0
        /// What of it holds the value of a profile.
        var live = 0
    }

    let files: ValueFiles
    /// The files, as of the transaction that is open.
    private(set) var accounts: [UInt32: Account]
    /// The files, as of the last transaction that was committed.
    private var committed: [UInt32: Account]
    /// The file that is written.
    private(set) var last: UInt32?
    /// The same as of the last transaction that was committed.
    private var committedLast: UInt32?
    /// Whether values are written here, and not into the database.
    let isWriting: Bool
    private let isForeign: Bool
    /// Bytes behind what is written of the last file, on their way there.
    private var pending: [UInt8] = []
    /// Slots that the present transaction has written.
    private(set) var written = 0
    /// Files that were written and are not durable.
    private var dirty: Set<UInt32> = []
    /// Files that were made and whose names may not be durable.
    private var hasNewNames = false
    /// The file whose dead records are being got rid of, and the next slot to look at.
    var cleaning: (file: UInt32, slot: Int)?
    /// The same as of the last transaction that was committed.
    private var committedCleaning: (file: UInt32, slot: Int)?
    /// Files in which something could not be read, so that they are left as they are.
    var uncleanable: Set<UInt32> = []
    /// How far a scrub is; nil = none is on its way.
    var scrub: ValueScrub?
    /// Set once nobody knows what of the files survives power loss.
    private(set) var lostWrite: StorageError?

    private let fileBytes: ClosedRange<Int>
    /// Slots that may be written besides those that must, so that a small store is left alone.
    var slotsSpared: Int { 2 * fileBytes.lowerBound / ValuePlace.slotBytes }
    /// Slots of the last file after which the next one begins.
    private var lastSlots = 0
    /// Bytes that are gathered before they are written.
    private static let pendingMax = 1 << 20

    /// Begins with what the last transaction left.
    ///
    /// - Parameters:
    ///   - files: The files.
    ///   - accounts: What the database says of them.
    ///   - named: Looks through all places for the files that they name.
    ///   - isWriting: Whether values are to be written here.
    ///   - isForeign: Whether the files are somebody else's, of which none may be removed.
    ///   - fileBytes: Between which bounds a file is large, before the next one begins.
    /// - Throws: `corrupt` when a file is missing or too short.
    init(
        _ files: ValueFiles,
        _ accounts: [UInt32: Account],
        named: () throws(StorageError) -> Set<UInt32>,
        isWriting: Bool,
        isForeign: Bool,
        fileBytes: ClosedRange<Int>
    ) throws(StorageError) {
        (self.files, self.accounts, committed) = (files, accounts, accounts)
        (self.isWriting, self.isForeign) = (isWriting, isForeign)
        self.fileBytes = fileBytes
        lastSlots = fileSlots
        let present = Set(files.numbers)
        for (number, account) in accounts {
            if account.live == 0, !isForeign, !present.contains(number) {
                // It was removed when nothing was in it any more, and no transaction came after that.
                self.accounts[number] = nil
                continue
            }
            if account.live == 0 { continue }
            guard try files.file(number).size() >= account.used * ValuePlace.slotBytes else {
                throw ValueFiles.damaged(number)
            }
        }
        (last, committedLast) = (self.accounts.keys.max(), self.accounts.keys.max())
        if isForeign { return }
        // A transaction that made them was taken back, or one that emptied them was the last.
        let strangers = present.filter { accounts[$0] == nil }
        if strangers.isEmpty { return }
        // Nothing is removed on the word of a damaged table.
        if let number = try named().intersection(strangers).min() { throw ValueFiles.damaged(number) }
        for number in strangers { try files.remove(number) }
    }

    // MARK: Within a transaction

    /// Writes a profile's record; nil when it is too large, and belongs into the database.
    func append(_ profile: StoredProfile) throws(StorageError) -> ValuePlace? {
        let slots = ValueRecord.slots(ofValueBytes: profile.value.count)
        guard isWriting, slots <= ValuePlace.slotsMax else { return nil }
        let file = try fileToWrite()
        let slot = accounts[file]?.used ?? 0
        ValueRecord.append(profile, seed: files.seed(file, slot), to: &pending)
        accounts[file, default: Account()].used += slots
        accounts[file, default: Account()].live += slots
        written += slots
        dirty.insert(file)
        if pending.count >= Self.pendingMax { try writePending() }
        return ValuePlace(file: file, slot: slot, slots: slots, hasDue: profile.due != nil)
    }

    /// Notes that nobody's value stands in a place any more.
    func drop(_ place: ValuePlace) {
        accounts[place.file]?.live -= place.slots
    }

    /// A share of all that there is: so there are neither many files nor few large ones.
    private static let filesWanted = 16

    private var fileSlots: Int {
        let share = accounts.values.reduce(0) { $0 + $1.live } / Self.filesWanted * ValuePlace.slotBytes
        let slots = min(max(share, fileBytes.lowerBound), fileBytes.upperBound) / ValuePlace.slotBytes
        return min(slots, ValuePlace.slotsOfFileMax - ValuePlace.slotsMax)
    }

    /// Notes that no value stands in any file.
    func forgetAll() {
        (accounts, last) = ([:], nil)
    }

    private func fileToWrite() throws(StorageError) -> UInt32 {
        if let last, let used = accounts[last]?.used, used < lastSlots { return last }
        try writePending()
        guard let next = nextNumber else {
            throw StorageError(.full, "there are no numbers left for value files; take a backup and begin with it anew")
        }
        // One that a transaction made that was taken back may be there.
        if !files.numbers.contains(next) { try files.create(next) }
        hasNewNames = true
        accounts[next] = Account()
        last = next
        lastSlots = fileSlots
        return next
    }

    /// The number of the next file; those of files that are gone are given out again.
    private var nextNumber: UInt32? {
        let next = (last ?? 0) + 1
        if next <= ValuePlace.fileMax, accounts[next] == nil { return next }
        return (1...ValuePlace.fileMax).first { accounts[$0] == nil }
    }

    private func writePending() throws(StorageError) {
        guard !pending.isEmpty, let last, let account = accounts[last] else { return }
        let start = account.used * ValuePlace.slotBytes - pending.count
        try files.file(last).write(pending, at: start)
        pending.removeAll(keepingCapacity: true)
    }

    /// Makes everything durable that was appended, before the transaction is committed.
    ///
    /// - Returns: The files of which something is another, to be noted in the database; nil = there is no such file any more.
    /// - Throws: `full` or `io` when it cannot be written; `writeLost` when nobody knows whether it is durable.
    func prepare() throws(StorageError) -> [UInt32: Account?] {
        try writePending()
        for number in dirty { try synchronize(number) }
        dirty = []
        if hasNewNames { try durably { () throws(StorageError) in try files.synchronizeNames() } }
        hasNewNames = false
        var changed: [UInt32: Account?] = [:]
        for (number, account) in accounts where committed[number] != account { changed[number] = account }
        for number in committed.keys where accounts[number] == nil { changed[number] = .some(nil) }
        return changed
    }

    /// Makes what was written into a file durable.
    ///
    /// - Throws: `writeLost` when nobody knows whether it is.
    func synchronize(_ number: UInt32) throws(StorageError) {
        let file = try files.file(number)
        try durably { () throws(StorageError) in try file.synchronize() }
    }

    private func durably(_ synchronize: () throws(StorageError) -> Void) throws(StorageError) {
        do throws(StorageError) {
            try synchronize()
        } catch {
            let lost = StorageError(.writeLost, "values of profiles may not be durable: \(error.message)")
            lostWrite = lost
            throw lost
        }
    }

    /// Notes that the transaction was committed.
    func commit() {
        (committed, committedLast, committedCleaning) = (accounts, last, cleaning)
        written = 0
    }

    /// Notes that the transaction was taken back.
    func rollback() {
        (accounts, last, cleaning) = (committed, committedLast, committedCleaning)
        written = 0
        pending.removeAll(keepingCapacity: true)
        // What was committed is durable, and nothing else counts.
        dirty = []
    }

    // MARK: Between transactions

    /// Whether files without any value take so much room that they should go soon: more than so many bytes, and than a share of
    /// all values.
    func hasMuchEmpty(bytes: Int) -> Bool {
        var total = Account()
        for (number, account) in accounts {
            total.live += account.live
            if mayGo(number, account) { total.used += account.used }
        }
        return total.used > max(bytes / ValuePlace.slotBytes, total.live / 4)
    }

    /// Removes files without any value, when no state of the database can be read any more but the present one.
    ///
    /// The next transaction notes that they are gone; until then they count as empty.
    func removeEmpty() {
        if isForeign { return }
        for (number, account) in accounts where mayGo(number, account) {
            // One that cannot be removed is tried again; nobody's commit fails for it.
            guard (try? files.remove(number)) != nil else { continue }
            accounts[number] = nil
            // Another file may get its number.
            uncleanable.remove(number)
            if cleaning?.file == number { (cleaning, committedCleaning) = (nil, nil) }
            if number == last { last = accounts.keys.max() }
        }
        // Those that only a transaction knew that was taken back.
        for number in files.numbers where accounts[number] == nil { try? files.remove(number) }
    }

    private func mayGo(_ number: UInt32, _ account: Account) -> Bool {
        account.live == 0 && !(isWriting && number == last)
    }
}
