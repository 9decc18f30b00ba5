#if PostgreSQL
import ActivationEngine
import ActivationServer
import PostgresStorage

/// Brings the tables of all sandboxes of a server to this program's version, the default one's first.
struct StoreMigrations {
    private let url: String

    init(of url: String) {
        self.url = url
    }

    /// Looks at the tables, and brings them to this program's version.
    ///
    /// - Parameter isLooking: Whether nothing is changed.
    /// - Returns: What was found and done.
    /// - Throws: ``CommandFailure`` naming what is in the way; what was done before it stays.
    func run(onlyLooking isLooking: Bool) throws(CommandFailure) -> MigrationReport {
        var report = MigrationReport(isLooking: isLooking, entries: [])
        do throws(StorageError) {
            let standard = options(of: nil)
            report.entries.append(try entry(of: Sandbox.standard.name, standard, isNew: true, isLooking))
            // Tables of a later version say nothing that can be relied on.
            guard report.result != .fault else { return report }
            for sandbox in try sandboxes(beside: standard) {
                report.entries.append(
                    try entry(of: sandbox.name, options(of: sandbox), isNew: false, isLooking)
                )
            }
        } catch {
            throw CommandFailure(error)
        }
        return report
    }

    /// The default sandbox's store and all others that are kept, that one first.
    func stores() throws(StorageError) -> [(sandbox: String, options: PostgresOptions)] {
        let standard = options(of: nil)
        return [(Sandbox.standard.name, standard)]
            + (try sandboxes(beside: standard)).map { ($0.name, options(of: $0)) }
    }

    private func options(of sandbox: Sandbox?) -> PostgresOptions {
        var options = PostgresOptions(url: url)
        if let sandbox { options.schema += "_" + sandbox.id }
        options.reportProgress = { Terminal.error($0) }
        return options
    }

    /// The sandboxes that have a store; of others it is made or removed by the server.
    private func sandboxes(beside options: PostgresOptions) throws(StorageError) -> [Sandbox] {
        let snapshot = try PostgresSnapshot(options)
        return try snapshot.sandboxes().filter(\.isActive).map(\.sandbox)
    }

    private func entry(
        of sandbox: String,
        _ options: PostgresOptions,
        isNew: Bool,
        _ isLooking: Bool
    ) throws(StorageError) -> MigrationReport.Entry {
        let migrator = try PostgresMigrator(options)
        var entry = MigrationReport.Entry(sandbox: sandbox, schema: options.schema, found: try migrator.state())
        // Empty tables in the place of some that are lost would be a loss that nobody is told of.
        entry.isLost = !isNew && entry.found == .missing
        if !isLooking, entry.isDue {
            entry.steps = try migrator.run()
            entry.isUnfinished = try migrator.state() != .current
        }
        return entry
    }
}
#endif
