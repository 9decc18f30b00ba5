import ActivationCore
import ArgumentParser

extension AudiencesCommand {
    /// `headwater audiences create`.
    struct Create: AsyncParsableCommand {
        /// How the rule is written.
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case text = "pql/text"
            case json = "pql/json"
        }

        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes an audience; the server evaluates it over all profiles behind the call."
        )

        @OptionGroup var options: Options

        @Option(help: "The name, which no other audience may have.")
        var name: String

        @Option(help: "The rule.")
        var expression: String?

        @Option(help: "A file that holds the rule; - is standard input.")
        var file: String?

        @Option(help: "How the rule is written: pql/text or pql/json.")
        var format = Format.text

        @Option(help: "The id of the merge policy; by default the server's default one.")
        var mergePolicy: String?

        @Option(help: "What it is for.")
        var description: String?

        @Flag(help: "Makes a draft: evaluated and counted, and not to be exported until it is published.")
        var draft = false

        @Option(help: "A tag; may be given several times.")
        var tag: [String] = []

        @Option(
            help: ArgumentHelp(
                "Makes an audience without a rule, whose members others name; what they call it.",
                valueName: "audience-id"
            )
        )
        var external: String?

        @Option(help: "With --external, what it stands under in records; CustomerAudienceUpload when absent.")
        var namespace: String?

        @Option(help: "With --external, the days for which uploaded members stay, 1 to 90.")
        var days: Int?

        @Flag(help: "Keeps people who opted out of everything, also while the policy General opt-out is on.")
        var keepOptOuts = false

        func validate() throws {
            guard [expression != nil, file != nil, external != nil].count(where: { $0 }) == 1 else {
                throw ValidationError("The rule is given by --expression or by --file, or there is none by --external.")
            }
            guard external != nil || namespace == nil && days == nil else {
                throw ValidationError("--namespace and --days go with --external.")
            }
        }

        func run() async throws {
            var definition: JSONObject = ["name": .string(name)]
            if let external {
                definition["type"] = "ExternalSegment"
                definition["audienceId"] = .string(external)
                definition["namespace"] = namespace.map { .string($0) }
                definition["ttlInDays"] = days.map { .integer(Int64($0)) }
            } else {
                definition["expression"] = [
                    "type": "PQL", "format": .string(format.rawValue), "value": .string(try rule),
                ]
            }
            definition["mergePolicyId"] = mergePolicy.map { .string($0) }
            definition["description"] = description.map { .string($0) }
            if draft { definition["lifecycleState"] = "draft" }
            if !tag.isEmpty { definition["tags"] = .array(tag.map { .string($0) }) }
            if keepOptOuts { definition["dataGovernancePolicy"] = ["excludeOptOut": false] }
            let body = JSONValue.object(definition)
            let made = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await audiences.create(body)
            }
            if options.json {
                Terminal.print(made)
            } else {
                for line in AudienceText(definition: made).lines { Terminal.print(line) }
            }
        }

        private var rule: String {
            get throws(CommandFailure) {
                guard let file else { return expression ?? "" }
                let bytes = try SmallFile.contents(of: file, bytesMax: Limits.expressionJSONBytesMax)
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw CommandFailure(.badInput, "\(file) is not UTF-8")
                }
                return text
            }
        }
    }
}
