import ActivationCore
import ArgumentParser
import NIOHTTP1

extension PoliciesCommand {
    private static func line(ofAction action: JSONValue) -> String {
        ["name", "description"].map { text(action, $0) }.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    /// `headwater policies actions`.
    struct Actions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "actions",
            abstract: "Lists marketing actions, those of every server before your own: name, meaning."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let actions = try await options.withServer { (server) throws(CommandFailure) in
                let core = try await server.items("children", of: "\(service)/marketingActions/core")
                let custom = try await server.items("children", of: "\(service)/marketingActions/custom")
                return core + custom
            }
            guard !options.json else { return Terminal.print(["items": .array(actions)]) }
            for action in actions { Terminal.print(line(ofAction: action)) }
        }
    }

    /// `headwater policies create-action`.
    struct CreateAction: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create-action",
            abstract: "Makes a marketing action that policies can name, or describes one of your own otherwise."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name; dataflows with an action of this name have this one.")
        var name: String

        @Option(help: "What it means.")
        var description = ""

        func run() async throws {
            let body: JSONValue = ["name": .string(name), "description": .string(description)]
            let action = try await options.withServer { (server) throws(CommandFailure) in
                let path = "\(service)/marketingActions/custom/\(ServerClient.percentEncoded(name))"
                return try await server.call(.PUT, path, body)
            }
            options.json ? Terminal.print(action) : Terminal.print(line(ofAction: action))
        }
    }

    /// `headwater policies delete-action`.
    struct DeleteAction: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete-action",
            abstract: "Deletes a marketing action of your own that no policy names."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        func run() async throws {
            try await options.withServer { (server) throws(CommandFailure) in
                let path = "\(service)/marketingActions/custom/\(ServerClient.percentEncoded(name))"
                _ = try await server.call(.DELETE, path)
            }
            options.json ? Terminal.print(["deleted": .string(name)]) : Terminal.print("\(name) is deleted")
        }
    }

}
