import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater namespaces`: the identity namespaces of a running server.
struct NamespacesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "namespaces",
        abstract: "Lists, shows and makes identity namespaces, and sets which of their values are taken.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A namespace is named by its symbol, in any case.
            """,
        subcommands: [List.self, Show.self, Create.self, Update.self]
    )

    static let path = "/data/core/idnamespace/identities"

    static func path(of namespace: String) -> String { "\(path)/\(ServerClient.percentEncoded(namespace))" }

    /// `headwater namespaces list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists namespaces: symbol, type, name."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let all = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, path)
            }
            guard !options.json else { return Terminal.print(["items": all]) }
            for namespace in all.array ?? [] { Terminal.print(NamespaceText(namespace: namespace).line) }
        }
    }

    /// `headwater namespaces show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows a namespace and which of its values are taken."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The symbol.")
        var namespace: String

        func run() async throws {
            options.print(
                try await options.withServer { (server) throws(CommandFailure) in
                    NamespaceText(namespace: try await server.call(.GET, path(of: namespace)))
                }
            )
        }
    }
}

extension ServerOptions {
    /// Prints a namespace as it was asked for.
    func print(_ text: NamespaceText) {
        guard !json else { return Terminal.print(text.namespace) }
        for line in text.lines { Terminal.print(line) }
    }
}
