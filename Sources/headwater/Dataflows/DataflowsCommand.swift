import ArgumentParser

/// `headwater dataflows`: what a running server exports where.
struct DataflowsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataflows",
        abstract: "Lists, shows, makes and changes the dataflows of a running server.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A dataflow is named by its id or its name, and so is an audience.
            """,
        subcommands: [
            List.self, Show.self, Balance.self, Runs.self, Replay.self, Changes.self, Schema.self, Samples.self,
            Create.self,
            Rehearse.self, DryRun.self, Test.self, Update.self, Enable.self, Disable.self, Redirect.self, Delete.self,
            Map.self, Unmap.self,
        ]
    )

    typealias Options = ServerOptions
}

extension ServerOptions {
    /// Does a piece of work with the server's dataflows.
    func withDataflows<Value>(
        _ work: (ServerDataflows) async throws(CommandFailure) -> Value
    ) async throws -> Value {
        try await withServer { (client) throws(CommandFailure) in try await work(ServerDataflows(client: client)) }
    }

    /// Prints a dataflow as it was asked for.
    func print(_ dataflow: JSONDataflow) {
        if json {
            Terminal.print(dataflow.json)
        } else {
            for line in dataflow.lines { Terminal.print(line) }
        }
    }
}
