import ActivationCore
import ActivationEngine
import ActivationServer
import ArgumentParser
import Glibc
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
            new; and what is missing is accepted, so that nodes start. Over a database no earlier program can start from then on. The servers must be \
            stopped; all sandboxes are done. It can be run again at any time. Exit codes: 0 done; 64 not one store is named; 65 a store, or \
            that of a sandbox, cannot be opened; 69 it cannot be reached; 75 a server is at work in the directory.
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
        var outcome: Outcome
    }

    private enum Outcome {
        /// The store knows where revisions go on.
        case entered(from: Int64)
        /// The server enters it when it starts.
        case marked
        /// Nobody has served from it, so nothing of it is with anybody.
        case unused
        /// It cannot be opened.
        case failed(String)
    }

    func run() async throws {
        let finished: [Finished]
        if let url = database.url {
            guard directory == nil else {
                throw CommandFailure(
                    .usage,
                    "a database and a directory are named, and the store is in one of them: leave --data out, or unset "
                        + "\(DatabaseURL.variable)"
                )
            }
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
        if finished.contains(where: { if case .failed = $0.outcome { true } else { false } }) {
            Glibc.exit(CommandFailure.Code.badInput.rawValue)
        }
    }

    private func finish(directory: String) throws -> [Finished] {
        do throws(StorageError) {
            // Also those that are being made or removed: they have no store that anybody reads.
            let root = "\(directory)/\(SandboxDirectories.name)"
            let names = ((try? PrivateTree.names(in: root)) ?? []).sorted().filter {
                PrivateTree.exists("\(root)/\($0)/\(BackupContents.database)")
            }
            // The server's own last: until then it is refused, if it was before.
            try RestorationMark(in: directory).acceptRestored { () throws(StorageError) in
                for name in names { try RestorationMark(in: "\(root)/\(name)").acceptRestored() }
            }
            return ([Sandbox.standard.name] + names).map { Finished(sandbox: $0, outcome: .marked) }
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
                do throws(StorageError) {
                    finished.append(Finished(sandbox: name, outcome: try await enter(in: options)))
                } catch {
                    // A sandbox that is lost is in nobody's way but its own.
                    guard !finished.isEmpty, [.notAStore, .corrupt].contains(error.code) else { throw error }
                    finished.append(Finished(sandbox: name, outcome: .failed(error.message)))
                }
            }
            // Last, and the one by which nodes know the store after the others: until then they refuse it.
            for (store, (_, options)) in zip(finished, stores).reversed() {
                guard case .entered(let from) = store.outcome else { continue }
                try PostgresStorage.acceptRestored(options, number: from)
            }
            return finished
        } catch {
            throw CommandFailure(error)
        }
    }

    private func enter(in options: PostgresOptions) async throws(StorageError) -> Outcome {
        var options = options
        options.makesStore = false
        options.leads = true
        let storage = try PostgresStorage.open(options)
        do throws(StorageError) {
            let found = try await Restoration.finish(in: storage, by: .commandLine, time: SystemTime())
            try await storage.close()
            return found.map { .entered(from: $0.revisionsFrom) } ?? .unused
        } catch {
            try? await storage.close()
            throw error
        }
    }
    #endif

    private func report(_ finished: [Finished]) {
        if json {
            let stores = finished.map { store in
                var told: JSONObject = ["sandbox": .string(store.sandbox)]
                switch store.outcome {
                case .entered(let from): (told["state"], told["revisionsFrom"]) = ("entered", .integer(from))
                case .marked: told["state"] = "marked"
                case .unused: told["state"] = "unused"
                case .failed(let reason): (told["state"], told["reason"]) = ("failed", .string(reason))
                }
                return JSONValue.object(told)
            }
            return Terminal.print(JSONValue.object(["stores": .array(stores)]))
        }
        for store in finished {
            let words =
                switch store.outcome {
                case .entered(let from): "revisions go on from \(from)"
                case .marked: "marked; the server enters at its start where revisions go on"
                case .unused: "no server has served from it, so it stays as it is"
                case .failed(let reason): reason
                }
            Terminal.print("\(store.sandbox): \(words)")
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
