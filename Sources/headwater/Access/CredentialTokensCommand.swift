import ActivationCore
import ArgumentParser
import NIOHTTP1

extension CredentialsCommand {
    private static func path(_ clientID: String) -> String {
        "/v1/credentials/\(ServerClient.percentEncoded(clientID))/tokens"
    }

    /// `headwater credentials tokens`.
    struct Tokens: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tokens",
            abstract: "Lists the newest access tokens of a credential that are good, on a running server."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The client_id.")
        var clientID: String

        func run() async throws {
            let list = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, path(clientID))
            }
            guard !options.json else { return Terminal.print(list) }
            for token in list["items"]?.array ?? [] {
                let parts = ["id", "issuedAt", "expiresAt", "scope"].compactMap { token[$0]?.string }
                Terminal.print(parts.joined(separator: "  "))
            }
        }
    }

    /// `headwater credentials scopes`.
    struct Scopes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "scopes",
            abstract: "Lists the scopes that an access token can be narrowed to, on a running server."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let document = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, "/openapi.json")
            }
            let flows = document["components"]?["securitySchemes"]?["clientCredentials"]?["flows"]
            let scopes = flows?["clientCredentials"]?["scopes"]?.object ?? [:]
            guard !options.json else { return Terminal.print(["scopes": .object(scopes)]) }
            for (name, meaning) in scopes { Terminal.print("\(name)  \(meaning.string ?? "")") }
        }
    }

    /// `headwater credentials revoke-tokens`.
    struct RevokeTokens: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke-tokens",
            abstract: "Ends access tokens of a credential at once, on a running server: all it got until now, or one."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The client_id.")
        var clientID: String

        @Option(help: "The id of one token, as headwater credentials tokens has it; all if not given.")
        var token: String?

        func run() async throws {
            _ = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(
                    .DELETE,
                    path(clientID) + (token.map { "/\(ServerClient.percentEncoded($0))" } ?? "")
                )
            }
            options.json
                ? Terminal.print(["client_id": .string(clientID), "ended": .string(token ?? "all")])
                : Terminal.print(token == nil ? "all tokens of \(clientID) are ended" : "the token is ended")
        }
    }
}
