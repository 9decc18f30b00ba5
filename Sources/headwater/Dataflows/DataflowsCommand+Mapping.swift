import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// What a command maps or unmaps.
    struct Mapped: ParsableArguments {
        @Argument(help: "The dataflow's id or name.")
        var dataflow: String

        @Option(help: "An audience, by id or name; may be given several times.")
        var audience: [String] = []

        @Option(help: "An attribute, as a path; may be given several times.")
        var attribute: [String] = []

        func validate() throws {
            guard !audience.isEmpty || !attribute.isEmpty else {
                throw ValidationError("Give --audience or --attribute.")
            }
        }
    }

    /// `headwater dataflows map`.
    struct Map: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "map",
            abstract: "Maps audiences and attributes to a dataflow."
        )

        @OptionGroup var options: Options
        @OptionGroup var mapped: Mapped

        func run() async throws {
            let mapped = mapped
            options.print(
                try await options.withDataflows { (dataflows) throws(CommandFailure) in
                    let flow = try await dataflows.dataflow(mapped.dataflow)
                    let audiences = try await dataflows.audienceIDs(mapped.audience)
                    Warnings.tell(try await dataflows.map(audiences, mapped.attribute, to: flow))
                    return JSONDataflow(flow: try await dataflows.dataflow(mapped.dataflow))
                }
            )
        }
    }

    /// `headwater dataflows unmap`.
    struct Unmap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unmap",
            abstract: "Takes audiences and attributes out of a dataflow.",
            discussion: """
                Nothing is sent for that, unless the target's emitOnUnmap is on: then members are told of as exited; \
                headwater backfills shows how far that is.
                """
        )

        @OptionGroup var options: Options
        @OptionGroup var mapped: Mapped

        func run() async throws {
            let mapped = mapped
            options.print(
                try await options.withDataflows { (dataflows) throws(CommandFailure) in
                    let flow = try await dataflows.dataflow(mapped.dataflow)
                    let audiences = try await dataflows.audienceIDs(mapped.audience)
                    try await dataflows.unmap(audiences, mapped.attribute, of: flow)
                    return JSONDataflow(flow: try await dataflows.dataflow(mapped.dataflow))
                }
            )
        }
    }
}
