#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Asks a server, over a connection of its own, what has become of what it was sent over another one.
enum ServerInquiry {
    /// Says whether it answered so long ago that the answer, of which nothing came, must be lost: a road that carries one way only.
    ///
    /// It is no when nobody can say so, as with a server that lists no connections, or one behind somebody who pools them.
    ///
    /// - Parameters:
    ///   - process: The server's process, by what it said when it was connected to.
    ///   - name: The connection's name.
    ///   - options: Where the server is.
    /// - Returns: Whether the answer is lost.
    static func hasAnswered(_ process: Int32, _ name: String, _ options: PostgresOptions) -> Bool {
        do throws(StorageError) {
            let connection = try PostgresConnection(options, name: "headwater inquiry", patience: wait, doubt: nil)
            let answer = try connection.run(
                PostgresCall(PostgresStatements.restingConnection, .int4(process), .text(name))
            )
            guard answer.count == 1 else { return false }
            return try answer.instant(0, 0).duration(to: answer.instant(0, 1)) >= travel
        } catch {
            return false
        }
    }

    /// How long it is waited for.
    private static let wait: Duration = .seconds(2)
    /// How long an answer may be on its way.
    private static let travel: Duration = .seconds(1)
}
#endif
