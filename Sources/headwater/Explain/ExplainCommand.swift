import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater explain`: why a person is in an audience, or is not.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows why a person is in an audience, or what would have to change.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. Values of attributes are shown. Each line has a star where the part is a reason for the \
            outcome, then whether it holds, and a number before a condition.
            """,
        helpNames: .long
    )

    @OptionGroup var options: ServerOptions

    @Option(help: "The audience, by its id or name.")
    var audience: String

    @Option(help: ArgumentHelp("One of the person's identities.", valueName: "NAMESPACE:VALUE"))
    var identity: String

    func validate() throws {
        _ = try IdentityArgument(identity)
    }

    func run() async throws {
        let identity = try IdentityArgument(identity)
        let (namespace, value) = (
            ServerClient.percentEncoded(identity.namespace), ServerClient.percentEncoded(identity.value)
        )
        let path =
            "/v1/explain?audience=\(ServerClient.percentEncoded(audience))&namespace=\(namespace)&value=\(value)"
        let explanation = try await options.withServer { (server) throws(CommandFailure) in
            try await server.personal(.GET, path).body
        }
        guard !options.json else { return Terminal.print(explanation) }
        for line in ExplanationText(explanation: explanation).lines { Terminal.print(line) }
    }
}
