#if PostgreSQL
import ActivationEngine
import PostgresStorage

/// Finishes the upgrade of the tables of all sandboxes, once no node of an earlier program is at work.
struct StoreUpgrade {
    private let url: String

    init(of url: String) {
        self.url = url
    }

    /// Looks at tables and nodes, and finishes the upgrade if it can be.
    ///
    /// - Parameter isLooking: Whether nothing is changed.
    /// - Returns: What was found and done.
    /// - Throws: ``CommandFailure`` naming what is in the way of looking; what was done before it stays.
    func run(onlyLooking isLooking: Bool) async throws(CommandFailure) -> UpgradeReport {
        let migrations = StoreMigrations(of: url)
        let found = try migrations.run(onlyLooking: true)
        do throws(StorageError) {
            let stores = found.result == .fault ? [] : try migrations.stores()
            var nodes: NodePrograms?
            if let standard = stores.first { nodes = try await NodePrograms.look(at: standard.options) }
            var report = UpgradeReport(found: found, nodes: nodes)
            guard !isLooking, report.result == .due else { return report }
            // That of the default sandbox last: it says of the whole whether it is done.
            for store in stores.reversed() { try PostgresMigrator(store.options).finish(nodesOf: stores[0].options) }
            report.isDone = true
            return report
        } catch {
            throw CommandFailure(error)
        }
    }
}
#endif
