import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows parked`.
    struct Parked: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "parked",
            abstract: "Shows the records that a dataflow's destination refused for good, the oldest first.",
            discussion: "With --json each record has its message, which holds values of persons."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Option(help: "Records at most.")
        var limit = 100

        func validate() throws {
            guard 1...100_000 ~= limit else { throw ValidationError("--limit is a number from 1 to 100000.") }
        }

        func run() async throws {
            let (name, limit) = (dataflow, limit)
            let records = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.parked(of: try await dataflows.dataflowID(name), limit: limit)
            }
            guard !options.json else { return Terminal.print(["items": .array(records)]) }
            for record in records { Terminal.print(ParkedText(record: record).line) }
        }
    }
}

/// A parked record as people read it, without its values.
struct ParkedText {
    let record: JSONValue

    /// In one line: when it was parked, why, whose it is and what made it.
    var line: String {
        let reasons = (record["reasons"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        return [
            record["parkedAt"]?.string ?? "", record["code"]?.string ?? "",
            "profile \(record["profileId"]?.string ?? "")", reasons, record["message"]?.string ?? "",
        ].joined(separator: "  ")
    }
}
