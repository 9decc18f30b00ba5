import ActivationCore
import ActivationEngine
import CommitLog
import Synchronization

/// The files that hold values of profiles, for everybody who reads them.
///
/// What stands in a place stays there for as long as a state of the database that names the place can be read: who reads a
/// place keeps the transaction open in which it was found. Calls may overlap.
final class ValueFiles: Sendable {
    let volume: any LogVolume
    /// What tells this store's files from those of another one.
    private let id: UInt64
    private let opened: Mutex<[UInt32: any LogFile]>

    /// Opens all files that there are.
    init(_ volume: any LogVolume, id: UInt64) throws(StorageError) {
        (self.volume, self.id) = (volume, id)
        var opened: [UInt32: any LogFile] = [:]
        for (number, name) in try Self.names.all(in: volume) {
            // There are no higher numbers; whatever else stands there is left alone.
            guard let number = UInt32(exactly: number) else { continue }
            do throws(StorageError) {
                opened[number] = try volume.open(name)
            } catch {
                // A server that is at work may just have removed one in which there was nothing any more.
                guard try !volume.names().contains(name) else { throw error }
            }
        }
        self.opened = Mutex(opened)
    }

    /// Whether there is no file.
    var isEmpty: Bool { opened.withLock { $0.isEmpty } }

    /// The numbers of all files.
    var numbers: [UInt32] { opened.withLock { $0.keys.sorted() } }

    // MARK: Reading

    /// The profile in a place.
    ///
    /// - Throws: `corrupt` when the place holds something else.
    func profile(in row: Int64, at place: ValuePlace) throws(StorageError) -> StoredProfile {
        let bytes = try file(place.file).read(
            place.slots * ValuePlace.slotBytes,
            at: place.slot * ValuePlace.slotBytes
        )
        guard bytes.count == place.slots * ValuePlace.slotBytes,
            let profile = ValueRecord.profile(in: bytes, seed: seed(place.file, place.slot)), profile.row == row
        else { throw Self.damaged(place.file) }
        return profile
    }

    /// What a record's checksum begins with: a record that stands elsewhere than it should is none.
    func seed(_ file: UInt32, _ slot: Int) -> UInt64 { id &+ UInt64(file) << 32 &+ UInt64(slot) }

    static func damaged(_ file: UInt32) -> StorageError {
        StorageError(
            .corrupt,
            "\(name(file)) of the directory's values does not hold what was written; restore the directory from a backup"
        )
    }

    /// A file that should be there.
    ///
    /// - Throws: `corrupt` when it is not.
    func file(_ number: UInt32) throws(StorageError) -> any LogFile {
        if let file = opened.withLock({ $0[number] }) { return file }
        throw Self.missing(number)
    }

    static func missing(_ file: UInt32) -> StorageError {
        StorageError(
            .corrupt,
            "\(name(file)) is missing among the directory's values; restore the directory from a backup"
        )
    }

    // MARK: Files

    private static let names = NumberedFiles(prefix: "values-")

    /// The name of a file.
    static func name(_ number: UInt32) -> String { names.name(UInt64(number)) }

    /// Makes an empty file; its name survives power loss after ``synchronizeNames()``.
    func create(_ number: UInt32) throws(StorageError) {
        let file = try volume.create(Self.name(number))
        opened.withLock { $0[number] = file }
    }

    /// Removes a file, if it is there.
    func remove(_ number: UInt32) throws(StorageError) {
        try volume.remove(Self.name(number))
        opened.withLock { $0[number] = nil }
    }

    /// Makes what files there are survive power loss.
    func synchronizeNames() throws(StorageError) {
        try volume.synchronizeNames()
    }
}

extension Statement {
    /// The profile of a row of columns `row, id, revision, value, due`, wherever its value stands.
    func profile(_ places: PlaceTable?, _ files: ValueFiles?) throws(StorageError) -> StoredProfile {
        let row = integer(0)
        let id = Profile.ID(uuid: try uuid(1))
        guard let place = try places?.place(of: row) else {
            return StoredProfile(
                row: row,
                id: id,
                revision: try count(2),
                value: bytes(3),
                due: optionalInteger(4).map { Timestamp(milliseconds: $0) }
            )
        }
        guard let files else { throw ValueFiles.missing(place.file) }
        var profile = try files.profile(in: row, at: place)
        guard profile.id == id else { throw ValueFiles.damaged(place.file) }
        // The clock goes by the column, which has an index.
        profile.due = optionalInteger(4).map { Timestamp(milliseconds: $0) }
        return profile
    }
}
