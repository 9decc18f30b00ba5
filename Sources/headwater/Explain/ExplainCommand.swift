import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater explain`: why a person is in an audience or is not, and why a dataflow sent something of them or did not.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows why a person is in an audience or is not, and what a dataflow made of their last changes.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. With --audience values of attributes are shown; each line has a star where the part is a \
            reason for the outcome, then whether it holds, and a number before a condition. With --dataflow each of the \
            person's last changes is shown, the last one first: whether it was sent, why or why not, and where its records are.
            """,
        helpNames: .long
    )

    @OptionGroup var options: ServerOptions

    @Option(help: "The audience, by its id or name.")
    var audience: String?

    @Option(help: "The dataflow, by its id or name.")
    var dataflow: String?

    @Option(help: "Changes to show at most, with --dataflow.")
    var limit: Int?

    @Option(help: ArgumentHelp("One of the person's identities.", valueName: "NAMESPACE:VALUE"))
    var identity: String

    func validate() throws {
        _ = try IdentityArgument(identity)
        guard (audience == nil) != (dataflow == nil) else {
            throw ValidationError("Give --audience or --dataflow, one of them.")
        }
        guard limit == nil || dataflow != nil else { throw ValidationError("--limit goes with --dataflow.") }
        guard limit.map({ (1...TracedChange.keptMax).contains($0) }) ?? true else {
            throw ValidationError("--limit is a number from 1 to \(TracedChange.keptMax).")
        }
    }

    func run() async throws {
        let identity = try IdentityArgument(identity)
        let (namespace, value) = (
            ServerClient.percentEncoded(identity.namespace), ServerClient.percentEncoded(identity.value)
        )
        let subject =
            audience.map { "audience=\(ServerClient.percentEncoded($0))" }
            ?? "dataflow=\(ServerClient.percentEncoded(dataflow ?? ""))\(limit.map { "&limit=\($0)" } ?? "")"
        let path = "/v1/explain?\(subject)&namespace=\(namespace)&value=\(value)"
        let explanation = try await options.withServer { (server) throws(CommandFailure) in
            try await server.personal(.GET, path).body
        }
        guard !options.json else { return Terminal.print(explanation) }
        let lines =
            dataflow == nil
            ? ExplanationText(explanation: explanation).lines : ExportExplanationText(explanation: explanation).lines
        for line in lines { Terminal.print(line) }
    }
}
