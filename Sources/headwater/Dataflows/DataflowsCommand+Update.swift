import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Changes options of a dataflow's target, or what the dataflow is for, all of it or nothing.",
            discussion: """
                The options are those of the API: stream, region, triggers, envelope, partitionKey and so on. They hold \
                from the next record that is decided. With another stream or region, what was triggered before the change \
                goes to the former one. Marketing actions and alerts belong to the dataflow and are changed by themselves; \
                the list that is given takes the place of the former one, and --reset marketingActions or --reset alerts \
                leaves none.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @OptionGroup var target: TargetParams
        @OptionGroup var purpose: DataflowPurpose

        @Option(
            name: .customLong("reset"),
            help: ArgumentHelp("An option that gets its default again; may be given several times.", valueName: "key")
        )
        var defaults: [String] = []

        func validate() throws {
            let (ofFlow, ofTarget) = resets
            let changesFlow = !purpose.members.isEmpty || !ofFlow.isEmpty
            let changesTarget = !target.params.isEmpty || !ofTarget.isEmpty
            guard changesFlow || changesTarget else {
                throw ValidationError("Give --param, --marketing-action, --alert or --reset.")
            }
            guard !changesFlow || !changesTarget else {
                throw ValidationError(
                    "Options of the target, and marketing actions and alerts, are of two objects; change one at a time."
                )
            }
        }

        /// What gets its default again: members of the flow, and options of the target.
        private var resets: (flow: [String], target: [String]) {
            (defaults.filter(DataflowPurpose.keys.contains), defaults.filter { !DataflowPurpose.keys.contains($0) })
        }

        func run() async throws {
            let (name, params, resets, purpose) = (dataflow, target.members, resets, purpose.members)
            options.print(
                try await options.withDataflows { (dataflows) throws(CommandFailure) in
                    let flow = try await dataflows.dataflow(name)
                    guard params.isEmpty, resets.target.isEmpty else {
                        try await dataflows.update(flow, setting: params, resetting: resets.target)
                        return JSONDataflow(flow: flow, target: try await dataflows.target(of: flow))
                    }
                    try await dataflows.update(flow, purpose: purpose, removing: resets.flow)
                    return JSONDataflow(flow: try await dataflows.dataflow(name))
                }
            )
        }
    }
}
