import ActivationCore
import ActivationEngine
import CommitLog
import Foundation
import StorageCommon
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Values of profiles that stand in files beside the database.
@Suite struct ValueFilesTests {
    private typealias Shared = StorageConformance

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Options with small files, of which nothing is performed but what a test asks for.
    private var options: SQLiteStorageOptions {
        var options = SQLiteStorageOptions()
        options.commitLog = CommitLogOptions()
        options.valueFileBytes = 4_096...16_384
        options.idleInterval = .seconds(3_600)
        // A short log, so that files are removed now and then.
        options.logBytesMax = 64 << 10
        return options
    }

    private func open(_ options: SQLiteStorageOptions? = nil) throws -> SQLiteStorage {
        try SQLiteStorage.open(directory: directory.path("store"), options: options ?? self.options)
    }

    private func profiles(in storage: SQLiteStorage) async throws -> [Profile.ID: StoredProfile] {
        let profiles = try await storage.profiles(scope: Shared.scope, after: 0, limit: 10_000)
        return Dictionary(uniqueKeysWithValues: profiles.map { ($0.id, $0) })
    }

    /// Compares without showing what stands there.
    private func expect(
        _ storage: SQLiteStorage,
        holds known: [Profile.ID: StoredProfile],
        _ comment: Comment
    ) async throws {
        let stored = try await profiles(in: storage)
        let wrong = Set(known.keys).union(stored.keys).filter { stored[$0] != known[$0] }.count
        #expect(wrong == 0, comment)
    }

    /// Changes, adds and deletes profiles at random.
    private func change(
        _ storage: SQLiteStorage,
        _ known: inout [Profile.ID: StoredProfile],
        _ random: inout SeededGenerator,
        deletes: Bool
    ) async throws {
        var plan = CommitPlan(scope: Shared.scope)
        let lasting = Set((1...120).map(Shared.profileID))
        if deletes, random.next() % 2 == 0, let profile = known.values.first(where: { !lasting.contains($0.id) }) {
            known[profile.id] = nil
            let instant = Timestamp(milliseconds: 1)
            plan.deletions = [
                CommitPlan.ProfileDeletion(profile: profile, survivor: profile.id, deletedAt: instant)
            ]
        }
        for number in Set((0..<8).map { _ in Int.random(in: 1...120, using: &random) }) {
            // Whoever is deleted never comes again.
            let id =
                deletes && random.next() % 10 == 0
                ? Shared.profileID(.random(in: 121...1 << 40, using: &random)) : Shared.profileID(number)
            let value = [UInt8](
                repeating: .random(in: 0...255, using: &random),
                count: [0, 7, 8, 9, 100, 900, 3_000].randomElement(using: &random) ?? 0
            )
            let due = Bool.random(using: &random) ? Timestamp(milliseconds: .random(in: 1...9, using: &random)) : nil
            let row = known[id]?.row ?? 0
            let revision = known[id]?.revision ?? 0
            let profile = StoredProfile(row: row, id: id, revision: revision + 1, value: value, due: due)
            plan.profiles.append(CommitPlan.ProfileWrite(profile: profile, expectedRevision: revision))
            known[id] = profile
        }
        try await storage.commit(plan)
        var request = LoadRequest(scope: Shared.scope)
        request.profiles = plan.profiles.map(\.profile.id)
        for profile in try await storage.load(request).profiles {
            let isAsWritten = profile.value == known[profile.id]?.value
            #expect(isAsWritten)
            known[profile.id]?.row = profile.row
        }
    }

    /// What the database says of its files, and what stands there.
    private func check(_ comment: Comment) throws {
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        let finding = try snapshot.valuesFinding()
        #expect(finding.severity == .fine, "\(finding.found), \(comment)")
    }

    @Test(arguments: 0..<6)
    func `every profile is what was written last, whoever writes it and wherever it stands`(_ run: Int) async throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        var known: [Profile.ID: StoredProfile] = [:]
        for round in 0..<8 {
            var options = options
            options.commitLog?.gatheredBytes = [20_000, 200_000].randomElement(using: &random) ?? 0
            if random.next() % 3 == 0 { options.commitLog = nil }
            let storage = try open(options)
            for _ in 0..<30 {
                try await change(storage, &known, &random, deletes: run.isMultiple(of: 2))
                if random.next() % 8 == 0 {
                    try await expect(storage, holds: known, "run \(run), round \(round), seed \(seed)")
                }
            }
            try await expect(storage, holds: known, "run \(run), round \(round), seed \(seed)")
            try check("run \(run), round \(round), seed \(seed)")
            try await storage.close()
        }
    }

    @Test func `files take twice what is in them, and go when nothing is`() async throws {
        var random = SeededGenerator(seed: TestSeed.next())
        var known: [Profile.ID: StoredProfile] = [:]
        var options = options
        options.commitLog?.gatheredBytes = 20_000
        let storage = try open(options)
        for _ in 0..<600 { try await change(storage, &known, &random, deletes: false) }
        try await expect(storage, holds: known, "")
        try await storage.close()
        let path = directory.path("store/values")
        let bytes = try FileManager.default.contentsOfDirectory(atPath: path).reduce(0) { bytes, name in
            bytes + (try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.size] as? Int ?? 0)
        }
        let live = known.values.reduce(0) { $0 + ValueRecord.slots(ofValueBytes: $1.value.count) * 64 }
        // Besides, what is spared and one file that is being emptied.
        #expect(bytes < 2 * live + 2 * 4_096 + 2 * 16_384)

        // The database itself takes each value that changes, and the files go.
        options.commitLog = nil
        let plain = try open(options)
        var plan = CommitPlan(scope: Shared.scope)
        plan.profiles = try await profiles(in: plain).values.map { Shared.changed($0, value: "new") }
        try await plain.commit(plan)
        try await plain.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        let again = try open()
        #expect(try await profiles(in: again).values.allSatisfy { $0.value == Array("new".utf8) })
        try await again.close()
    }

    @Test func `a backup is one database that needs no value files`() async throws {
        var random = SeededGenerator(seed: TestSeed.next())
        var known: [Profile.ID: StoredProfile] = [:]
        let storage = try open()
        for _ in 0..<100 { try await change(storage, &known, &random, deletes: false) }
        try await expect(storage, holds: known, "")
        // Some stand in files, the others in the log.
        for _ in 0..<5 { try await change(storage, &known, &random, deletes: false) }
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        let copy = directory.path("copy")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        var told: (Int64, Int64) = (0, 0)
        let copied = known
        // What comes after the moment is not in it, and takes nothing away from it.
        for _ in 0..<200 { try await change(storage, &known, &random, deletes: false) }
        try snapshot.copy(to: copy + "/headwater.db") { told = ($0, $1) }
        #expect(told.0 == told.1)
        try await storage.close()

        #expect(try FileManager.default.contentsOfDirectory(atPath: copy) == ["headwater.db"])
        let restored = try SQLiteStorage.open(directory: copy, options: options)
        try await expect(restored, holds: copied, "")
        try await Shared.commit(to: restored) { $0.profiles = [Shared.new(500)] }
        #expect(try await profiles(in: restored).count == copied.count + 1)
        try await restored.close()
    }

    // MARK: Losses

    @Test(arguments: 0..<8)
    func `values survive power loss at any point`(_ run: Int) async throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        let vfs = RecordingVFS(name: "values-\(run)")
        let (logVolume, valueVolume) = (SimulatedVolume(), SimulatedVolume())
        var options = options
        options.vfs = vfs.name
        (options.logVolume, options.valueVolume) = (logVolume, valueVolume)
        options.commitLog?.gatheredBytes = 20_000
        let storage = try open(options)
        var known: [Profile.ID: StoredProfile] = [:]
        for round in 0..<60 {
            try await change(storage, &known, &random, deletes: run == 0)
            guard random.next() % 3 == 0 else { continue }
            let after = directory.path("after-\(round)")
            try FileManager.default.createDirectory(atPath: after, withIntermediateDirectories: false)
            var survivors = self.options
            survivors.logVolume = logVolume.afterPowerLoss(using: &random)
            // Files are written before the database that names them: its state must not be the later one.
            let databases = vfs.filesAfterPowerLoss(using: &random)
            survivors.valueVolume = valueVolume.afterPowerLoss(using: &random)
            for (path, bytes) in databases {
                try Data(bytes).write(
                    to: URL(fileURLWithPath: after + "/" + URL(fileURLWithPath: path).lastPathComponent)
                )
            }
            if random.next() % 3 == 0 { survivors.commitLog = nil }
            let survivor = try SQLiteStorage.open(directory: after, options: survivors)
            try await expect(survivor, holds: known, "run \(run), round \(round), seed \(seed)")
            try await survivor.close()
            try FileManager.default.removeItem(atPath: after)
        }
        try await storage.close()
    }

    @Test func `values that cannot be made durable stop everything, and what was acknowledged is there`() async throws {
        let valueVolume = SimulatedVolume()
        var options = options
        options.valueVolume = valueVolume
        let storage = try open(options)
        try await Shared.commit(to: storage) { $0.profiles = [Shared.new(1)] }
        _ = try await profiles(in: storage)
        valueVolume.failSynchronizations(StorageError(.io, "the disk does not answer"))
        try await Shared.commit(to: storage) { $0.profiles = [Shared.new(2)] }
        try await Shared.expectError(.writeLost) { _ = try await profiles(in: storage) }
        valueVolume.failSynchronizations(nil)
        // It is never tried again.
        try await Shared.expectError(.writeLost) { _ = try await profiles(in: storage) }
        try? await storage.close()

        var random = SeededGenerator(seed: TestSeed.next())
        options.valueVolume = valueVolume.afterPowerLoss(using: &random)
        let again = try open(options)
        #expect(try await profiles(in: again).count == 2)
        try await again.close()
    }

    @Test func `without room for values nothing is lost, and it goes on when there is some`() async throws {
        let valueVolume = SimulatedVolume()
        var options = options
        options.valueVolume = valueVolume
        let storage = try open(options)
        valueVolume.setFull(true)
        for number in 1...9 { try await Shared.commit(to: storage) { $0.profiles = [Shared.new(number)] } }
        try await Shared.expectError(.full) { _ = try await profiles(in: storage) }
        #expect(try await Shared.profile(3, in: storage).value == Array("value".utf8))
        valueVolume.setFull(false)
        #expect(try await profiles(in: storage).count == 9)
        try await storage.close()
    }

    // MARK: Damage

    /// A store in whose files there are values.
    private func filled() async throws {
        let storage = try open()
        for number in 1...20 { try await Shared.commit(to: storage) { $0.profiles = [Shared.new(number)] } }
        #expect(try await profiles(in: storage).count == 20)
        try await storage.close()
    }

    private var file: String { directory.path("store/values/values-00000001") }

    private func findings() throws -> [StoreFinding] {
        try StoreSnapshot(directory: directory.path("store")).inspect(at: Timestamp(milliseconds: 0)) { _ in }
            .filter { $0.severity == .fault }
    }

    @Test func `a value that has decayed is told, and is nobody else's`() async throws {
        try await filled()
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        try handle.seek(toOffset: 3 * 64 + 57)
        try handle.write(contentsOf: [0xff])
        try handle.close()

        #expect(try findings().map(\.check) == ["profiles"])
        let storage = try open()
        try await Shared.expectError(.corrupt) { _ = try await Shared.profile(4, in: storage) }
        try await Shared.expectError(.corrupt) { _ = try await profiles(in: storage) }
        #expect(try await Shared.profile(5, in: storage).value == Array("value".utf8))
        try await storage.close()
    }

    /// Places without a size, without a file, and bytes that are too few.
    @Test(arguments: [[1, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0], [0, 0]] as [[UInt8]])
    func `what is no place is not taken for none`(_ bytes: [UInt8]) async throws {
        try await filled()
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        let write = try connection.prepare("UPDATE profile_place SET places = ?1")
        write.bind(1, Array(repeating: bytes, count: 64).flatMap(\.self))
        try write.run()
        #expect(try findings().map(\.check).sorted() == ["profiles", "values"])
        let storage = try open()
        try await Shared.expectError(.corrupt) { _ = try await Shared.profile(4, in: storage) }
        try await Shared.expectError(.corrupt) { _ = try await profiles(in: storage) }
        try await storage.close()
    }

    @Test func `a directory without its values, or with too few, is refused`() async throws {
        try await filled()
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        try handle.truncate(atOffset: 10 * 64)
        try handle.close()
        for commitLog in [CommitLogOptions(), nil] {
            var options = options
            options.commitLog = commitLog
            try await Shared.expectError(.corrupt) { _ = try open(options) }
        }
        #expect(try findings().map(\.check).sorted() == ["profiles", "values"])
        try FileManager.default.removeItem(atPath: directory.path("store/values"))
        try await Shared.expectError(.corrupt) { _ = try open() }
        #expect(try findings().map(\.check).sorted() == ["profiles", "values"])
        let snapshot = try StoreSnapshot(directory: directory.path("store"))
        #expect(throws: StorageError.self) { try snapshot.copy(to: directory.path("copy.db")) { _, _ in } }
        #expect(!FileManager.default.fileExists(atPath: directory.path("copy.db")))
    }

    @Test func `a value that somebody has, and whose record was torn, is never overwritten`() async throws {
        try await filled()
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        try handle.seek(toOffset: 3 * 64 + 57)
        try handle.write(contentsOf: [0xff])
        try handle.close()
        let writer = try WriterDatabase(DataDirectory(path: directory.path("store")), options)
        try writer.transaction { () throws(StorageError) in try writer.wantScrub() }
        #expect(throws: StorageError.self) { while try writer.scrubStep() != .done {} }
        let damaged = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(damaged[3 * 64 + 57] == 0xff)
        // Of nobody, it is: power was lost while it was overwritten.
        let row = try writer.connection.integer("SELECT row FROM profile ORDER BY row LIMIT 1 OFFSET 3")
        try writer.connection.execute("DELETE FROM profile WHERE row = \(row)")
        try writer.places.put(nil, of: row)
        try writer.places.flush()
        while try writer.scrubStep() != .done {}
        #expect(try Data(contentsOf: URL(fileURLWithPath: file))[3 * 64 + 57] == 0)
    }

    // MARK: Records and places

    @Test func `places and records are what they were made of, and nothing else is one`() throws {
        var random = SeededGenerator(seed: TestSeed.next())
        for _ in 0..<2_000 {
            let place = ValuePlace(
                file: .random(in: 1...ValuePlace.fileMax, using: &random),
                slot: .random(in: 0...ValuePlace.slotsOfFileMax, using: &random),
                slots: .random(in: 1...ValuePlace.slotsMax, using: &random),
                hasDue: .random(using: &random)
            )
            #expect(ValuePlace(rawValue: place.rawValue) == place)
            _ = ValuePlace(rawValue: .random(in: .min ... .max, using: &random))

            let profile = StoredProfile(
                row: .random(in: 1 ... .max, using: &random),
                id: Profile.ID(uuid: UUIDBytes(high: random.next(), low: random.next())),
                revision: .random(in: 1...9, using: &random),
                value: (0..<Int.random(in: 0...300, using: &random)).map { _ in .random(in: 0...255, using: &random) },
                due: .random(using: &random) ? Timestamp(milliseconds: .random(in: 0...9, using: &random)) : nil
            )
            var bytes: [UInt8] = []
            ValueRecord.append(profile, seed: 7, to: &bytes)
            #expect(bytes.count == ValueRecord.slots(ofValueBytes: profile.value.count) * ValuePlace.slotBytes)
            #expect(ValueRecord.profile(in: bytes, seed: 7) == profile)
            #expect(ValueRecord.profile(in: bytes, seed: 8) == nil)
            let cut = Array(bytes.prefix(.random(in: 0..<bytes.count, using: &random)))
            #expect(ValueRecord.profile(in: cut, seed: 7) == nil)
            let end = ValueRecord.headerBytes + profile.value.count
            bytes[Int.random(in: 0..<end, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            #expect(ValueRecord.profile(in: bytes, seed: 7) == nil)
        }
        for number: Int64 in [0, -1, .min] { #expect(ValuePlace(rawValue: number) == nil) }
    }
}
