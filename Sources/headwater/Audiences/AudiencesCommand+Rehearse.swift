import ActivationCore
import ArgumentParser
import NIOHTTP1

extension AudiencesCommand {
    /// `headwater audiences rehearse`.
    struct Rehearse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rehearse",
            abstract: "Tells what would happen if an audience got another rule or merge policy; nothing is changed.",
            discussion: "Without an audience it tells of a new one with the rule."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name of the audience.")
        var audience: String?

        @Option(help: "The rule; by default the audience's own.")
        var expression: String?

        @Option(help: "How the rule is written: pql/text or pql/json.")
        var format = Create.Format.text

        @Option(help: "The id of the merge policy; by default the audience's own, or the server's default one.")
        var mergePolicy: String?

        @OptionGroup var manner: RehearsalManner

        func validate() throws {
            guard expression != nil || audience != nil && mergePolicy != nil else {
                throw ValidationError("Give --expression, or an audience and --merge-policy.")
            }
        }

        func run() async throws {
            let manner = manner
            let rehearsal = try await options.withAudiences { (audiences) throws(CommandFailure) in
                var wish = JSONObject()
                if let audience { wish["id"] = .string(try await audiences.audienceID(audience)) }
                wish["expression"] = expression.map {
                    ["type": "PQL", "format": .string(format.rawValue), "value": .string($0)]
                }
                wish["mergePolicyId"] = mergePolicy.map { .string($0) }
                return try await audiences.client.call(.POST, "/v1/rehearsals", manner.body("audience", .object(wish)))
            }
            options.print(rehearsal: rehearsal)
        }
    }
}
