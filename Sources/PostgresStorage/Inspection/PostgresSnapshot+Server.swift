#if PostgreSQL
public import ActivationEngine
public import StorageCommon

/// The database's server, the same for all stores in it.
extension PostgresSnapshot {
    /// Looks at the server's settings, at who follows it, and at who keeps it from clearing up.
    ///
    /// - Parameter progress: Told what is looked at next.
    /// - Returns: The findings, in a fixed order.
    /// - Throws: `unavailable` when the connection is lost.
    public func inspectServer(progress: (String) -> Void) throws(StorageError) -> [StoreFinding] {
        var settings: [String: Setting] = [:]
        return try look("settings", "the database's settings", progress) { () throws(StorageError) in
            settings = try readSettings()
            return [settingsFinding(settings)]
        }
            + look("standbys", "machines that follow the database", progress) { () throws(StorageError) in
                [try standbysFinding(settings)]
            }
            + look("transactions", "transactions that are open for long", progress) { () throws(StorageError) in
                [try transactionsFinding()]
            }
            + look("slots", "log that is kept for others", progress) { () throws(StorageError) in
                [try slotsFinding()]
            }
    }

    // MARK: Settings

    /// A setting as it is, and as it is for connections that ask for no other.
    private struct Setting {
        var present: String
        var usual: String
    }

    private static let settingNames = [
        "fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names", "default_transaction_isolation",
        "server_version_num", "data_checksums",
    ]
    /// The version of PostgreSQL that tests run on, and how its numbers count.
    private static let (testedVersion, versionStep) = (15, 10_000)

    private static let danger =
        "without it a loss of power can lose what was acknowledged, and the server does not start"

    private func readSettings() throws(StorageError) -> [String: Setting] {
        let found = try rows(PostgresStatements.serverSettings, .texts(Self.settingNames))
        var settings: [String: Setting] = [:]
        for index in 0..<found.count {
            let present = try found.text(index, 1)
            settings[try found.text(index, 0)] = Setting(
                present: present,
                usual: found.isNull(index, 2) ? present : try found.text(index, 2)
            )
        }
        return settings
    }

    private func settingsFinding(_ settings: [String: Setting]) -> StoreFinding {
        var faults: [String] = []
        var warnings: [String] = []
        var advice: [String] = []
        for name in ["fsync", "full_page_writes"] where settings[name]?.present != "on" {
            faults.append("\(name) is \(settings[name]?.present ?? "not told")")
            advice.append("set \(name) to on: \(Self.danger)")
        }
        if settings["synchronous_commit"]?.present != "on" {
            faults.append("synchronous_commit stays other than on when it is asked to be")
            advice.append("set synchronous_commit to on: \(Self.danger)")
        } else if let usual = settings["synchronous_commit"]?.usual, usual != "on" {
            warnings.append("synchronous_commit is \(usual) for others than the server, which asks for on")
            advice.append("set synchronous_commit to on, so that what is done by hand is durable too")
        }
        if let usual = settings["default_transaction_isolation"]?.usual, usual != "read committed" {
            warnings.append(
                "default_transaction_isolation is \(usual) for others than the server, which asks for its own"
            )
            advice.append("set default_transaction_isolation to read committed")
        }
        let number = settings["server_version_num"].flatMap { Int($0.present) } ?? 0
        let version = number / Self.versionStep
        if version != Self.testedVersion {
            warnings.append("the server is PostgreSQL \(version)")
            advice.append("tests run on PostgreSQL \(Self.testedVersion); see that yours does what is promised")
        }
        let checksums = settings["data_checksums"]?.present == "on" ? "with" : "without"
        guard !faults.isEmpty || !warnings.isEmpty else {
            return StoreFinding(
                "settings",
                tried: "the database's settings",
                found: "PostgreSQL \(version).\(number % Self.versionStep), what is acknowledged is durable, "
                    + "\(checksums) checksums of pages"
            )
        }
        return StoreFinding(
            "settings",
            faults.isEmpty ? .warning : .fault,
            tried: "the database's settings",
            found: (faults + warnings).joined(separator: "; "),
            advice: advice.joined(separator: "; ")
        )
    }

    // MARK: Standbys

    private func standbysFinding(_ settings: [String: Setting]) throws(StorageError) -> StoreFinding {
        let tried = "machines that follow the database"
        let found = try rows(PostgresStatements.standbys)
        var (waitedFor, behind): ([String], [String]) = ([], [])
        var hidden = 0
        for index in 0..<found.count {
            guard !found.isNull(index, 1) else {
                hidden += 1
                continue
            }
            let name = try found.text(index, 0)
            let isWaitedFor = ["sync", "quorum"].contains(try found.text(index, 1))
            if isWaitedFor { waitedFor.append(name) } else { behind.append(name) }
        }
        let isWanted = settings["synchronous_standby_names"]?.present.isEmpty == false
        if hidden > 0 {
            return StoreFinding(
                "standbys",
                isWanted ? .warning : .fine,
                tried: tried,
                found: "there are \(hidden), and this role may not see whether they are waited for",
                advice: isWanted ? "grant pg_read_all_stats to the role" : nil
            )
        }
        let list = behind.joined(separator: ", ")
        if isWanted, waitedFor.isEmpty {
            return StoreFinding(
                "standbys",
                .warning,
                tried: tried,
                found: "synchronous_standby_names names some, and none is there to be waited for"
                    + (behind.isEmpty ? "" : "; \(list) follow behind"),
                advice: "start a standby: until one is there, no commit ends"
            )
        }
        if !isWanted, !behind.isEmpty {
            return StoreFinding(
                "standbys",
                .warning,
                tried: tried,
                found: "\(list) follow behind, and nothing waits for them",
                advice:
                    "name them in synchronous_standby_names where an acknowledged message has to survive the loss of a machine"
            )
        }
        let told = waitedFor.isEmpty ? "there are none" : "commits wait for \(waitedFor.joined(separator: ", "))"
        return StoreFinding(
            "standbys",
            tried: tried,
            found: told + (behind.isEmpty ? "" : "; \(list) follow behind")
        )
    }

    // MARK: Who is in the way

    /// Microseconds for which a transaction may be open before somebody should look.
    private static let openMax: Int64 = 300_000_000

    /// Whether somebody keeps the server from clearing away what others have changed.
    ///
    /// - Parameter openMax: Microseconds for which a transaction may be open.
    /// - Returns: The finding.
    /// - Throws: When it cannot be read.
    func transactionsFinding(openMax: Int64 = openMax) throws(StorageError) -> StoreFinding {
        let tried = "transactions that are open for long"
        let found = try rows(PostgresStatements.longTransactions)
        var long: [String] = []
        var hidden = 0
        for index in 0..<found.count {
            guard let since = try found.optionalInt8(index, 2) else {
                hidden += 1
                continue
            }
            let age = try found.int8(index, 3) &- since
            let name = try found.text(index, 1)
            guard age > openMax, name != Self.connectionName else { continue }
            let process = found.isNull(index, 0) ? "prepared" : "process \(try found.int4(index, 0))"
            long.append("\(process)\(name.isEmpty ? "" : " (\(name))") for \(age / 60_000_000) min")
        }
        guard long.isEmpty else {
            return StoreFinding(
                "transactions",
                .warning,
                tried: tried,
                found: long.joined(separator: ", "),
                advice:
                    "end them (pg_terminate_backend, ROLLBACK PREPARED): until then the database keeps every earlier state of "
                    + "each row, and becomes larger and slower"
            )
        }
        let more = hidden == 0 ? "" : "; this role may not see how old \(hidden) others are"
        return StoreFinding("transactions", tried: tried, found: "none for more than 5 min\(more)")
    }

    /// Whether log is kept that nobody takes.
    func slotsFinding() throws(StorageError) -> StoreFinding {
        let tried = "log that is kept for others"
        let found = try rows(PostgresStatements.replicationSlots)
        var idle: [String] = []
        for index in 0..<found.count {
            let state = found.isNull(index, 2) ? "" : try found.text(index, 2)
            let isActive = try found.bool(index, 1)
            if isActive, ["", "reserved"].contains(state) { continue }
            let words = [isActive ? nil : "nobody reads it", state == "lost" ? "its log is lost" : nil].compactMap {
                $0
            }
            idle.append("\(try found.text(index, 0)): \(words.isEmpty ? "far behind" : words.joined(separator: ", "))")
        }
        guard idle.isEmpty else {
            return StoreFinding(
                "slots",
                .warning,
                tried: tried,
                found: idle.joined(separator: "; "),
                advice: "start who reads the slot, or drop it (pg_drop_replication_slot): kept log fills the disk"
            )
        }
        return StoreFinding(
            "slots",
            tried: tried,
            found: found.count == 0 ? "for nobody" : "\(found.count) slots, each read"
        )
    }

    /// Dead rows of a table up to which nobody need look.
    private static let deadRowsMax: Int64 = 100_000

    /// Whether VACUUM comes by often enough.
    func tablesFinding() throws(StorageError) -> StoreFinding {
        let tried = "rows that wait for VACUUM"
        let found = try rows(PostgresStatements.deadRows, .text(options.schema))
        var slow: [String] = []
        var all: Int64 = 0
        for index in 0..<found.count {
            let dead = try found.int8(index, 2)
            all &+= dead
            guard dead > Self.deadRowsMax, dead > (try found.int8(index, 1)) else { continue }
            slow.append("\(try found.text(index, 0)) has \(dead)")
        }
        guard slow.isEmpty else {
            return StoreFinding(
                "tables",
                .warning,
                tried: tried,
                found: "\(slow.joined(separator: ", ")), more than it has others",
                advice: "see that autovacuum is on and nothing keeps it from its work, and run VACUUM once"
            )
        }
        return StoreFinding("tables", tried: tried, found: "\(all), which is few")
    }
}
#endif
