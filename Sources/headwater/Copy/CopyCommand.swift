import ActivationCore
import ActivationEngine
import ActivationServer
import ArgumentParser

#if PostgreSQL
import PostgresStorage
import SQLiteStorage
import StorageCommon
#endif

/// `headwater copy`: a server's store out of its directory into a database.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Moves a server's store from its directory into a PostgreSQL database, with all sandboxes.",
        discussion: """
            The server must be stopped, and the database must hold no store yet. Every table is written, read back and compared by \
            count and digest; then all stores get their names in the database together, so that one that was interrupted \
            leaves nothing which looks like a store, and can be begun anew. The files of the store are set aside in the \
            directory (copied), never removed. Keys and uploads stay where they are: start the server on the same directory with --database.
            """
    )

    @Option(name: .customLong("data"), help: "The server's data directory.")
    var directory: String

    @OptionGroup var database: DatabaseArguments

    @Flag(help: "Prints what was copied as one JSON object.")
    var json = false

    func run() async throws {
        guard let url = database.url else {
            throw CommandFailure(.usage, "no database is named; give --database, or set \(DatabaseURL.variable)")
        }
        database.warnOfPassword()
        #if PostgreSQL
        try await copy(to: url)
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }

    #if PostgreSQL
    /// A store that was copied, as people know it.
    private struct Copied {
        let sandbox: String
        let schema: String
        var copying: StoreCopying
    }

    private func copy(to url: String) async throws {
        do throws(StorageError) {
            if try finishInterrupted(url) { return }
            let stores = try await departing(url)
            var copies: [Copied] = []
            do throws(StorageError) {
                // All of them before the first is filled: what is in the way of one is in the way of all.
                for (name, options, departure) in stores {
                    let copying = try StoreCopying(departure, options)
                    copies.append(Copied(sandbox: name, schema: options.schema, copying: copying))
                }
                for index in copies.indices {
                    try show(copies[index].sandbox) { progress throws(StorageError) in
                        try copies[index].copying.run(progress: progress)
                    }
                }
                report(copies, try StoreCopying.finish(copies.map(\.copying)))
            } catch {
                // Where nobody knows whether they have their names they stay, for the next time to find out.
                if error.code != .unavailable { for copy in copies { copy.copying.discard() } }
                throw error
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// A store on its way: whose, where to, and from where.
    private typealias Departing = (sandbox: String, options: PostgresOptions, departure: StoreDeparture)

    /// The stores of all sandboxes, the default one's first.
    private func departing(_ url: String) async throws(StorageError) -> [Departing] {
        let standard = try await departure(at: directory)
        var departing: [Departing] = [(Sandbox.standard.name, PostgresOptions(url: url), standard)]
        for sandbox in try sandboxes(of: standard) {
            departing.append(
                (sandbox.sandbox.name, options(url, sandbox), try await departure(at: place(of: sandbox)))
            )
        }
        return departing
    }

    private func departure(at path: String) async throws(StorageError) -> StoreDeparture {
        let mark = RestorationMark(in: path)
        if mark.isSet {
            // The mark stays behind, so the store is to know by itself that it was put back.
            var options = SQLiteStorageOptions()
            options.makesStore = false
            options.reportProgress = Self.report
            let storage = try SQLiteStorage.open(directory: path, options: options)
            do throws(StorageError) {
                _ = try await mark.finish(in: storage)
            } catch {
                try? await storage.close()
                throw error
            }
            try await storage.close()
        }
        return try await StoreDeparture(path: path, reportProgress: Self.report)
    }

    /// Those that are being made, emptied or removed have no store that is kept; the server does the rest.
    private func sandboxes(of standard: StoreDeparture) throws(StorageError) -> [StoredSandbox] {
        try standard.snapshot().sandboxes().filter(\.isActive)
    }

    private func place(of sandbox: StoredSandbox) -> String { "\(directory)/\(sandbox.place)" }

    private func options(_ url: String, _ sandbox: StoredSandbox) -> PostgresOptions {
        var options = PostgresOptions(url: url)
        options.schema += "_" + sandbox.sandbox.id
        return options
    }

    /// Does what is left of a copy that was interrupted at its end.
    ///
    /// - Returns: Whether the database has it; else it is to be begun anew.
    private func finishInterrupted(_ url: String) throws(StorageError) -> Bool {
        guard let noted = try StoreDeparture.notedStore(in: directory) else { return false }
        let standard = try StoreDeparture(holding: directory)
        let sandboxes = try sandboxes(of: standard)
        var departures = [standard]
        for sandbox in sandboxes { departures.append(try StoreDeparture(holding: place(of: sandbox))) }
        guard try PostgresCopy.store(at: PostgresOptions(url: url)) == noted else {
            for departure in departures { departure.forgetNote() }
            return false
        }
        let aside = try StoreCopying.setAside(departures)
        if json {
            let places = aside.map { JSONValue.object(["setAside": .string($0)]) }
            Terminal.print(JSONValue.object(["stores": .array(places)]))
        } else {
            Terminal.print(
                "The copy was in the database already; the files of before are in \(aside.joined(separator: ", "))"
            )
        }
        return true
    }

    @Sendable private static func report(_ line: String) { Terminal.error(line) }

    /// Does a store's work under a line that says how far it is.
    private func show(
        _ sandbox: String,
        _ work: (_ progress: (String, Bool, Int64) -> Void) throws(StorageError) -> Void
    ) throws(StorageError) {
        var bar = ProgressBar(total: nil, unit: "rows")
        var (done, last): (Int64, (String, Bool, Int64)) = (0, ("", false, 0))
        try work { table, isComparing, rows in
            done += rows - (last.0 == table && last.1 == isComparing ? last.2 : 0)
            last = (table, isComparing, rows)
            bar.update(done: done, items: done, note: "\(sandbox): \(isComparing ? "comparing" : "writing") \(table)")
        }
        bar.finish(done: done, items: done)
    }

    private func report(_ copies: [Copied], _ aside: [String]) {
        if json {
            let stores = zip(copies, aside).map { copy, aside in
                JSONValue.object([
                    "sandbox": .string(copy.sandbox), "schema": .string(copy.schema), "setAside": .string(aside),
                    "tables": .object(
                        copy.copying.tables.reduce(into: [:]) { tables, table in
                            tables[table.table] = .object([
                                "rows": .integer(table.digest.count), "digest": .string(table.digest.text),
                            ])
                        }
                    ),
                ])
            }
            return Terminal.print(JSONValue.object(["stores": .array(stores)]))
        }
        for (copy, aside) in zip(copies, aside) {
            let rows = copy.copying.tables.reduce(0) { $0 + $1.digest.count }
            func count(_ name: String) -> Int64 { copy.copying.tables.first { $0.table == name }?.digest.count ?? 0 }
            Terminal.print(
                "\(copy.sandbox): \(Figures.grouped(count("profile"))) profiles, \(Figures.grouped(count("event"))) events and "
                    + "\(Figures.grouped(count("outbox"))) waiting records, \(Figures.grouped(rows)) rows in all, written and read back "
                    + "with the same digests; schema \(copy.schema)"
            )
            Terminal.print("  the files of before are in \(aside)")
        }
        Terminal.error(
            "Start the server with --data \(directory) and the same database. Whoever goes back to the files of before loses what the "
                + "server takes from now on."
        )
    }
    #endif
}
