import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater datasets`: the datasets of a running server.
struct DatasetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "datasets",
        abstract: "Lists the datasets of a running server, and sets how long they keep their events and when they end.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A dataset is named by its id or its name.
            """,
        subcommands: [List.self, Expire.self, End.self]
    )

    static let path = "/data/foundation/catalog/dataSets"

    /// `headwater datasets list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists datasets by id: id, how long events stay, name."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let datasets = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, path)
            }
            guard !options.json else { return Terminal.print(datasets) }
            for (id, dataset) in datasets.object ?? [:] {
                let expiration = dataset["extensions"]?["adobe_unifiedProfile"]?["rowExpiration"]?["ttlValue"]?.string
                Terminal.print("\(id)  \(expiration ?? "for ever")  \(dataset["name"]?.string ?? "")")
            }
        }
    }

    /// `headwater datasets expire`.
    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "expire",
            abstract: "Sets how long a dataset keeps its events.",
            discussion: """
                An event goes at the first full hour, by UTC, at which it is that old; audiences change at that instant. \
                Events that are older already go at once, and cannot be brought back.
                """
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name.")
        var dataset: String

        @Option(help: "P, a number and one of D, W, M, Y, such as P30D.")
        var after: String?

        @Flag(help: "Keeps events for ever.")
        var never = false

        func validate() throws {
            guard (after == nil) == never else { throw ValidationError("Give --after or --never, one of them.") }
        }

        func run() async throws {
            let shown = try await options.withServer { (server) throws(CommandFailure) in
                let all = try await server.call(.GET, path).object ?? [:]
                let id = try DatasetsCommand.id(of: dataset, among: all)
                let expiration: JSONValue = after.map { ["ttlValue": .string($0)] } ?? .null
                let change: JSONValue = ["extensions": ["adobe_unifiedProfile": ["rowExpiration": expiration]]]
                let one = "\(path)/\(ServerClient.percentEncoded(id))"
                _ = try await server.call(.PATCH, one, change)
                return try await server.call(.GET, one)
            }
            if options.json {
                Terminal.print(shown)
            } else {
                Terminal.print(after.map { "events go after \($0)" } ?? "events stay")
            }
        }
    }
}

extension DatasetsCommand {
    /// The one dataset with this id or name: of what goes nothing can be brought back.
    static func id(of name: String, among all: JSONObject) throws(CommandFailure) -> String {
        if all[name] != nil { return name }
        let ids = all.filter { $0.value["name"] == .string(name) }.map(\.key)
        guard let id = ids.first else {
            throw CommandFailure(.badInput, "no dataset has this id or name; headwater datasets list shows them")
        }
        guard ids.count == 1 else {
            let shown = ids.prefix(10).joined(separator: ", ")
            throw CommandFailure(.badInput, "\(ids.count) datasets have this name; give the id: \(shown)")
        }
        return id
    }
}
