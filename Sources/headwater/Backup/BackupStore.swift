import ActivationCore
import SQLiteStorage

/// What a backup says of one store in it.
struct BackupStore: Equatable {
    /// The instant of which the database is, as RFC 3339.
    var instant: String
    /// The database's schema.
    var schema: Int64
    /// Transactions that the database has; nil before schema 2.
    var transactions: Int64?
    /// The books of the dataflows; nil for an older schema.
    var accounts: [BackupAccount]?

    /// Records that wait.
    var pending: Int64 { accounts?.reduce(0) { $0 + $1.counts.pending } ?? 0 }
}

extension BackupStore {
    /// As the manifest has it.
    var members: JSONObject {
        var object: JSONObject = ["instant": .string(instant), "schema": .integer(schema)]
        object["transactions"] = transactions.map { .integer($0) }
        object["dataflows"] = accounts.map { .array($0.map(\.json)) }
        return object
    }

    /// Reads what a manifest says; nil when that is damaged.
    init?(_ json: JSONValue) {
        guard let instant = json["instant"]?.string, let schema = json["schema"]?.int64 else { return nil }
        self.init(instant: instant, schema: schema, transactions: json["transactions"]?.int64)
        guard let listed = json["dataflows"]?.array else { return }
        accounts = []
        for account in listed {
            guard let account = BackupAccount(account) else { return nil }
            accounts?.append(account)
        }
    }
}

/// What a backup says of a sandbox beside the default one.
struct BackupSandbox: Equatable {
    var id: String
    var name: String
    var store: BackupStore

    /// Its place in a backup, which is its place in a data directory.
    var place: String { "\(SandboxDirectories.name)/\(id)" }

    init(id: String, name: String, store: BackupStore) {
        self.id = id
        self.name = name
        self.store = store
    }

    var json: JSONValue {
        var object = store.members
        object["id"] = .string(id)
        object["name"] = .string(name)
        return .object(object)
    }

    init?(_ json: JSONValue) {
        // The id becomes a path.
        guard let id = json["id"]?.string, UUIDBytes(id) != nil, let name = json["name"]?.string,
            let store = BackupStore(json)
        else { return nil }
        self.init(id: id, name: name, store: store)
    }
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
