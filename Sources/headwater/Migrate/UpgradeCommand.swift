import ArgumentParser
import Glibc

#if PostgreSQL
import ActivationEngine
import PostgresStorage
#endif

/// `headwater upgrade`: how far the replacement of nodes by those of a newer program is, and its end.
struct UpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Says how far an upgrade of the nodes over a PostgreSQL database is, and finishes it.",
        discussion: """
            Nodes are replaced one after the other, each by one of the newer program, which adds to the tables what it needs and leaves \
            the rest to the earlier program; until the upgrade is finished, all may be replaced by the earlier program again. To finish \
            it raises the version of the tables in all sandboxes: nodes of the earlier program can store nothing from then on, and none \
            starts. Exit codes: 0 done, or nothing to do; 1 with --check, something to do; 65 the tables are of a later program or \
            missing where they were; 69 the database cannot be reached; 75 nodes of an earlier program are at work, or the tables lack \
            something yet.
            """
    )

    @OptionGroup var database: DatabaseArguments

    @Flag(help: "Only says how far it is, which is the default.")
    var check = false

    @Flag(help: "Finishes it.")
    var finish = false

    @Flag(help: "Prints what was found and done as one JSON object.")
    var json = false

    func validate() throws {
        if check, finish { throw ValidationError("Give --check or --finish, not both.") }
    }

    func run() async throws {
        guard let url = database.url else {
            throw CommandFailure(.usage, "name the database with --database URL or \(DatabaseURL.variable)")
        }
        database.warnOfPassword()
        #if PostgreSQL
        let report = try await StoreUpgrade(of: url).run(onlyLooking: !finish)
        if json { Terminal.print(report.json) } else { report.lines.forEach { Terminal.print($0) } }
        switch report.result {
        case .current, .done: break
        case .due, .blocked: Glibc.exit(finish ? CommandFailure.Code.retryLater.rawValue : EXIT_FAILURE)
        case .fault: Glibc.exit(CommandFailure.Code.badInput.rawValue)
        }
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }
}
