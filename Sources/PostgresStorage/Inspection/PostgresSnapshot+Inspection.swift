#if PostgreSQL
public import ActivationCore
public import ActivationEngine
public import StorageCommon

extension PostgresSnapshot {
    /// Looks at everything in the store.
    ///
    /// Reads all of it once or twice, in pages. What cannot be read is a finding of its own, and the rest is looked at all the same.
    ///
    /// - Parameters:
    ///   - now: The present instant.
    ///   - progress: Told what is looked at next.
    /// - Returns: The findings, in a fixed order.
    /// - Throws: `unavailable` when the connection is lost.
    public func inspect(at now: Timestamp, progress: (String) -> Void) throws(StorageError) -> [StoreFinding] {
        var findings = [schemaFinding]
        guard isOfThisVersion else { return findings }
        var dictionaries = StoreDictionaries()
        var profiles = PersonCount()
        findings += try look("dictionaries", "numbers of paths and datasets", progress) { () throws(StorageError) in
            dictionaries = try readDictionaries()
            return [.of([dictionaries], advice: Self.restoreAdvice)]
        }
        findings += try look("profiles", "every stored profile", progress) { () throws(StorageError) in
            profiles = try countProfiles(dictionaries, at: now)
            return profiles.profiles.findings(at: now, advice: Self.restoreAdvice)
        }
        // What was not counted cannot be compared with anything.
        let isCounted = !findings.contains { $0.check == "profiles" && $0.found.hasPrefix(Self.unreadable) }
        if isCounted {
            findings += try look("scopes", "counts and numbers of profiles", progress) { () throws(StorageError) in
                [try scopesFinding(profiles)]
            }
            findings += try look("identities", "profiles that identities point at", progress) {
                () throws(StorageError) in [try identitiesFinding(profiles)]
            }
            findings += try look("events", "profiles that events belong to", progress) { () throws(StorageError) in
                [try eventsFinding(profiles)]
            }
        }
        findings += try look("outbox", "records that wait, by the books and in the outbox", progress) {
            () throws(StorageError) in try bookFindings()
        }
        findings += try look("ledger", "what was delivered", progress) { () throws(StorageError) in
            [try ledgerFinding()]
        }
        findings += try look("marks", "what is to be made up for when dataflows run again", progress) {
            () throws(StorageError) in [try marksFinding()]
        }
        findings += try look("members", "counters of audiences", progress) { () throws(StorageError) in
            [try membersFinding()]
        }
        findings += try look("configuration", "stored objects of the configuration", progress) {
            () throws(StorageError) in [try configurationFinding()]
        }
        findings += try look("history", "the chain of the history", progress) { () throws(StorageError) in
            [try historyFinding()]
        }
        findings += try look("tables", "rows that wait for VACUUM", progress) { () throws(StorageError) in
            [try tablesFinding()]
        }
        return findings
    }

    private static let unreadable = "it cannot be read"

    /// Looks at one thing; that it cannot be read is what was found, unless nobody answers any more.
    func look(
        _ check: String,
        _ tried: String,
        _ progress: (String) -> Void,
        _ work: () throws(StorageError) -> [StoreFinding]
    ) throws(StorageError) -> [StoreFinding] {
        progress(tried)
        do throws(StorageError) {
            return try work()
        } catch {
            guard error.code != .unavailable else { throw error }
            return [
                StoreFinding(
                    check,
                    .fault,
                    tried: tried,
                    found: "\(Self.unreadable): \(error.message)",
                    advice: Self.restoreAdvice
                )
            ]
        }
    }

    private var schemaFinding: StoreFinding {
        let tried = "the tables' version"
        let known = PostgresMigrator.programVersion
        switch state {
        case .current:
            return StoreFinding("schema", tried: tried, found: "\(known), that of this program")
        case .unfinished(let version):
            return StoreFinding(
                "schema",
                tried: tried,
                found: "\(version), with all that this program's \(known) needs",
                advice: "run headwater upgrade --finish when no node of an earlier program is wanted any more"
            )
        case .missing:
            return StoreFinding(
                "schema",
                .fault,
                tried: tried,
                found: "schema \(options.schema) holds no store that this role can see",
                advice:
                    "where there has been none yet, start the server or run headwater migrate, which make it; where there was "
                    + "one, restore the database from a backup"
            )
        case .earlier(let version):
            return StoreFinding(
                "schema",
                .warning,
                tried: tried,
                found: "\(version), this program has \(known), so what is in the tables was not looked at",
                advice: "take a backup, and start this program's server or run headwater migrate, which upgrade it"
            )
        case .later(let version):
            return StoreFinding(
                "schema",
                .fault,
                tried: tried,
                found: "\(version), this program knows up to \(known), so what is in the tables was not looked at",
                advice: "use the program that made it, or a later one"
            )
        }
    }
}
#endif
