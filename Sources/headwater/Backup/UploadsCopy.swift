import ActivationCore
import Glibc

/// The uploads of a data directory as they are at one moment, copied while their files come and are read.
///
/// What is known of an upload is replaced whole at every step that counts, and before the database forgets anything of it.
/// So what was copied belongs to a state of the database when nothing that is known of any upload has changed between the
/// copy and the look at that state.
struct UploadsCopy {
    private let source: String
    private let target: String
    /// What was known of each upload when it was copied.
    private var records: [String: [UInt8]] = [:]

    private static let recordName = "upload.json"
    private static let contentName = "content"
    private static let draftEnding = ".new"
    private static let recordBytesMax = 1 << 20

    init(of directory: String, in backup: String) {
        source = "\(directory)/\(BackupContents.uploads)"
        target = "\(backup)/\(BackupContents.uploads)"
    }

    /// Copies what has changed since the last call; the first time all of it.
    mutating func update() throws(CommandFailure) {
        let found = try current()
        for (id, _) in records where found[id] == nil { try PrivateTree.remove("\(target)/\(id)") }
        if !found.isEmpty { try PrivateTree.make(target) }
        for (id, record) in found where records[id] != record {
            try copy(id, record)
        }
        records = found
        if !found.isEmpty { try PrivateTree.synchronize(target) }
    }

    /// Whether what is known of every upload is still what was copied.
    func isCurrent() throws(CommandFailure) -> Bool { try current() == records }

    /// What is known of each upload now; one of which nothing is known was not told of to anybody, or is being removed.
    private func current() throws(CommandFailure) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for id in try PrivateTree.names(in: source) {
            let path = "\(source)/\(id)/\(UploadsCopy.recordName)"
            guard BackupManifest.isUpload(id, UploadsCopy.recordName),
                PrivateTree.exists(path)
            else { continue }
            do {
                found[id] = try SmallFile.contents(of: path, bytesMax: UploadsCopy.recordBytesMax)
            } catch {
                // It was removed between the two looks.
                if PrivateTree.exists(path) { throw error }
            }
        }
        return found
    }

    private func copy(_ id: String, _ record: [UInt8]) throws(CommandFailure) {
        let (from, to) = ("\(source)/\(id)", "\(target)/\(id)")
        try PrivateTree.make(to)
        for name in try PrivateTree.names(in: from) where name != UploadsCopy.recordName {
            guard !name.hasSuffix(UploadsCopy.draftEnding), BackupManifest.isUpload(id, name) else { continue }
            if name == UploadsCopy.contentName {
                // Only bytes that are known to be durable are the file, and those never change.
                try PrivateTree.copy("\(from)/\(name)", to: "\(to)/\(name)", upTo: UploadsCopy.received(record))
            } else {
                try PrivateTree.remove("\(to)/\(name)")
                try PrivateTree.copy("\(from)/\(name)", to: "\(to)/\(name)")
            }
        }
        try PrivateTree.write(record, to: "\(to)/\(UploadsCopy.recordName)")
        try PrivateTree.synchronize(to)
    }

    private static func received(_ record: [UInt8]) -> Int64 {
        let bytes = (try? JSONValue(parsing: record))?["received"]?.int64 ?? 0
        return max(bytes, 0)
    }
}
