import ArgumentParser
import AsyncHTTPClient

/// Which server a command is about, and how results are shown.
struct ServerOptions: ParsableArguments {
    @Option(help: "The server's base URL; by default the one in DIR/admin.json.")
    var endpoint: String?

    @Option(name: .customLong("data"), help: "The server's data directory, for its credentials.")
    var directory: String?

    @Option(help: "The sandbox; by default HEADWATER_SANDBOX, else the default one.")
    var sandbox: String?

    @Option(
        help: ArgumentHelp(
            "What the command may do of what its credential may, such as headwater:view-profiles, with commas between several; "
                + "by default HEADWATER_SCOPE, else all. headwater credentials scopes lists them.",
            valueName: "scopes"
        )
    )
    var scope: String?

    @Flag(help: "Prints JSON.")
    var json = false

    /// Does a piece of work with the server.
    func withServer<Value>(
        _ work: (ServerClient) async throws(CommandFailure) -> Value
    ) async throws -> Value {
        let credentials = try ServerCredentials(
            directory: directory,
            endpoint: endpoint,
            sandbox: sandbox,
            scope: scope
        )
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        do {
            let value = try await work(ServerClient(http: http, credentials: credentials, trace: .ofEnvironment))
            try await http.shutdown()
            return value
        } catch {
            // The reason for the failure is worth more than one on the way out.
            try? await http.shutdown()
            throw error
        }
    }
}
