import ArgumentParser

/// `headwater bench`: measures, and prints each figure beside another from the same run.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Measures the engine, events by their history, or the producer; tortures a server, or one dataflow of it.",
        discussion: "On a busy machine trust CPU time first: rates depend on who else is running.",
        subcommands: [
            EngineBenchCommand.self, EventsBenchCommand.self, ProducerBenchCommand.self, StorageBenchCommand.self,
            TortureCommand.self,
            DeadDataflowCommand.self,
        ]
    )
}
