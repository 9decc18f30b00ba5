#if PostgreSQL
/// A step from one version of the tables to the next.
package struct PostgresMigration: Sendable {
    /// The version that it makes.
    package var version: Int32
    /// What it does, for whoever waits for it.
    package var purpose: String
    /// Statements without parameters, which a transaction of its own performs.
    package var text: String

    /// Creates a step.
    package init(version: Int32, purpose: String, text: String) {
        (self.version, self.purpose, self.text) = (version, purpose, text)
    }

    /// All steps, in their order; the first one makes the tables.
    package static let all = [
        PostgresMigration(version: 1, purpose: "make the tables", text: PostgresSchema.initial)
    ]

    /// The version of this program's tables.
    static let newest = all.last?.version ?? 0
}
#endif
