import ActivationCore
import ActivationServer
import ArgumentParser

/// `headwater console`: who gets into the console.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Lets people into a server's web console.",
        subcommands: [Link.self]
    )
}

extension ConsoleCommand {
    /// `headwater console link`.
    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "link",
            abstract: "Makes a link by which a person sets a new password and signs in, once.",
            discussion: """
                Whoever may read the server's directory may make one; the server may run meanwhile. A link for a user is \
                good for ten minutes. Without an e-mail address the link is for whoever makes the first user, within a day.
                """
        )

        @Argument(help: "The user's e-mail address.")
        var email: String?

        @Option(name: .customLong("data"), help: "The server's data directory.")
        var directory: String

        @Option(help: "The server's base URL; by default the one in DIR/admin.json.")
        var endpoint: String?

        @Flag(help: "Prints JSON.")
        var json = false

        func run() async throws {
            let server = try ServerCredentials(directory: directory, endpoint: endpoint).endpoint
            let code: String
            do throws(ServerStartError) {
                code = try SignInLink.code(for: email, inDirectory: directory, now: SystemTime().now())
            } catch {
                throw CommandFailure(error)
            }
            let link = SignInLink.url(code, at: server)
            json ? Terminal.print(["url": .string(link)]) : Terminal.print(link)
        }
    }
}
