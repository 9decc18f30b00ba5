import ActivationCore
import ArgumentParser

/// `headwater accounts`: as whom a running server signs in to destinations.
struct AccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts",
        abstract: "Lists and makes accounts, and says what lets a server in as a role.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET.
            """,
        subcommands: [List.self, Create.self, TrustPolicy.self]
    )

    /// `headwater accounts list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists accounts: id, how they sign in, where, name."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let all = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.accounts()
            }
            guard !options.json else { return Terminal.print(["items": .array(all)]) }
            for account in all { Terminal.print(AccountsCommand.line(account)) }
        }
    }

    /// `headwater accounts create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes an account, once Kinesis has taken it.",
            discussion: """
                It signs in with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where there is one, AWS_SESSION_TOKEN, \
                unless --role or --server-identity says otherwise.
                """
        )

        @OptionGroup var options: ServerOptions

        @Option(help: "The name.")
        var name: String

        @Option(help: "A description.")
        var description = ""

        @Option(help: "The region; needed unless --kinesis names a host.")
        var region: String?

        @Option(help: "The endpoint of Kinesis, where it is not the region's own.")
        var kinesis: String?

        @OptionGroup var signIn: AccountSignIn

        func run() async throws {
            let auth = try signIn.auth(region: region, url: kinesis)
            let (name, description) = (name, description)
            let made = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.createAccount(name: name, description: description, auth: auth)
            }
            options.json ? Terminal.print(made) : Terminal.print(AccountsCommand.line(made))
        }
    }

    /// `headwater accounts trust-policy`.
    struct TrustPolicy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust-policy",
            abstract: "Prints the trust policy of a role that lets this server in, with the server's external id."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let policy = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.trustPolicy()
            }
            Terminal.print(policy)
        }
    }

    /// An account in a line.
    private static func line(_ account: JSONValue) -> String {
        let params = account["auth"]?["params"]
        let signsInAs =
            params?["roleArn"]?.string ?? (params?["accessKeyId"] == nil ? "the server's own identity" : "access key")
        return [
            account["id"]?.string, signsInAs, params?["region"]?.string ?? params?["connectionUrl"]?.string,
            account["name"]?.string,
        ].compactMap { $0 }.joined(separator: "  ")
    }
}
