import ActivationCore
import ActivationServer
import SQLiteStorage

/// What a backup holds, so that it can be told whether all of it is there and unchanged.
struct BackupManifest {
    /// The file's name; it is written last.
    static let name = "manifest.json"
    /// The form of backups that this program writes and reads.
    static let format: Int64 = 1
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
    /// The instant of which the database is, as RFC 3339.
    var instant: String
    /// The database's schema.
    var schema: Int64
    /// Transactions that the database has; nil before schema 2.
    var transactions: Int64?
    var files: [File]
    /// The books of the dataflows; nil for an older schema.
    var accounts: [BackupAccount]?

    /// Records that wait.
    var pending: Int64 { accounts?.reduce(0) { $0 + $1.counts.pending } ?? 0 }
    /// Bytes of all files.
    var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }

    /// What it holds, for people.
    var summary: String { "\(Figures.grouped(bytes)) bytes in \(files.count) files, as of \(instant)" }
}

/// A dataflow's books as a backup tells them.
struct BackupAccount: Equatable {
    var dataflow: String
    var counts: DataflowCounters

    init(_ account: StoredAccount) {
        dataflow = account.dataflow.uuid.description
        counts = account.counters
    }

    private static var counters: [(name: String, path: WritableKeyPath<DataflowCounters, Int64>)] {
        [
            ("triggered", \.triggered), ("delivered", \.delivered), ("superseded", \.superseded),
            ("suppressedDisabled", \.suppressedDisabled), ("suppressedDeleted", \.suppressedDeleted),
            ("parked", \.parked), ("replayed", \.replayed), ("discarded", \.discarded), ("erased", \.erased),
        ]
    }
    private static let plausible: ClosedRange<Int64> = 0...1 << 60

    var json: JSONValue {
        var object: JSONObject = ["id": .string(dataflow), "pending": .integer(counts.pending)]
        for counter in BackupAccount.counters { object[counter.name] = .integer(counts[keyPath: counter.path]) }
        return .object(object)
    }

    init?(_ json: JSONValue) {
        guard let dataflow = json["id"]?.string else { return nil }
        self.dataflow = dataflow
        counts = DataflowCounters()
        for counter in BackupAccount.counters {
            guard let count = json[counter.name]?.int64, BackupAccount.plausible.contains(count) else { return nil }
            counts[keyPath: counter.path] = count
        }
    }
}

extension BackupManifest {
    /// The manifest as it is written.
    var json: JSONValue {
        var object: JSONObject = [
            "format": .integer(BackupManifest.format), "program": .string(program), "instant": .string(instant),
            "schema": .integer(schema),
        ]
        object["transactions"] = transactions.map { .integer($0) }
        object["dataflows"] = accounts.map { .array($0.map(\.json)) }
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
        guard format == BackupManifest.format else {
            throw CommandFailure(
                .badInput,
                "\(path) has form \(format), this program reads form \(BackupManifest.format); use the program that made the "
                    + "backup (\(json["program"]?.string ?? "unknown"))"
            )
        }
        guard let manifest = BackupManifest(json) else { throw BackupManifest.damaged(path) }
        self = manifest
    }

    private init?(_ json: JSONValue) {
        guard let program = json["program"]?.string, let instant = json["instant"]?.string,
            let schema = json["schema"]?.int64, let listed = json["files"]?.array
        else { return nil }
        self.init(program: program, instant: instant, schema: schema, files: [])
        transactions = json["transactions"]?.int64
        for file in listed {
            guard let path = file["path"]?.string, BackupManifest.isPlace(path), let bytes = file["bytes"]?.int64,
                bytes >= 0, let digest = file["sha256"]?.string
            else { return nil }
            files.append(File(path: path, bytes: bytes, digest: digest))
        }
        guard Set(files.map { ByteKey($0.path) }).count == files.count else { return nil }
        if let accounts = json["dataflows"]?.array {
            self.accounts = []
            for account in accounts {
                guard let account = BackupAccount(account) else { return nil }
                self.accounts?.append(account)
            }
        }
    }

    /// Whether a path is one that a backup writes: nothing else is ever written into a data directory.
    static func isPlace(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy(isName) else { return false }
        switch parts.count {
        case 1: return path == BackupContents.database || BackupContents.secrets.contains(path)
        case 3: return parts[0] == BackupContents.uploads
        default: return false
        }
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
    static let secrets = ["token.key", "data.key", "suppression.key", "admin.json"]
    static let uploads = "uploads"
}
