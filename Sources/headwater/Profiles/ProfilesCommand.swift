import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater profiles`: a person's rights, on a running server.
struct ProfilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles",
        abstract:
            "Shows all that is known about a person, deletes profiles, takes identities apart, lists who may not return "
            + "and which paths there are.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A person is named by one of their identities: NAMESPACE VALUE.
            """,
        subcommands: [
            Export.self, Delete.self, Suppressed.self, Unsuppress.self, Unlink.self, RemoveIdentity.self, Paths.self,
        ],
        // A value may begin with a dash, and nobody may believe that a person was deleted when help was printed.
        helpNames: .long
    )

    /// An identity on the command line.
    struct Person: ParsableArguments {
        @Argument(help: "The symbol of the identity's namespace, such as Email.")
        var namespace: String

        @Argument(help: "The identity's value.")
        var value: String

        /// The identity as a query of the API's own routes.
        var query: String {
            "namespace=\(ServerClient.percentEncoded(namespace))&value=\(ServerClient.percentEncoded(value))"
        }
    }

    /// `headwater profiles export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Prints all that is known about a person as one JSON document, whatever there is of it."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var person: Person

        func run() async throws {
            let query = person.query
            let all = try await options.withServer { (client) throws(CommandFailure) in
                var all = try await client.personal(.GET, "/v1/identities/export?\(query)").body
                while let next = all["next"]?.string {
                    let path = "/v1/identities/export?\(query)&start=\(next)"
                    try all.append(part: try await client.personal(.GET, path).body)
                }
                return all
            }
            Terminal.print(all)
        }
    }

    /// `headwater profiles delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes a person's profile and prints the receipt: what was ever sent."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var person: Person

        @Option(
            help: ArgumentHelp(
                "What happens when one of the identities comes again; what the server was started with when absent.",
                valueName: "accept|refuse"
            )
        )
        var onReturn: ErasedReturn?

        func run() async throws {
            let (namespace, value) = (
                ServerClient.percentEncoded(person.namespace), ServerClient.percentEncoded(person.value)
            )
            let rule = onReturn.map { "&onReturn=\($0.rawValue)" } ?? ""
            let path =
                "/data/core/ups/access/entities?schema.name=_xdm.context.profile"
                + "&entityIdNS=\(namespace)&entityId=\(value)\(rule)"
            let receipt = try await options.withServer { (client) throws(CommandFailure) in
                let answer = try await client.personal(.DELETE, path)
                guard let receipt = answer.headers.first(name: "location") else { return JSONValue.null }
                return try await client.call(.GET, receipt)
            }
            if options.json { return Terminal.print(receipt) }
            let sent = receipt["deliveries"]?.array?.count ?? 0
            Terminal.print("Deleted. \(sent) records were sent; headwater profiles delete --json lists them.")
            Terminal.print("Receipt: /v1/erasures/\(receipt["id"]?.string ?? "")")
        }
    }

    /// `headwater profiles suppressed`.
    struct Suppressed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the erased identities that may not come again; nobody can tell from it who they are."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let entries = try await options.withServer { (client) throws(CommandFailure) in
                var entries: [JSONValue] = []
                var path = "/v1/suppressions?limit=1000"
                while true {
                    let page = try await client.call(.GET, path)
                    entries += page["suppressions"]?.array ?? []
                    guard let next = page["next"]?.string else { return entries }
                    path = "/v1/suppressions?limit=1000&start=\(next)"
                }
            }
            if options.json { return Terminal.print(["suppressions": .array(entries)]) }
            for entry in entries {
                let words = ["suppressedAt", "namespace", "erasureId", "id"].map { entry[$0]?.string ?? "" }
                Terminal.print(words.joined(separator: "  "))
            }
            Terminal.print("\(entries.count) identities may not come again.")
        }
    }

    /// `headwater profiles unsuppress`.
    struct Unsuppress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets an erased identity come again.")

        @OptionGroup var options: ServerOptions
        @OptionGroup var person: Person

        func run() async throws {
            let body: JSONValue = ["namespace": .string(person.namespace), "value": .string(person.value)]
            _ = try await options.withServer { (client) throws(CommandFailure) in
                try await client.call(.DELETE, "/v1/suppressions", body)
            }
            if options.json { return Terminal.print(["outcome": "unsuppressed"]) }
            Terminal.print("The identity may come again.")
        }
    }

    /// `headwater profiles unlink`.
    struct Unlink: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes away the link between two identities; the profile may become two."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var person: Person

        @Argument(help: "The symbol of the other identity's namespace.")
        var otherNamespace: String

        @Argument(help: "The other identity's value.")
        var otherValue: String

        func run() async throws {
            let body: JSONValue = [
                "identities": [
                    ["namespace": .string(person.namespace), "value": .string(person.value)],
                    ["namespace": .string(otherNamespace), "value": .string(otherValue)],
                ]
            ]
            let change = try await options.withServer { (client) throws(CommandFailure) in
                try await client.call(.POST, "/v1/identities/unlink", body)
            }
            if options.json { return Terminal.print(change) }
            Terminal.print(
                change["outcome"] == "split"
                    ? "The link is gone; the profile is two now."
                    : "The link is gone; other links hold the profile together."
            )
        }
    }
}

extension ProfilesCommand {
    /// `headwater profiles remove-identity`.
    struct RemoveIdentity: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove-identity",
            abstract: "Takes one identity out of its profile; with the last one the profile is deleted."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var person: Person

        func run() async throws {
            let query = person.query
            let change = try await options.withServer { (client) throws(CommandFailure) in
                try await client.personal(.DELETE, "/v1/identities?\(query)").body
            }
            if options.json { return Terminal.print(change) }
            Terminal.print(
                change["outcome"] == "deleted"
                    ? "It was the profile's last identity; the profile is deleted."
                    : "The identity has left its profile; what it had stated stays."
            )
        }
    }
}

extension JSONValue {
    /// Adds the next part of a person's export to those before.
    fileprivate mutating func append(part: JSONValue) throws(CommandFailure) {
        guard part["id"] == self["id"] else {
            throw CommandFailure(.retryLater, "the profile became another one meanwhile; ask again")
        }
        for section in ["facts", "events", "waiting", "deadLetters", "deliveries"] {
            self[section] = .array((self[section]?.array ?? []) + (part[section]?.array ?? []))
        }
        self["next"] = part["next"]
    }
}

extension ServerClient {
    /// Sends a request whose path names a person, and never tells the path.
    func personal(_ method: HTTPMethod, _ path: String) async throws(CommandFailure) -> Answer {
        let answer = try await send(method, path)
        guard (200..<300).contains(answer.status) else {
            let code: CommandFailure.Code = answer.status == 429 || answer.status >= 500 ? .retryLater : .badInput
            throw CommandFailure(code, "\(method.rawValue) failed: \(answer.reason)")
        }
        return answer
    }
}
