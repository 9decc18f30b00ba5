public import ActivationCore
import ActivationEngine
public import StorageCommon

extension StoreSnapshot {
    /// What to do about damage that nothing else cures.
    static let restoreAdvice = "stop the server, keep the directory as it is, and restore a backup into a new one"

    /// Looks at everything in the database.
    ///
    /// Reads all of it once or twice. What cannot be read is a finding of its own, and the rest is looked at all the same.
    ///
    /// - Parameters:
    ///   - now: The present instant.
    ///   - progress: Told what is looked at next.
    /// - Returns: The findings, in a fixed order.
    public func inspect(at now: Timestamp, progress: (String) -> Void) -> [StoreFinding] {
        var findings = [schemaFinding]
        func look(_ check: String, _ tried: String, _ work: () throws(StorageError) -> [StoreFinding]) {
            progress(tried)
            do throws(StorageError) {
                findings += try work()
            } catch {
                findings.append(
                    StoreFinding(
                        check,
                        .fault,
                        tried: tried,
                        found: "it cannot be read: \(error.message)",
                        advice: Self.restoreAdvice
                    )
                )
            }
        }
        look("pages", "SQLite's pages, rows and indexes") { () throws(StorageError) in [try pagesFinding()] }
        guard isOfThisVersion else { return findings }
        var dictionaries: [Int64: StoreDictionaries] = [:]
        look("dictionaries", "numbers of paths and datasets") { () throws(StorageError) in
            dictionaries = try readDictionaries()
            return [.of(dictionaries.values, advice: Self.restoreAdvice)]
        }
        look("scopes", "counts of profiles") { () throws(StorageError) in [try scopesFinding()] }
        look("profiles", "every stored profile") { () throws(StorageError) in
            try profileFindings(dictionaries, at: now)
        }
        look("values", "files with values of profiles") { () throws(StorageError) in [try valuesFinding()] }
        look("identities", "profiles that identities point at") { () throws(StorageError) in [try identitiesFinding()] }
        look("events", "profiles that events belong to") { () throws(StorageError) in [try eventsFinding()] }
        look("outbox", "records that wait, by the books and in the outbox") { () throws(StorageError) in
            try bookFindings()
        }
        look("ledger", "what was delivered") { () throws(StorageError) in [try ledgerFinding()] }
        look("members", "counters of audiences") { () throws(StorageError) in [try membersFinding()] }
        look("configuration", "stored objects of the configuration") { () throws(StorageError) in
            [try configurationFinding()]
        }
        look("history", "the chain of the history") { () throws(StorageError) in [try historyFinding()] }
        return findings
    }

    private var schemaFinding: StoreFinding {
        let newest = Int64(Migration.all.count)
        guard !isOfThisVersion else {
            return StoreFinding("schema", tried: "the schema of the database", found: "\(schema), that of this program")
        }
        return StoreFinding(
            "schema",
            .warning,
            tried: "the schema of the database",
            found: "\(schema), this program has \(newest), so what is in its tables was not looked at",
            advice: "take a backup and start this program's server once, which upgrades it"
        )
    }

    private func pagesFinding() throws(StorageError) -> StoreFinding {
        let faults = try pageFaults(isThorough: true)
        let references = try connection.integer("SELECT count(*) FROM pragma_foreign_key_check")
        return .of(
            "pages",
            tried: "SQLite's pages, rows and indexes",
            wrong: [
                (Int64(faults), faults < 100 ? "faults" : "faults or more"), (references, "rows that refer to none"),
            ],
            right: "all whole",
            advice: Self.restoreAdvice
        )
    }

    private func scopesFinding() throws(StorageError) -> StoreFinding {
        let scopes = try connection.prepare("SELECT number, profiles, profile_row_last FROM scope")
        let rows = try connection.prepare("SELECT count(*), max(row) FROM profile WHERE row BETWEEN ?1 AND ?2")
        var (profiles, counted, wrong, beyond): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        while try scopes.next() {
            let range = RowSpace.profiles(ofScope: scopes.integer(0))
            rows.bind(1, range.lowerBound)
            rows.bind(2, range.upperBound)
            guard try rows.next() else { continue }
            profiles += rows.integer(0)
            if rows.integer(0) != scopes.integer(1) { wrong += 1 }
            if (rows.optionalInteger(1) ?? 0) > scopes.integer(2) { beyond += 1 }
            rows.reset()
            counted += 1
        }
        let strays = try connection.integer(
            "SELECT count(*) FROM profile WHERE scope NOT IN (SELECT number FROM scope)"
        )
        return .of(
            "scopes",
            tried: "counts of profiles",
            wrong: [
                (wrong, "of \(counted) counts are not the number of profiles"),
                (beyond, "of \(counted) last rows were passed"), (strays, "profiles of no sandbox"),
            ],
            right: "\(profiles) profiles, as counted",
            advice: Self.restoreAdvice
        )
    }

    private func identitiesFinding() throws(StorageError) -> StoreFinding {
        let all = try connection.integer("SELECT count(*) FROM identity")
        let lost = try connection.integer(
            "SELECT count(*) FROM identity WHERE NOT EXISTS (SELECT 1 FROM profile WHERE row = identity.profile)"
        )
        let unnamed = try connection.integer(
            "SELECT count(*) FROM identity WHERE namespace NOT IN (SELECT number FROM namespace)"
        )
        return .of(
            "identities",
            tried: "profiles that identities point at",
            wrong: [(lost, "of \(all) point at no profile"), (unnamed, "of \(all) have no namespace")],
            right: "\(all) identities, each of a profile",
            advice: Self.restoreAdvice
        )
    }

    private func eventsFinding() throws(StorageError) -> StoreFinding {
        let all = try connection.integer("SELECT count(*) FROM event")
        let lost = try connection.integer(
            """
            SELECT ifnull(sum(events), 0) FROM (SELECT profile AS owner, count(*) AS events FROM event GROUP BY profile)
            WHERE NOT EXISTS (SELECT 1 FROM profile WHERE row = owner)
            """
        )
        return .of(
            "events",
            tried: "profiles that events belong to",
            wrong: [(lost, "of \(all) belong to no profile")],
            right: "\(all) events, each of a profile",
            advice: Self.restoreAdvice
        )
    }

    private func bookFindings() throws(StorageError) -> [StoreFinding] {
        let accounts = try accounts()
        let waiting = accounts.reduce(0) { $0 + $1.outboxRows }
        let parked = accounts.reduce(0) { $0 + $1.deadLetterRows }
        func strays(_ table: String) throws(StorageError) -> Int64 {
            try connection.integer(
                "SELECT count(*) FROM \(table) WHERE row >> \(RowSpace.outboxBits) NOT IN (SELECT number FROM dataflow)"
            )
        }
        func count(_ isWrong: (StoredAccount) -> Bool) -> Int64 { Int64(accounts.lazy.filter(isWrong).count) }
        let advice =
            Self.restoreAdvice + "; until then the dataflows go on, and their figures are wrong by the difference"
        return [
            .of(
                "outbox",
                tried: "records that wait, by the books and in the outbox",
                wrong: [
                    (
                        count { $0.counters.pending != $0.outboxRows },
                        "of \(accounts.count) dataflows have other books than rows"
                    ),
                    (try strays("outbox"), "records of no dataflow"),
                ],
                right:
                    "\(waiting) records of \(accounts.count) dataflows; triggered = delivered + superseded + suppressed "
                    + "+ parked + pending",
                advice: advice
            ),
            .of(
                "deadLetters",
                tried: "dead letters, by the books and in the store",
                wrong: [
                    (
                        count { $0.counters.deadLetters != $0.deadLetterRows },
                        "of \(accounts.count) dataflows have other books than dead letters"
                    ),
                    (try strays("dead_letter"), "dead letters of no dataflow"),
                ],
                right: "\(parked) dead letters of \(accounts.count) dataflows, as booked",
                advice: advice
            ),
        ]
    }

    private func membersFinding() throws(StorageError) -> StoreFinding {
        let all = try connection.integer("SELECT count(*) FROM audience")
        let negative = try connection.integer(
            "SELECT count(*) FROM audience WHERE exited > entered OR exited < 0"
        )
        return .of(
            "members",
            tried: "counters of audiences",
            wrong: [(negative, "of \(all) audiences were left by more than entered")],
            right: "\(all) audiences, none left by more than entered",
            advice: Self.restoreAdvice
        )
    }

    private func configurationFinding() throws(StorageError) -> StoreFinding {
        let objects = try connection.prepare("SELECT body FROM control_object")
        var (all, unreadable): (Int64, Int64) = (0, 0)
        while try objects.next() {
            all += 1
            if (try? JSONValue(parsing: objects.bytes(0))) == nil { unreadable += 1 }
        }
        return .of(
            "configuration",
            tried: "stored objects of the configuration",
            wrong: [(unreadable, "of \(all) objects cannot be read")],
            right: "\(all) objects",
            advice: Self.restoreAdvice
        )
    }
}
