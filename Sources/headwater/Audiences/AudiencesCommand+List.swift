import ActivationCore
import ArgumentParser

extension AudiencesCommand {
    /// How far an audience has come.
    enum State: String, ExpressibleByArgument, CaseIterable {
        case draft
        case published
        case inactive
    }

    /// `headwater audiences list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists audiences, the oldest first: id, state, evaluation over stored profiles, name, tags."
        )

        @OptionGroup var options: Options

        @Option(help: "Only those in this state: draft, published or inactive.")
        var state: State?

        @Option(help: "Only those with this tag; given several times, with all of them.")
        var tag: [String] = []

        func run() async throws {
            let properties = (state.map { ["lifecycleState==\($0.rawValue)"] } ?? []) + tag.map { "tags==\($0)" }
            let all = try await options.withAudiences { (audiences) throws(CommandFailure) in
                try await audiences.all(properties.map { ("property", $0) })
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
