import ActivationCore
import ActivationEngine
import CommitLog
import Foundation
import Synchronization

@testable import SQLiteStorage
@testable import TestSupport

/// A history of a whole storage behind a commit log, on disks that lose power together at any write, checked against what was
/// acknowledged.
///
/// One thread does everything, in an order that the seed decides, so that a moment is one of all disks.
final class StorageLossSimulation {
    private typealias Shared = StorageConformance

    /// What a storage holds.
    private struct Contents: Equatable {
        var profiles: [Profile.ID: StoredProfile] = [:]
        /// What the records that wait say, and of whom they are.
        var waiting: [String: Profile.ID] = [:]
        /// What the ledger says, and of whom.
        var receipts: [String: Profile.ID] = [:]
        var triggered: Int64 = 0
        var delivered: Int64 = 0
        var dropped: Int64 = 0
        /// People of whom nothing may be left after a scrub.
        var deleted: Set<Int> = []
    }

    /// What is left of the disks, and what must be there.
    private struct Loss {
        var database: [String: [UInt8]]
        var log: SimulatedVolume
        var values: SimulatedVolume
        /// The first and the last state that may be found.
        var states: ClosedRange<Int>
    }

    /// Counts writes and takes the disks away at one of them.
    private final class Moment: Sendable {
        struct State {
            var writesLeft = 0
            var acknowledged = 0
            var staged = 0
            var loss: Loss?
            var random: SeededGenerator
        }

        let state: Mutex<State>
        let vfs: RecordingVFS
        let log: SimulatedVolume
        let values: SimulatedVolume

        init(_ vfs: RecordingVFS, _ log: SimulatedVolume, _ values: SimulatedVolume, after writes: Int, seed: UInt64) {
            (self.vfs, self.log, self.values) = (vfs, log, values)
            state = Mutex(State(writesLeft: writes, random: SeededGenerator(seed: seed)))
        }

        /// Called before every write and synchronisation.
        func pass() {
            state.withLock { state in
                state.writesLeft -= 1
                if state.writesLeft < 0, state.loss == nil { take(&state) }
            }
        }

        /// Takes the disks away now, if it has not been done.
        func end() -> Loss? {
            state.withLock { state in
                if state.loss == nil { take(&state) }
                return state.loss
            }
        }

        private func take(_ state: inout State) {
            state.loss = Loss(
                database: vfs.filesAfterPowerLoss(using: &state.random),
                log: log.afterPowerLoss(using: &state.random),
                values: values.afterPowerLoss(using: &state.random),
                states: state.acknowledged...state.staged
            )
        }
    }

    private var random: SeededGenerator
    private let directory: TemporaryDirectory
    private let vfs: RecordingVFS
    /// Whether the disk of the value files only says that it has synchronised.
    private let isLying: Bool
    private let flow = StorageConformance.dataflowID(1)
    private var loss: Loss?
    /// What the storage held after each change, the first one after the last loss.
    private var states = [Contents()]
    /// The entry of the log with which each is durable; 0 = with the database.
    private var entries: [UInt64] = [0]
    /// Numbers given to people and to records.
    private var people = 0
    private var records = 0
    private(set) var losses = 0

    init(seed: UInt64, in directory: TemporaryDirectory, on vfs: RecordingVFS, isLying: Bool = false) {
        random = SeededGenerator(seed: seed)
        (self.directory, self.vfs, self.isLying) = (directory, vfs, isLying)
    }

    /// Lives through some losses.
    ///
    /// - Returns: What went wrong; nil when nothing did.
    func run(lives: Int) throws -> String? {
        for life in 0...lives {
            let path = directory.path("life-\(life)")
            defer { try? FileManager.default.removeItem(atPath: path) }
            vfs.forget()
            if let difference = try live(in: path, isLast: life == lives) { return difference }
        }
        return nil
    }

    private func options(_ log: SimulatedVolume, _ values: SimulatedVolume) -> SQLiteStorageOptions {
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name
        (options.logVolume, options.valueVolume) = (log, values)
        options.commitLog = CommitLogOptions()
        options.valueFileBytes = 1_024...4_096
        options.logBytesMax = 64 << 10
        options.scrubBytes = 16_384
        return options
    }

    private func live(in path: String, isLast: Bool) throws -> String? {
        let (logVolume, valueVolume) = (loss?.log ?? SimulatedVolume(), loss?.values ?? SimulatedVolume())
        if isLying { valueVolume.lie() }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for (name, bytes) in loss?.database ?? [:] {
            let file = path + "/" + URL(fileURLWithPath: name).lastPathComponent
            try Data(bytes).write(to: URL(fileURLWithPath: file))
        }
        let place = try DataDirectory(path: path)
        let options = options(logVolume, valueVolume)
        let database: WriterDatabase
        do {
            database = try WriterDatabase(place, options)
        } catch {
            return "the storage cannot be opened: \(error)"
        }
        do {
            if let difference = try compare(database, place, options) { return difference }
        } catch {
            return "the storage cannot be read: \(error)"
        }
        if isLast { return nil }

        let writes = Int.random(in: 0..<300, using: &random)
        let moment = Moment(vfs, logVolume, valueVolume, after: writes, seed: random.next())
        for operation in [RecordingVFS.Operation.write, .sync] { vfs.watch(operation) { moment.pass() } }
        logVolume.watch { moment.pass() }
        valueVolume.watch { moment.pass() }
        defer {
            for operation in [RecordingVFS.Operation.write, .sync] { vfs.watch(operation, by: nil) }
            logVolume.watch(by: nil)
            valueVolume.watch(by: nil)
        }
        let difference = try work(database, place, options, moment)
        loss = moment.end()
        losses += 1
        return difference
    }

    // MARK: Work

    private func work(
        _ database: WriterDatabase,
        _ place: DataDirectory,
        _ options: SQLiteStorageOptions,
        _ moment: Moment
    ) throws -> String? {
        let log = try CommitLog(moment.log, id: database.logID, next: database.applied + 1)
        let files = database.values.files
        // Nobody else uses it from here on.
        nonisolated(unsafe) let handedOver = database
        let writer = SharedWriter(handedOver)
        let reads = try StoreReads(place, options, files)
        let front = try LoggedDatabase(writer, reads: reads, log: log, options: CommitLogOptions())
        for _ in 0..<400 where moment.state.withLock({ $0.loss == nil }) {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: try change(front, moment)
            case 8..<11:
                log.flush()
                tell(moment) { $0 <= log.durable }
            case 11..<13:
                guard let generation = front.close() else { continue }
                try writer.perform { (database) throws(StorageError) in try database.apply(generation) }
                front.performed(through: generation.last, front.tallies.namespaces)
            case 13..<15: try deliver(front, moment)
            case 15: try delete(front, moment)
            case 16: if let difference = try scrub(front, moment) { return difference }
            case 17: try writer.perform { (database) throws(StorageError) in try database.workWhenIdle() }
            default: if let difference = try load(front) { return difference }
            }
        }
        return nil
    }

    /// Notes what a change leaves, before it is made: from then on it may be found.
    private func expect(_ contents: Contents, _ moment: Moment) {
        states.append(contents)
        entries.append(.max)
        moment.state.withLock { $0.staged = states.count - 1 }
    }

    /// Notes that changes are acknowledged.
    private func tell(_ moment: Moment, where isDurable: (UInt64) -> Bool) {
        guard let last = entries.lastIndex(where: isDurable) else { return }
        moment.state.withLock { $0.acknowledged = max($0.acknowledged, last) }
    }

    /// Notes with which entry the last change is durable; nil = it is.
    private func note(_ staged: LoggedDatabase.Staged, _ moment: Moment) {
        entries[entries.count - 1] = staged.entry ?? 0
        if staged.entry == nil { tell(moment) { $0 == 0 } }
    }

    private func value(of person: Int) -> [UInt8] {
        let bytes = [0, 10, 60, 300, 2_000].randomElement(using: &random) ?? 0
        return Array(String(repeating: "<\(person)>", count: bytes / 6 + 1).utf8)
    }

    private func change(_ front: LoggedDatabase, _ moment: Moment) throws {
        var contents = states[states.count - 1]
        var plan = CommitPlan(scope: Shared.scope)
        var numbers = Set<Int>()
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            if people == 0 || random.next() % 6 == 0 {
                people += 1
                numbers.insert(people)
            } else {
                numbers.insert(Int.random(in: max(1, people - 30)...people, using: &random))
            }
        }
        for number in numbers.subtracting(contents.deleted).sorted() {
            let id = Shared.profileID(number)
            let before = contents.profiles[id]
            let profile = StoredProfile(
                row: before?.row ?? 0,
                id: id,
                revision: (before?.revision ?? 0) + 1,
                value: value(of: number),
                due: .random(using: &random) ? Timestamp(milliseconds: .random(in: 1...99, using: &random)) : nil
            )
            plan.profiles.append(
                CommitPlan.ProfileWrite(profile: profile, expectedRevision: before?.revision ?? 0)
            )
            contents.profiles[id] = profile
            records += 1
            plan.outbox.append(Shared.record("<\(number)> \(records)", of: number, revision: profile.revision))
            contents.waiting["<\(number)> \(records)"] = id
        }
        guard !plan.profiles.isEmpty else { return }
        plan.counters = [flow: DataflowCounters(triggered: Int64(plan.outbox.count))]
        contents.triggered += Int64(plan.outbox.count)
        // Rows are given out in order.
        var row = contents.profiles.values.map(\.row).max() ?? 0
        row = max(row, rowLast)
        for write in plan.profiles where write.profile.row == 0 {
            row = max(row, RowSpace.profiles(ofScope: Shared.scope.rawValue).lowerBound) + 1
            contents.profiles[write.profile.id]?.row = row
        }
        rowLast = row
        expect(contents, moment)
        note(try front.stage(plan), moment)
    }

    /// The row that was given out last.
    private var rowLast: Int64 = 0

    private func deliver(_ front: LoggedDatabase, _ moment: Moment) throws {
        let request = ClaimRequest(dataflow: flow, limit: 5, limitPerProfile: 5, bytesMax: .max)
        let rows = try front.claimStep(request).rows
        guard !rows.isEmpty else { return }
        var contents = states[states.count - 1]
        for row in rows {
            contents.waiting[Shared.text(row.payload)] = nil
            contents.receipts["\(row.row)"] = row.profile
        }
        contents.delivered += Int64(rows.count)
        expect(contents, moment)
        let settlements = rows.map { row in
            let instant = Timestamp(milliseconds: row.row % 3 * 86_400_000)
            let receipt = OutboxSettlement.Receipt(text: "\(row.row)", at: instant)
            return OutboxSettlement(row: row.row, outcome: .delivered, receipt: receipt)
        }
        note(try front.settle(dataflow: flow, settlements), moment)
    }

    private func delete(_ front: LoggedDatabase, _ moment: Moment) throws {
        var contents = states[states.count - 1]
        let living = (max(1, people - 30)...max(1, people)).filter { contents.profiles[Shared.profileID($0)] != nil }
        guard let number = living.randomElement(using: &random),
            let profile = contents.profiles.removeValue(forKey: Shared.profileID(number))
        else { return }
        let dropped = contents.waiting.filter { $0.value == profile.id }
        for payload in dropped.keys { contents.waiting[payload] = nil }
        contents.dropped += Int64(dropped.count)
        contents.deleted.insert(number)
        var plan = CommitPlan(scope: Shared.scope)
        let instant = Timestamp(milliseconds: 5)
        plan.deletions = [CommitPlan.ProfileDeletion(profile: profile, survivor: profile.id, deletedAt: instant)]
        expect(contents, moment)
        note(try front.stage(plan), moment)
    }

    /// Scrubs, sometimes to the end; nothing of anybody who was deleted is left in the files of log and values then.
    private func scrub(_ front: LoggedDatabase, _ moment: Moment) throws -> String? {
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            guard try front.scrubStep() == .done else { continue }
            let disks = [moment.log, moment.values]
            for number in states[states.count - 1].deleted {
                for disk in disks {
                    for name in try disk.names() {
                        let data = Data(disk.bytes(of: name))
                        let text = "<\(number)>"
                        // Halves of two others' may meet where a write was torn.
                        let places = ScrubStore.places(of: text, in: data).filter { place in
                            place % SimulatedVolume.sectorBytes + text.utf8.count <= SimulatedVolume.sectorBytes
                        }
                        guard places.isEmpty else {
                            return "after a scrub something of deleted person \(number) stands in \(name)"
                        }
                    }
                }
            }
            return nil
        }
        return nil
    }

    private func load(_ front: LoggedDatabase) throws -> String? {
        let contents = states[states.count - 1]
        var request = LoadRequest(scope: Shared.scope)
        request.profiles = (max(1, people - 30)...max(1, people)).map(Shared.profileID)
        let loaded = try front.load(request).profiles
        let expected = request.profiles.compactMap { contents.profiles[$0] }
        return Set(loaded) == Set(expected) ? nil : "what is loaded is not what was staged"
    }

    // MARK: Comparison

    /// Finds the state that was kept, and goes on from it.
    private func compare(
        _ database: WriterDatabase,
        _ place: DataDirectory,
        _ options: SQLiteStorageOptions
    ) throws -> String? {
        let reader = try ReaderDatabase(place, options, database.values.files)
        var found = Contents()
        for profile in try reader.profiles(scope: Shared.scope, after: 0, limit: 100_000) {
            found.profiles[profile.id] = profile
        }
        let rows = try database.connection.prepare("SELECT payload, profile FROM outbox")
        while try rows.next() { found.waiting[Shared.text(rows.bytes(0))] = Profile.ID(uuid: try rows.uuid(1)) }
        found.receipts = try receipts(in: database)
        let books = database.tallies.dataflows[flow]?.counters ?? DataflowCounters()
        (found.triggered, found.delivered) = (books.triggered, books.delivered)
        found.dropped = books.suppressedDeleted
        let live = try database.connection.integer("SELECT ifnull(sum(live), 0) FROM value_file")
        var slots: Int64 = 0
        try database.places.forEach { _, place in
            slots += Int64(place.slots)
            return true
        }
        guard live == slots else { return "\(slots) slots hold values and \(live) are counted" }
        guard let loss else { return found == Contents() ? nil : "a new storage is not empty" }
        let kept = loss.states.last { number in
            // Of whoever was deleted there is nothing to be found.
            found.deleted = states[number].deleted
            return states[number] == found
        }
        guard let kept else { return "none of the states \(loss.states) is what is found" }
        rowLast = try database.connection.integer("SELECT ifnull(max(profile_row_last), 0) FROM scope")
        (states, entries) = ([states[kept]], [0])
        return nil
    }

    private func receipts(in database: WriterDatabase) throws -> [String: Profile.ID] {
        var receipts: [String: Profile.ID] = [:]
        let rows = try database.connection.prepare("SELECT receipt, profile FROM delivery")
        while try rows.next() { receipts[Shared.text(rows.bytes(0))] = Profile.ID(uuid: try rows.uuid(1)) }
        let before = LedgerRuns.Run(day: -1, number: 0)
        let first = LedgerEntry.Key.last(of: UUIDBytes(high: 0, low: 0))
        for block in try database.ledgerRuns.blocks(after: before, first, limit: .max) {
            for entry in block.entries { receipts[Shared.text(entry.receipt)] = Profile.ID(uuid: entry.key.profile) }
        }
        return receipts
    }
}
