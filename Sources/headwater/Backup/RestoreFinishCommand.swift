import ActivationCore
import ActivationEngine
import ActivationServer
import ArgumentParser
import SQLiteStorage

#if PostgreSQL
import PostgresStorage
#endif

/// `headwater restore-finish`: a store that was put back to an earlier state by other means than `headwater restore` is made fit to go on.
struct RestoreFinishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-finish",
        abstract: "Makes a store fit to go on that was put back to an earlier state.",
        discussion: """
            For a database after a restoration to a point in time or the promotion of a standby that was behind, and for a directory \
            out of a snapshot or an archive; headwater restore does the same by itself. Revisions of all people go on from a number that \
            nobody can have got to, so that consumers which leave out what is older or has an id they know leave out nothing that is \
            new; and what is missing is accepted, so that nodes start. The servers must be stopped; all sandboxes are done. It can be \
            run again at any time.
            """
    )

    @Option(name: .customLong("data"), help: "The server's data directory, when its store is in there.")
    var directory: String?

    @OptionGroup var database: DatabaseArguments

    @Flag(help: "Prints what was done as one JSON object.")
    var json = false

    /// A store that can go on.
    private struct Finished {
        var sandbox: String
        /// Where revisions go on; nil = the server enters it when it starts.
        var revisionsFrom: Int64?
    }

    func run() async throws {
        let finished: [Finished]
        if let url = database.url {
            database.warnOfPassword()
            #if PostgreSQL
            finished = try await finish(database: url)
            #else
            throw CommandFailure.withoutPostgreSQL
            #endif
        } else if let directory {
            finished = try finish(directory: directory)
        } else {
            throw CommandFailure(
                .usage,
                "name the store: --data DIR, or --database URL or \(DatabaseURL.variable) when it is in a database"
            )
        }
        report(finished)
    }

    private func finish(directory: String) throws -> [Finished] {
        do throws(StorageError) {
            try RestorationMark(in: directory).acceptRestored()
            // Also those that are being made or removed: they have no store that anybody reads.
            let root = "\(directory)/\(SandboxDirectories.name)"
            let names = ((try? PrivateTree.names(in: root)) ?? []).sorted().filter {
                PrivateTree.exists("\(root)/\($0)/\(BackupContents.database)")
            }
            for name in names { try RestorationMark(in: "\(root)/\(name)").acceptRestored() }
            return [Finished(sandbox: Sandbox.standard.name)] + names.map { Finished(sandbox: $0) }
        } catch {
            throw CommandFailure(error)
        }
    }

    #if PostgreSQL
    private func finish(database url: String) async throws -> [Finished] {
        do throws(StorageError) {
            let stores = try StoreMigrations(of: url).stores()
            var finished: [Finished] = []
            for (name, options) in stores {
                finished.append(Finished(sandbox: name, revisionsFrom: try await revisionsFrom(in: options)))
            }
            // A program from before knows nothing of it, so none may start.
            for (_, options) in stores { try PostgresMigrator(options).finish() }
            // Last, and the one by which nodes know the store after the others: until then they refuse it.
            for (_, options) in stores.reversed() { try PostgresStorage.acceptRestored(options) }
            return finished
        } catch {
            throw CommandFailure(error)
        }
    }

    private func revisionsFrom(in options: PostgresOptions) async throws(StorageError) -> Int64 {
        var options = options
        options.makesStore = false
        options.leads = true
        let storage = try PostgresStorage.open(options)
        do throws(StorageError) {
            let found = try await Restoration.finish(in: storage, by: .commandLine, time: SystemTime())
            try await storage.close()
            return found?.revisionsFrom ?? 0
        } catch {
            try? await storage.close()
            throw error
        }
    }
    #endif

    private func report(_ finished: [Finished]) {
        if json {
            let stores = finished.map { store in
                JSONValue.object([
                    "sandbox": .string(store.sandbox),
                    "revisionsFrom": store.revisionsFrom.map(JSONValue.integer) ?? .null,
                ])
            }
            return Terminal.print(JSONValue.object(["stores": .array(stores)]))
        }
        for store in finished {
            Terminal.print(
                "\(store.sandbox): "
                    + (store.revisionsFrom.map { "revisions go on from \($0)" }
                        ?? "marked; the server enters at its start where revisions go on")
            )
        }
        Terminal.error(
            "What was taken and changed after the state that was put back is not there. \(Self.consequences) Start the servers."
        )
    }

    /// What people have to know of a store that was put back to an earlier state.
    static let consequences = """
        Records that left after it and wait again here are sent again, with the same id; what is decided from now on has revisions \
        and ids that nothing before had. Persons who were deleted after it are back: delete them again.
        """
}
