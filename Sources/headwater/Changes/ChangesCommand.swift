import ActivationCore
import ArgumentParser

/// `headwater changes`: who changed what of a running server's configuration.
struct ChangesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "changes",
        abstract: "Shows who changed what of the configuration, and when, the newest change first.",
        discussion: """
            Changes are kept for 365 days; of secrets only that they changed. Credentials come from --data DIR (a \
            server's directory) or from HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var changes: ChangesOptions

    @Option(help: "Only those of this kind of object, such as flow, segmentDefinition or connection.")
    var kind: String?

    @Option(help: "Only those by this client id or e-mail address.")
    var author: String?

    @Option(help: ArgumentHelp("Only those of the object with this id.", valueName: "id"))
    var object: String?

    func run() async throws {
        var query: [(name: String, value: String)] = []
        for (name, value) in [("kind", kind), ("author", author), ("object", object)] {
            if let value { query.append((name, value)) }
        }
        let (wanted, count) = (query, changes.limit)
        let found = try await options.withServer { (server) throws(CommandFailure) in
            try await ServerChanges(client: server).list("/v1/changes", wanted, count: count)
        }
        changes.print(found, options)
    }
}

extension DataflowsCommand {
    /// `headwater dataflows changes`.
    struct Changes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "changes",
            abstract: "Shows who changed a dataflow, its target or its account, and when, the newest change first.",
            discussion: "A dataflow that is deleted is named by its id, for as long as its changes are kept."
        )

        @OptionGroup var options: Options
        @OptionGroup var changes: ChangesOptions

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let (name, count) = (dataflow, changes.limit)
            let found = try await options.withServer { (server) throws(CommandFailure) in
                let id = try await ServerDataflows(client: server).dataflowID(name)
                return try await ServerChanges(client: server).list("/v1/dataflows/\(id)/changes", count: count)
            }
            changes.print(found, options)
        }
    }
}

extension AudiencesCommand {
    /// `headwater audiences changes`.
    struct Changes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "changes",
            abstract: "Shows who changed an audience, and when, the newest change first.",
            discussion: "An audience that is deleted is named by its id, for as long as its changes are kept."
        )

        @OptionGroup var options: Options
        @OptionGroup var changes: ChangesOptions

        @Argument(help: "The id or the name.")
        var audience: String

        func run() async throws {
            let (name, count) = (audience, changes.limit)
            let found = try await options.withServer { (server) throws(CommandFailure) in
                let id = try await ServerAudiences(client: server).audienceID(name)
                let query = [(name: "object", value: id), (name: "kind", value: "segmentDefinition")]
                return try await ServerChanges(client: server).list("/v1/changes", query, count: count)
            }
            changes.print(found, options)
        }
    }
}
