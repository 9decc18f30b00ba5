import ArgumentParser
import Glibc

/// `headwater migrate`: the tables of a database are brought to this program's version.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Makes the tables of a server in a PostgreSQL database, or has them get what this program needs.",
        discussion: """
            The server does the same when it starts, with the rights of its own role; here it can be done before, by whoever may. The \
            tables of every sandbox get it too. What is only added leaves the version to headwater upgrade --finish. Each step is one transaction: it is done as a whole or not at \
            all. Exit codes: 0 done, or nothing to do; 1 with --check, something to do; 65 the tables are of a later program or \
            missing where they were; 69 the database cannot be reached; 75 others hold the tables, try again.
            """
    )

    @OptionGroup var database: DatabaseArguments

    @Flag(help: "Says what would be done, and does nothing.")
    var check = false

    @Flag(help: "Prints what was found and done as one JSON object.")
    var json = false

    func run() async throws {
        guard let url = database.url else {
            throw CommandFailure(.usage, "name the database with --database URL or \(DatabaseURL.variable)")
        }
        database.warnOfPassword()
        #if PostgreSQL
        let report = try StoreMigrations(of: url).run(onlyLooking: check)
        if json { Terminal.print(report.json) } else { report.lines.forEach { Terminal.print($0) } }
        switch report.result {
        case .current, .done: break
        case .due: Glibc.exit(EXIT_FAILURE)
        case .fault: Glibc.exit(CommandFailure.Code.badInput.rawValue)
        }
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }
}
