import ActivationCore
import ActivationServer
import ArgumentParser
import Logging

/// `headwater credentials`: who may use a server, changed in its directory while it is stopped, or in its database at any time.
struct CredentialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials",
        abstract:
            "Makes, lists and revokes credentials in a server's directory while it is stopped or in its database, and ends tokens.",
        subcommands: [
            Create.self, List.self, AddSecret.self, RemoveSecret.self, Revoke.self, Tokens.self, RevokeTokens.self,
            Scopes.self,
        ]
    )

    /// The directory, and how results are shown.
    struct Options: ParsableArguments {
        @Option(name: .customLong("data"), help: "The server's data directory.")
        var directory: String

        @Flag(help: "Prints JSON.")
        var json = false

        @OptionGroup var database: DatabaseArguments

        /// Does a piece of work on the server's configuration.
        func withControl<Value>(_ work: (ControlPlane) async throws -> Value) async throws -> Value {
            let given: EnvironmentKeys
            do throws(ServerStartError) {
                given = try EnvironmentKeys()
            } catch {
                throw CommandFailure(error)
            }
            let store = try await ConfigurationStore(directory: directory, database: database)
            do {
                let logger = Logger(label: "headwater", factory: { _ in SwiftLogNoOpLogHandler() })
                // Nodes that share a database have the same keys: new ones would be of use to nobody.
                let keys = try store.isShared ? given.existing(in: directory) : given.keys(of: directory)
                let control = try await ControlPlane(
                    store: store.storage,
                    keys: keys,
                    time: SystemTime(),
                    logger: logger
                )
                guard !control.orgID.isEmpty else {
                    throw CommandFailure(
                        .badInput,
                        "no server has served from \(store.isShared ? "this database" : directory) yet; start headwater serve once"
                    )
                }
                let value = try await work(control)
                try await store.close()
                return value
            } catch {
                // The reason for the failure is worth more than one on the way out.
                try? await store.close()
                throw ServerProcess.failure(error)
            }
        }
    }
}

extension CredentialsCommand.Options {
    /// Does a piece of work whose refusal is wrong input.
    fileprivate func changing<Value>(_ work: (ControlPlane) async throws -> Value) async throws -> Value {
        try await withControl { control in
            do {
                return try await work(control)
            } catch let error as APIError {
                throw CommandFailure(.badInput, error.description)
            }
        }
    }
}

extension CredentialsCommand {
    /// `headwater credentials create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a credential and shows its secret, once."
        )

        @OptionGroup var options: Options

        @Option(help: "Whose it is.")
        var name = "Credential"

        @Option(
            name: .customLong("role"),
            help: ArgumentHelp(
                "The id of a role that says what it may do; may be repeated. Every server has administrator, marketer, "
                    + "dataEngineer, operator, privacyOfficer, dataSender and productionAllAccess."
            )
        )
        var roles = ["administrator"]

        @Option(help: "Who answers for it.")
        var owner: String?

        @Option(help: "Requests that it may send in a second; as many as it likes if not given.")
        var requestsPerSecond: Int?

        @Option(help: "When it stops being good, such as 2027-01-01T00:00:00Z; never if not given.")
        var expires: String?

        func run() async throws {
            var draft = CredentialDraft(name: name, roles: roles, owner: owner)
            draft.requestsPerSecond = requestsPerSecond
            if let expires {
                guard let instant = Timestamp(rfc3339: expires) else {
                    throw ValidationError("--expires is an instant such as 2027-01-01T00:00:00Z.")
                }
                draft.expiresAt = instant
            }
            let made = try await options.changing { [draft] in
                try await $0.createCredential(draft, by: .commandLine)
            }
            CredentialsCommand.show(made, options)
        }
    }

    /// `headwater credentials add-secret`.
    struct AddSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-secret",
            abstract: "Gives a credential a second secret and shows it, once; both are good until one is removed."
        )

        @OptionGroup var options: Options

        @Argument(help: "The client_id.")
        var clientID: String

        func run() async throws {
            let made = try await options.changing { try await $0.addSecret(toCredential: clientID, by: .commandLine) }
            CredentialsCommand.show(made, options)
        }
    }

    /// `headwater credentials remove-secret`.
    struct RemoveSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove-secret",
            abstract: "Takes a secret away from a credential that has another one."
        )

        @OptionGroup var options: Options

        @Argument(help: "The client_id.")
        var clientID: String

        @Argument(help: "The secret's id, as headwater credentials list --json has it.")
        var secretID: String

        func run() async throws {
            try await options.changing {
                try await $0.removeSecret(secretID, fromCredential: clientID, by: .commandLine)
            }
            options.json
                ? Terminal.print(["client_id": .string(clientID), "removed": .string(secretID)])
                : Terminal.print("the secret is removed")
        }
    }

    private static func show(_ made: NewCredential, _ options: Options) {
        guard !options.json else {
            return Terminal.print([
                "client_id": .string(made.clientID), "secret_id": .string(made.secretID),
                "client_secret": .string(made.clientSecret),
            ])
        }
        Terminal.print("client_id      \(made.clientID)\nclient_secret  \(made.clientSecret)")
    }

    /// `headwater credentials list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists credentials; secrets are not kept and cannot be shown."
        )

        @OptionGroup var options: Options

        func run() async throws {
            let credentials = try await options.withControl { $0.credentials() }
            if options.json {
                Terminal.print(.array(credentials.map(List.json)))
                return
            }
            for credential in credentials {
                let state = credential.isRevoked ? "revoked" : "active "
                Terminal.print(
                    "\(credential.clientID)  \(state)  \(credential.createdAt.rfc3339)  \(credential.name)  "
                        + credential.roles.joined(separator: ", ")
                )
            }
        }

        private static func json(_ credential: CredentialSummary) -> JSONValue {
            [
                "client_id": .string(credential.clientID),
                "name": .string(credential.name),
                "createdAt": .string(credential.createdAt.rfc3339),
                "revoked": .bool(credential.isRevoked),
                "roles": .array(credential.roles.map { .string($0) }),
                "owner": credential.owner.map { .string($0) } ?? .null,
                "expiresAt": credential.expiresAt.map { .string($0.rfc3339) } ?? .null,
                "requestsPerSecond": credential.requestsPerSecond.map { .integer(Int64($0)) } ?? .null,
                "lastUsedAt": credential.lastUsedAt.map { .string($0.rfc3339) } ?? .null,
                "secrets": .array(
                    credential.secrets.map { secret in
                        ["id": .string(secret.id), "createdAt": .string(secret.createdAt.rfc3339)]
                    }
                ),
            ]
        }
    }

    /// `headwater credentials revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Takes a credential's access away, with every token it has."
        )

        @OptionGroup var options: Options

        @Argument(help: "The client_id.")
        var clientID: String

        func run() async throws {
            try await options.changing { try await $0.revokeCredential(clientID: clientID, by: .commandLine) }
            options.json
                ? Terminal.print(["client_id": .string(clientID), "revoked": true])
                : Terminal.print("\(clientID) is revoked")
        }
    }
}
