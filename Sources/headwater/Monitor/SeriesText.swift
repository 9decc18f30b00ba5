import ActivationCore

/// A series as people read it: a table of steps, one of dataflows, the shards that were throttled and the alerts.
struct SeriesText {
    let series: JSONValue

    /// The tables.
    ///
    /// - Parameter onlyProblems: Whether dataflows of which nobody needs to know are left out.
    /// - Returns: Their lines.
    func lines(onlyProblems: Bool) -> [String] {
        var lines = SeriesText.table(
            ["began", "messages", "triggered", "delivered", "refused", "p50", "p99", "throttled", "longest wait"],
            known.map(step)
        )
        if known.isEmpty { lines = ["Nothing is known of this time."] }
        let flows = (series["dataflows"]?.array ?? []).filter { !onlyProblems || SeriesText.isProblem($0) }
        if !flows.isEmpty {
            lines +=
                [""]
                + SeriesText.table(
                    [
                        "dataflow", "state", "received", "activated", "excluded", "failed", "rate", "p50", "p99",
                        "throttled", "waiting", "parked",
                    ],
                    flows.map(SeriesText.flow)
                )
        }
        let shards = (series["shards"]?.array ?? []).map { shard in
            let name = shard["shard"]?.string ?? ""
            return [shard["flowId"]?.string ?? "", name.isEmpty ? "-" : name, SeriesText.count(shard["total"])]
        }
        if !shards.isEmpty { lines += [""] + SeriesText.table(["dataflow", "shard", "throttled"], shards) }
        let alerts = (series["alerts"]?.array ?? []).map { alert in
            [
                alert["at"]?.string ?? "", alert["severity"]?.string ?? "", alert["name"]?.string ?? "",
                alert["flowName"]?.string ?? "", alert["text"]?.string ?? "",
            ].filter { !$0.isEmpty }.joined(separator: "  ")
        }
        if !alerts.isEmpty { lines += [""] + alerts }
        return lines
    }

    /// The steps of which anything is known.
    private var known: [JSONValue] { (series["slots"]?.array ?? []).filter { $0.object?.keys.count ?? 0 > 1 } }

    private func step(_ slot: JSONValue) -> [String] {
        [
            slot["start"]?.string ?? "", SeriesText.count(slot["messagesAccepted"]),
            SeriesText.count(slot["triggered"]),
            SeriesText.count(slot["delivered"]), SeriesText.count(slot["parked"]),
            SeriesText.delay("delayP50Milliseconds", of: slot), SeriesText.delay("delayP99Milliseconds", of: slot),
            SeriesText.count(slot["throttled"]), SeriesText.time(slot["oldestWaitMilliseconds"]),
        ]
    }

    private static func flow(_ flow: JSONValue) -> [String] {
        [
            flow["name"]?.string ?? flow["flowId"]?.string ?? "", flow["state"]?.string ?? "-",
            count(flow["triggered"]), count(flow["delivered"]), count(flow["suppressed"]), count(flow["parked"]),
            flow["activationRate"]?.double.map { Figures.fixed($0 * 100, 1) + " %" } ?? "-",
            delay("delayP50Milliseconds", of: flow), delay("delayP99Milliseconds", of: flow),
            count(flow["throttled"]), count(flow["pending"]), count(flow["deadLetters"]),
        ]
    }

    private static func isProblem(_ flow: JSONValue) -> Bool {
        ["paused", "retrying"].contains(flow["state"]?.string ?? "") || (flow["parked"]?.int64 ?? 0) > 0
            || (flow["deadLetters"]?.int64 ?? 0) > 0
    }

    private static func count(_ value: JSONValue?) -> String { value?.int64.map(Figures.grouped) ?? "-" }

    /// A delay; one that was measured and has no bound is longer than all of them.
    private static func delay(_ member: String, of object: JSONValue) -> String {
        if object[member] == nil, object["measured"]?.int64 ?? 0 > 0 { return "> 30 min" }
        return time(object[member])
    }

    private static func time(_ value: JSONValue?) -> String {
        guard let milliseconds = value?.int64 else { return "-" }
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        if milliseconds < 120_000 { return Figures.fixed(Double(milliseconds) / 1_000, 1) + " s" }
        return Figures.grouped(milliseconds / 60_000) + " min"
    }

    /// Columns side by side: the first one begins at the left, the others end at the right.
    private static func table(_ heads: [String], _ rows: [[String]]) -> [String] {
        let all = [heads] + rows
        let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
    }
}
