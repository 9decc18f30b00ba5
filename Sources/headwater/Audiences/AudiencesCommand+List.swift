import ActivationCore
import ArgumentParser

extension AudiencesCommand {
    /// `headwater audiences list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists audiences, the oldest first: id, evaluation over stored profiles, name."
        )

        @OptionGroup var options: Options

        func run() async throws {
            let all = try await options.withAudiences { (audiences) throws(CommandFailure) in try await audiences.all()
            }
            if options.json {
                Terminal.print(["segments": .array(all)])
            } else {
                for definition in all { Terminal.print(AudienceText(definition: definition).line) }
            }
        }
    }

    /// `headwater audiences show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows an audience with its members and how Adobe would evaluate it."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var audience: String

        func run() async throws {
            let found = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await audiences.audience(audience)
            }
            if options.json {
                Terminal.print(found)
            } else {
                for line in AudienceText(definition: found).lines { Terminal.print(line) }
            }
        }
    }
}
