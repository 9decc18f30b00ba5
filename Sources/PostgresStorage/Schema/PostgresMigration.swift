#if PostgreSQL
/// A step from one version of the tables to the next.
package struct PostgresMigration: Sendable {
    /// The version that it makes.
    package var version: Int32
    /// What it does, for whoever waits for it.
    package var purpose: String
    /// Statements without parameters, which a transaction of its own performs.
    package var text: String
    /// Whether it only adds, so that programs from before it work on beside those that need it, until somebody finishes the upgrade
    /// (docs/decisions/0084).
    package var isBeside: Bool

    /// Creates a step.
    package init(version: Int32, purpose: String, text: String, isBeside: Bool = false) {
        (self.version, self.purpose, self.text, self.isBeside) = (version, purpose, text, isBeside)
    }

    /// All steps, in their order; the first one makes the tables.
    package static let all = [
        PostgresMigration(version: 1, purpose: "make the tables", text: PostgresSchema.initial),
        PostgresMigration(
            version: 2,
            purpose: "know which program each node runs",
            text: PostgresSchema.nodePrograms,
            isBeside: true
        ),
        PostgresMigration(
            version: 3,
            purpose: "know which records whoever leads may have in hand",
            text: PostgresSchema.claimReach,
            isBeside: true
        ),
    ]

    /// The version of this program's tables.
    static let newest = all.last?.version ?? 0
}
#endif
