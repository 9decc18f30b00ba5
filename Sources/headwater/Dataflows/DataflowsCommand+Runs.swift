import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows runs`.
    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "runs",
            abstract: "Shows what became of a dataflow's records by the hour, and its backfills, the newest first.",
            discussion: "The last 30 days are kept; an hour in which nothing happened has no run."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let name = dataflow
            let runs = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.runs(of: try await dataflows.dataflow(name))
            }
            guard !options.json else { return Terminal.print(["items": .array(runs)]) }
            for run in runs { Terminal.print(RunText(run: run).line) }
        }
    }
}

/// A run as people read it.
struct RunText {
    let run: JSONValue

    private func figure(_ member: String) -> String {
        Figures.grouped(run["metrics"]?["recordSummary"]?["\(member)RecordCount"]?.int64 ?? 0)
    }

    /// In one line: when it began, how it stands, its figures.
    var line: String {
        let began = Timestamp(milliseconds: run["createdAt"]?.int64 ?? 0).rfc3339
        let start = "\(began)  \(run["state"]?.string ?? "unknown")  "
        guard run["kind"]?.string == "hour" else {
            return start + "\(figure("output")) records of \(figure("input")) profiles, backfill "
                + (run["id"]?.string ?? "")
        }
        return start + "\(figure("input")) triggered, \(figure("output")) delivered, \(figure("failed")) refused, "
            + "\(figure("skipped")) suppressed"
    }
}
