import ActivationCore
import ActivationEngine
import ActivationServer
import Glibc
import StorageCommon

/// Looks at what is beside the database in a data directory, or in that of one sandbox in it.
struct DirectoryInspection {
    let directory: String
    /// Whether it is the directory of a sandbox beside the default one, without what is the organisation's.
    var isSandbox = false
    /// Whether the store is in a database elsewhere, so that none may be here.
    var isStoreElsewhere = false
    /// Where the keys of the server are; nil = here.
    var house: String?

    /// Bytes of a key.
    private static let keyBytes: Int64 = 32
    /// What may stand in the directory beside keys and uploads.
    private static let known = [
        "headwater.lifesign", "lock", ".gitignore", "lost+found", "privacy", BackupContents.uploads,
    ]
    /// What may stand there too when the store does.
    private static let store = [
        BackupContents.database, "headwater.db-wal", "headwater.db-shm", "headwater.witness", "headwater.restored",
        "log", "values",
    ]
    /// What a database elsewhere leaves in the directory: what it has acknowledged, and the store that was copied into it.
    private static let besideDatabase = ["database.witness", "database.writers.witness", "copied"]

    private var secrets: [String] { isSandbox ? BackupContents.sandboxSecrets : BackupContents.secrets }

    /// Looks at files and at the disk.
    func findings() -> [StoreFinding] {
        let files = [modesFinding, keysFinding, strangersFinding]
        return isSandbox ? files : files + [diskFinding]
    }

    /// Looks at what the database says of things outside of it.
    func findings(beside snapshot: any InspectedStore, at now: Timestamp) throws(StorageError) -> [StoreFinding] {
        [
            try suppressionFinding(try snapshot.hasSuppressions()),
            try secretsFinding(snapshot),
            clockFinding(try snapshot.lastAdmission(), now),
            uploadsFinding(try snapshot.uploadsBegun()),
        ] + restorationFindings(try snapshot.objects(ofKind: Restoration.storedKind))
    }

    private func restorationFindings(_ objects: [ControlObject]) -> [StoreFinding] {
        guard objects.contains(where: { !Restoration.isReadable($0) }) else { return [] }
        return [
            StoreFinding(
                "restoration",
                .fault,
                tried: "where revisions go on since the store was put back to an earlier state",
                found: "what is stored of it cannot be read, so that they would come again",
                advice: "stop the servers and run headwater restore-finish, which has them go on by the clock"
            )
        ]
    }

    // MARK: Files

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func names(in path: String) -> [String] { (try? PrivateTree.names(in: path)) ?? [] }

    private static func mode(of path: String) -> (mode: UInt32, bytes: Int64)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return (UInt32(status.st_mode), Int64(status.st_size))
    }

    private var modesFinding: StoreFinding {
        let files = names(in: directory).filter { $0 != ".gitignore" && $0 != "lost+found" }.map(path)
        let open = ([directory] + files).filter { file in
            DirectoryInspection.mode(of: file).map { $0.mode & 0o077 != 0 } ?? false
        }
        guard open.isEmpty else {
            return StoreFinding(
                "modes",
                .warning,
                tried: "who may read the files",
                found: "others than the owner may use \(open.joined(separator: ", "))",
                advice: "run: chmod -R go= \(directory)"
            )
        }
        return StoreFinding("modes", tried: "who may read the files", found: "their owner alone")
    }

    private var keysFinding: StoreFinding {
        let tried = isSandbox ? "the sandbox's key" : "the server's keys"
        var faults: [String] = []
        for name in secrets where name != "admin.json" {
            let isPrevious = name.hasSuffix(".previous")
            let bytes = DirectoryInspection.keyBytes + (isPrevious ? 8 : 0)
            guard let found = DirectoryInspection.mode(of: path(name)) else {
                // A first start makes them; the second may be in the environment.
                if name == "token.key" { faults.append("\(name) is missing") }
                continue
            }
            if found.bytes != bytes {
                faults.append(
                    "\(name) has \(found.bytes) bytes, a key \(isPrevious ? "that is kept " : "")has \(bytes)"
                )
            } else if access(path(name), R_OK) != 0 {
                faults.append("\(name) cannot be read")
            }
        }
        guard faults.isEmpty else {
            return StoreFinding(
                "keys",
                .fault,
                tried: tried,
                found: faults.joined(separator: ", "),
                advice: "put the file back from a backup"
            )
        }
        let isDataKeyThere = DirectoryInspection.mode(of: path("data.key")) != nil
        guard isSandbox || isDataKeyThere || Environment["HEADWATER_DATA_KEY"] != nil else {
            return StoreFinding(
                "keys",
                .warning,
                tried: tried,
                found: "data.key is not there and HEADWATER_DATA_KEY is not set here",
                advice:
                    "see to it that the server has the key in its environment, or put data.key back from a backup: a new "
                    + "one cannot read the secrets of destinations"
            )
        }
        return StoreFinding("keys", tried: tried, found: "each is whole" + ages)
    }

    /// How old the keys are, by their files.
    private var ages: String {
        let now = time(nil)
        let told = secrets.filter { $0 != "admin.json" }.compactMap { name -> String? in
            var status = stat()
            guard lstat(path(name), &status) == 0 else { return nil }
            return "\(name) \(max(0, now - status.st_mtim.tv_sec) / 86_400) days old"
        }
        return told.isEmpty ? "" : ": \(told.joined(separator: ", "))"
    }

    private func secretsFinding(_ snapshot: any InspectedStore) throws(StorageError) -> StoreFinding {
        let tried = "reading the secrets that are stored"
        let place = house ?? directory
        let given: EnvironmentKeys
        do throws(ServerStartError) {
            given = try EnvironmentKeys()
        } catch {
            return StoreFinding(
                "secrets",
                .warning,
                tried: tried,
                found: "they were not looked at: \(error)",
                advice: "set the variable as the server has it"
            )
        }
        // What is read may be encrypted with a key that a server destroys meanwhile, or makes.
        let before = try? given.existing(in: place)
        var objects: [ControlObject] = []
        for kind in SecretsInspection.kinds { objects += try snapshot.objects(ofKind: kind) }
        guard let before, let after = try? given.existing(in: place) else {
            return StoreFinding("secrets", tried: tried, found: "they were not looked at, without the keys")
        }
        let found = SecretsInspection(of: objects, keys: [before, after])
        guard found.unreadable.isEmpty else {
            return StoreFinding(
                "secrets",
                .fault,
                tried: tried,
                found: "no key that is there opens those of \(found.unreadable.joined(separator: ", "))",
                advice:
                    "put back the data.key (or HEADWATER_DATA_KEY, and the one before if it was being replaced) with which they "
                    + "were stored, or give these accounts and alert channels their secrets again"
            )
        }
        let old =
            found.old == 0 ? "" : ", \(found.old) of them with the key before, until the server has encrypted them anew"
        return StoreFinding("secrets", tried: tried, found: "\(found.readable) can be read\(old)")
    }

    private func suppressionFinding(_ isNeeded: Bool) throws(StorageError) -> StoreFinding {
        let tried = "the key by which erased identities are refused"
        guard isNeeded else { return StoreFinding("suppression", tried: tried, found: "nobody is refused") }
        guard DirectoryInspection.mode(of: path("suppression.key")) == nil else {
            return StoreFinding("suppression", tried: tried, found: "it is there")
        }
        return StoreFinding(
            "suppression",
            .fault,
            tried: tried,
            found: "suppression.key is missing and identities are refused by it, so the server does not start",
            advice: "put the file back from a backup, or give those identities up: serve --forget-suppressions"
        )
    }

    private var strangersFinding: StoreFinding {
        let tried = "files that are none of the server's"
        if isStoreElsewhere, DirectoryInspection.mode(of: path(BackupContents.database)) != nil {
            return StoreFinding(
                "strangers",
                .fault,
                tried: tried,
                found: "\(BackupContents.database), a store of its own, beside which the server does not start",
                advice: "move the store's files away, or look at the directory without the database"
            )
        }
        let known =
            DirectoryInspection.known
            + (isStoreElsewhere ? DirectoryInspection.besideDatabase : DirectoryInspection.store) + secrets
            + (isSandbox ? [] : [SandboxDirectories.name])
        let strangers = names(in: directory).filter { !known.contains($0) }
        guard !strangers.isEmpty else { return StoreFinding("strangers", tried: tried, found: "there are none") }
        return StoreFinding(
            "strangers",
            .warning,
            tried: tried,
            found: strangers.joined(separator: ", "),
            advice:
                "move them away: nobody reads them, and no backup has them; what ends in .new or .restoring is of a "
                + "process that was ended"
        )
    }

    private var diskFinding: StoreFinding {
        let tried = "room on the disk"
        guard let space = StoreSpace(directory: directory, holdsStore: !isStoreElsewhere) else {
            return StoreFinding(
                "disk",
                .warning,
                tried: tried,
                found: "the system does not tell",
                advice: "look with df"
            )
        }
        let store =
            ", the database takes \(Figures.grouped(space.database >> 20)) and its log \(Figures.grouped(space.log >> 20))"
        let found =
            "\(Figures.grouped(space.free >> 20)) of \(Figures.grouped(space.disk >> 20)) MiB are free"
            + (isStoreElsewhere ? "" : store)
        guard space.isTight else {
            return StoreFinding("disk", tried: tried, found: found)
        }
        return StoreFinding(
            "disk",
            .warning,
            tried: tried,
            found: found,
            advice: isStoreElsewhere
                ? "make room: without any, no file can be taken or given"
                : "make room: without any, every write is refused until there is some again"
        )
    }

    private func clockFinding(_ last: Timestamp?, _ now: Timestamp) -> StoreFinding {
        let tried = "the clock beside the last message"
        guard let last else { return StoreFinding("clock", tried: tried, found: "no message was taken yet") }
        let lead = now.duration(to: last).components.seconds
        guard lead > 5 else {
            return StoreFinding("clock", tried: tried, found: "\(max(-lead, 0)) s after it")
        }
        return StoreFinding(
            "clock",
            .warning,
            tried: tried,
            found: "\(lead) s before it; until it has caught up, messages get the instant of the last one",
            advice: "set the clock right"
        )
    }

    // MARK: Uploads

    private func uploadsFinding(_ begun: Set<UUIDBytes>) -> StoreFinding {
        let tried = "files of members that come or are read"
        var (damaged, short): ([String], [String]) = ([], [])
        let ids = names(in: path(BackupContents.uploads))
        for id in ids {
            let folder = path("\(BackupContents.uploads)/\(id)")
            // One that is made just now, or was removed; the next start clears it.
            guard PrivateTree.exists("\(folder)/upload.json") else { continue }
            let record = (try? SmallFile.contents(of: "\(folder)/upload.json", bytesMax: 1 << 20))
                .flatMap { try? JSONValue(parsing: $0) }
            guard let record, record["id"]?.string == id, let state = record["state"]?.string,
                let received = record["received"]?.int64
            else {
                damaged.append(id)
                continue
            }
            guard ["receiving", "checking", "entering"].contains(state) else { continue }
            let bytes = DirectoryInspection.mode(of: "\(folder)/content")?.bytes ?? 0
            if bytes < received { short.append(id) }
        }
        let missing = begun.map(\.description).filter { !ids.contains($0) }
        let found = [
            (damaged, "cannot be read"), (short, "have lost bytes that were received"),
            (missing, "have begun and have no directory"),
        ].filter { !$0.0.isEmpty }.map { "\($0.0.joined(separator: ", ")) \($0.1)" }
        guard !found.isEmpty else {
            return StoreFinding("uploads", tried: tried, found: "\(ids.count) uploads, each whole")
        }
        return StoreFinding(
            "uploads",
            damaged.isEmpty && short.isEmpty ? .warning : .fault,
            tried: tried,
            found: found.joined(separator: "; "),
            advice: "upload these files again"
        )
    }
}
