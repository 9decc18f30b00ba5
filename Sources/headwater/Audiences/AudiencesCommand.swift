import ArgumentParser

/// `headwater audiences`: the audiences of a running server.
struct AudiencesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audiences",
        abstract: "Lists, shows, counts, makes, publishes and evaluates the audiences of a running server.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. An audience is named by its id or its name.
            """,
        subcommands: [
            List.self, Show.self, Members.self, Changes.self, Create.self, Copy.self, Publish.self, Deactivate.self,
            Delete.self, Tag.self, OptOuts.self, Evaluate.self, Upload.self, Uploads.self,
            Refusals.self, Refresh.self, Rehearse.self,
        ]
    )

    typealias Options = ServerOptions
}

extension ServerOptions {
    /// Does a piece of work with the server's audiences.
    func withAudiences<Value>(
        _ work: (ServerAudiences) async throws(CommandFailure) -> Value
    ) async throws -> Value {
        try await withServer { (client) throws(CommandFailure) in try await work(ServerAudiences(client: client)) }
    }
}
