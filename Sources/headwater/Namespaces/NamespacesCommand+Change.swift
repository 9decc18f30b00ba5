import ActivationCore
import ArgumentParser
import NIOHTTP1

extension NamespacesCommand {
    /// Which values of a namespace are taken.
    struct Settings: ParsableArguments {
        @Option(help: "A value that means nobody, in place of the default ones; may be given several times.")
        var ignoredValue: [String] = []

        @Option(help: "A regular expression that every value has to match as a whole.")
        var pattern: String?

        @Option(help: "Identities of this namespace that a profile may have.")
        var profileMax: Int?

        @Option(help: "What happens to an identity beyond that: refuse its message, or drop it.")
        var onViolation: String?

        /// The members that were given.
        var members: JSONObject {
            var members = JSONObject()
            if !ignoredValue.isEmpty { members["ignoredValues"] = .array(ignoredValue.map { .string($0) }) }
            members["pattern"] = pattern.map { .string($0) }
            members["profileMax"] = profileMax.map { .integer(Int64($0)) }
            members["onViolation"] = onViolation.map { .string($0) }
            return members
        }
    }

    /// A setting by its name in the API.
    enum Setting: String, ExpressibleByArgument, CaseIterable {
        case ignoredValues, pattern, profileMax, onViolation
    }

    /// `headwater namespaces create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a namespace; its symbol, name and type never change, and it stays."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The symbol.")
        var namespace: String

        @Option(help: "The name; the symbol when it is left out.")
        var name: String?

        @Option(help: "The type: COOKIE, CROSS_DEVICE, DEVICE, EMAIL, PHONE, PARTNER or NON_PEOPLE.")
        var type: String

        @Option(help: "What it is for.")
        var description: String?

        @OptionGroup var settings: Settings

        func run() async throws {
            var draft = settings.members
            draft["code"] = .string(namespace)
            draft["name"] = .string(name ?? namespace)
            draft["idType"] = .string(type)
            draft["description"] = description.map { .string($0) }
            let body = JSONValue.object(draft)
            options.print(
                try await options.withServer { (server) throws(CommandFailure) in
                    NamespaceText(namespace: try await server.call(.POST, path, body))
                }
            )
        }
    }

    /// `headwater namespaces update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Sets which values of a namespace are taken, from the next message on."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The symbol.")
        var namespace: String

        @OptionGroup var settings: Settings

        @Option(help: "A setting to bring back to its default; may be given several times.")
        var reset: [Setting] = []

        @Flag(help: "Lets every value mean somebody that is not empty or blank.")
        var noIgnoredValues = false

        func validate() throws {
            let given = settings.members.keys
            guard !given.isEmpty || !reset.isEmpty || noIgnoredValues else {
                throw ValidationError("Give a setting, or one to reset.")
            }
            let ignored = [!settings.ignoredValue.isEmpty, noIgnoredValues, reset.contains(.ignoredValues)]
            guard !reset.contains(where: { given.contains($0.rawValue) }), ignored.count(where: { $0 }) < 2 else {
                throw ValidationError("Give each setting once, or reset it.")
            }
        }

        func run() async throws {
            var change = settings.members
            if noIgnoredValues { change["ignoredValues"] = [] }
            for setting in reset { change[setting.rawValue] = .null }
            let body = JSONValue.object(change)
            options.print(
                try await options.withServer { (server) throws(CommandFailure) in
                    NamespaceText(namespace: try await server.call(.PATCH, path(of: namespace), body))
                }
            )
        }
    }
}
