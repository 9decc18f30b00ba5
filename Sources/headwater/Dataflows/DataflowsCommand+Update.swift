import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Changes options of a dataflow's target, all of them or none.",
            discussion: """
                The options are those of the API: stream, region, triggers, envelope, partitionKey and so on. They hold \
                from the next record that is decided. With another stream or region, what was triggered before the change \
                goes to the former one.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @OptionGroup var target: TargetParams

        @Option(
            name: .customLong("reset"),
            help: ArgumentHelp("An option that gets its default again; may be given several times.", valueName: "key")
        )
        var defaults: [String] = []

        func validate() throws {
            guard !target.params.isEmpty || !defaults.isEmpty else { throw ValidationError("Give --param or --reset.") }
        }

        func run() async throws {
            let (name, params, defaults) = (dataflow, target.members, defaults)
            options.print(
                try await options.withDataflows { (dataflows) throws(CommandFailure) in
                    let flow = try await dataflows.dataflow(name)
                    try await dataflows.update(flow, setting: params, resetting: defaults)
                    return JSONDataflow(flow: flow, target: try await dataflows.target(of: flow))
                }
            )
        }
    }
}
