import ArgumentParser

/// `headwater bench`: measures, and prints each figure beside a baseline from the same run.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the engine or the producer beside a baseline.",
        discussion: "On a busy machine trust CPU time first: rates depend on who else is running.",
        subcommands: [EngineBenchCommand.self, ProducerBenchCommand.self]
    )
}
