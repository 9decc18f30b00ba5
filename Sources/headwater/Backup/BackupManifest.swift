import ActivationCore
import ActivationServer

/// What a backup holds, so that it can be told whether all of it is there and unchanged.
struct BackupManifest {
    /// The file's name; it is written last.
    static let name = "manifest.json"
    /// The form of a backup of the default sandbox alone.
    static let plainFormat: Int64 = 1
    /// The form of one with others beside it, which a program that knows of none must not restore in part.
    static let sandboxesFormat: Int64 = 2
    /// Bytes of a manifest, far above what there is.
    static let bytesMax = 64 << 20

    /// One file.
    struct File: Equatable {
        /// Its place in the backup, which is its place in a data directory.
        var path: String
        var bytes: Int64
        /// SHA-256 of its bytes, in hexadecimal.
        var digest: String
    }

    /// What wrote it.
    var program = "headwater \(ServerVersion.text)"
    /// The default sandbox's.
    var store: BackupStore
    /// The others, oldest first.
    var sandboxes: [BackupSandbox]
    var files: [File]

    /// Every store in it.
    var stores: [BackupStore] { [store] + sandboxes.map(\.store) }
    /// Bytes of all files.
    var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }

    /// What it holds, for people.
    var summary: String {
        let beside = sandboxes.isEmpty ? "" : ", \(sandboxes.count) sandboxes beside the default one"
        return "\(Figures.grouped(bytes)) bytes in \(files.count) files, as of \(store.instant)\(beside)"
    }
}

extension BackupManifest {
    private var format: Int64 { sandboxes.isEmpty ? BackupManifest.plainFormat : BackupManifest.sandboxesFormat }

    /// The manifest as it is written.
    var json: JSONValue {
        var object = store.members
        object["format"] = .integer(format)
        object["program"] = .string(program)
        if !sandboxes.isEmpty { object["sandboxes"] = .array(sandboxes.map(\.json)) }
        object["files"] = .array(
            files.map { ["path": .string($0.path), "bytes": .integer($0.bytes), "sha256": .string($0.digest)] }
        )
        return .object(object)
    }

    /// Reads a backup's manifest.
    ///
    /// - Throws: ``CommandFailure`` when it is none, is damaged, or of a newer program.
    init(ofBackup directory: String) throws(CommandFailure) {
        let path = "\(directory)/\(BackupManifest.name)"
        guard PrivateTree.exists(path) else {
            throw CommandFailure(
                .noInput,
                "\(directory) is no backup, or one that was not finished: it has no \(BackupManifest.name)"
            )
        }
        let bytes = try SmallFile.contents(of: path, bytesMax: BackupManifest.bytesMax)
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw BackupManifest.damaged(path)
        }
        guard let format = json["format"]?.int64 else { throw BackupManifest.damaged(path) }
        guard [BackupManifest.plainFormat, BackupManifest.sandboxesFormat].contains(format) else {
            throw CommandFailure(
                .badInput,
                "\(path) has form \(format), this program reads forms \(BackupManifest.plainFormat) and "
                    + "\(BackupManifest.sandboxesFormat); use the program that made the backup "
                    + "(\(json["program"]?.string ?? "unknown"))"
            )
        }
        guard let manifest = BackupManifest(json), manifest.format == format else { throw BackupManifest.damaged(path) }
        self = manifest
    }

    private init?(_ json: JSONValue) {
        guard let program = json["program"]?.string, let store = BackupStore(json), let listed = json["files"]?.array
        else { return nil }
        self.init(program: program, store: store, sandboxes: [], files: [])
        for sandbox in json["sandboxes"]?.array ?? [] {
            guard let sandbox = BackupSandbox(sandbox) else { return nil }
            sandboxes.append(sandbox)
        }
        for file in listed {
            guard let path = file["path"]?.string, isPlace(path), let bytes = file["bytes"]?.int64, bytes >= 0,
                let digest = file["sha256"]?.string
            else { return nil }
            files.append(File(path: path, bytes: bytes, digest: digest))
        }
        let paths = Set(files.map { ByteKey($0.path) })
        guard paths.count == files.count, Set(sandboxes.map { ByteKey($0.id) }).count == sandboxes.count,
            sandboxes.allSatisfy({ paths.contains(ByteKey("\($0.place)/\(BackupContents.database)")) })
        else { return nil }
    }

    /// Whether a path is one that a backup with these sandboxes writes: nothing else is ever written into a data directory.
    private func isPlace(_ path: String) -> Bool {
        if BackupManifest.isPlace(path, BackupContents.secrets) { return true }
        let place = sandboxes.map { "\($0.place)/" }.first { path.utf8.starts(with: $0.utf8) }
        guard let place else { return false }
        return BackupManifest.isPlace(
            String(decoding: path.utf8.dropFirst(place.utf8.count), as: UTF8.self),
            BackupContents.sandboxSecrets
        )
    }

    /// Whether a path is one of a store's own.
    static func isPlace(_ path: String, _ secrets: [String]) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy(isName) else { return false }
        switch parts.count {
        case 1: return path == BackupContents.database || secrets.contains(path)
        case 3: return parts[0] == BackupContents.uploads
        default: return false
        }
    }

    /// Whether a file of an upload is one that a backup has.
    static func isUpload(_ id: String, _ name: String) -> Bool {
        isPlace("\(BackupContents.uploads)/\(id)/\(name)", [])
    }

    private static func isName(_ part: Substring) -> Bool {
        !part.isEmpty && part.first != "."
            && part.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private static func damaged(_ path: String) -> CommandFailure {
        CommandFailure(.badInput, "\(path) is damaged; take another backup")
    }
}

/// What of a data directory is in a backup.
enum BackupContents {
    static let database = "headwater.db"
    /// Keys, and the administrator's credential.
    static let secrets = [
        "token.key", "data.key", ServerKey.token.previousFile, ServerKey.data.previousFile, "suppression.key",
        "admin.json",
    ]
    /// The keys of a sandbox beside the default one; all others are the organisation's.
    static let sandboxSecrets = ["suppression.key"]
    static let uploads = "uploads"
}
