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

        @Flag(help: "Also what became of the records that tell of each audience: by which it was entered or left.")
        var audiences = false

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let name = dataflow
            let (flow, runs) = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                let flow = try await dataflows.dataflow(name)
                return (flow, try await dataflows.runs(of: flow))
            }
            guard !options.json else { return Terminal.print(["items": .array(runs)]) }
            for run in runs {
                let text = RunText(run: run)
                Terminal.print(text.line)
                if audiences { for line in text.audienceLines(of: flow) { Terminal.print(line) } }
            }
        }
    }
}

/// A run as people read it.
struct RunText {
    let run: JSONValue

    private var summary: JSONValue { run["metrics"]?["recordSummary"] ?? .null }

    private func figure(_ member: String, of counts: JSONValue? = nil) -> String {
        Figures.grouped((counts ?? summary)["\(member)RecordCount"]?.int64 ?? 0)
    }

    private func figures(of counts: JSONValue? = nil) -> String {
        "\(figure("input", of: counts)) triggered, \(figure("output", of: counts)) delivered, "
            + "\(figure("failed", of: counts)) refused, \(figure("skipped", of: counts)) suppressed"
    }

    /// A line for each audience, and one for the records that tell of none; none of a run that has no such figures.
    func audienceLines(of flow: JSONValue) -> [String] {
        guard let rest = summary["withoutAudience"] else { return [] }
        var names: [String: String] = [:]
        for selector in flow["transformations"]?[0]?["params"]?["segmentSelectors"]?["selectors"]?.array ?? [] {
            guard let id = selector["value"]?["id"]?.string else { continue }
            names[id] = selector["value"]?["name"]?.string
        }
        let audiences = summary["targetSummaries"]?[0]?["entitySummaries"]?.array ?? []
        return audiences.map { counts in
            let id = String((counts["id"]?.string ?? "").dropFirst("segment:".count))
            return "  \(names[id] ?? id)  \(figures(of: counts))"
        } + ["  (no audience)  \(figures(of: rest))"]
    }

    /// In one line: when it began, how it stands, its figures.
    var line: String {
        let began = Timestamp(milliseconds: run["createdAt"]?.int64 ?? 0).rfc3339
        let start = "\(began)  \(run["state"]?.string ?? "unknown")  "
        guard run["kind"]?.string == "hour" else {
            return start + "\(figure("output")) records of \(figure("input")) profiles, backfill "
                + (run["id"]?.string ?? "")
        }
        return start + figures()
    }
}
