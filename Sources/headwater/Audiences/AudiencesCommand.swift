import ArgumentParser
import AsyncHTTPClient

/// `headwater audiences`: the audiences of a running server.
struct AudiencesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audiences",
        abstract: "Lists, shows, makes and evaluates the audiences of a running server.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. An audience is named by its id or its name.
            """,
        subcommands: [List.self, Show.self, Create.self, Evaluate.self]
    )

    /// Which server, and how results are shown.
    struct Options: ParsableArguments {
        @Option(help: "The server's base URL; by default the one in DIR/admin.json.")
        var endpoint: String?

        @Option(name: .customLong("data"), help: "The server's data directory, for its credentials.")
        var directory: String?

        @Flag(help: "Prints JSON.")
        var json = false

        /// Does a piece of work with the server's audiences.
        func withAudiences<Value>(
            _ work: (ServerAudiences) async throws(CommandFailure) -> Value
        ) async throws -> Value {
            let credentials = try ServerCredentials(directory: directory, endpoint: endpoint)
            let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
            do {
                let value = try await work(ServerAudiences(client: ServerClient(http: http, credentials: credentials)))
                try await http.shutdown()
                return value
            } catch {
                // The reason for the failure is worth more than one on the way out.
                try? await http.shutdown()
                throw error
            }
        }
    }
}
