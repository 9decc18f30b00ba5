import ActivationCore

/// A backfill as people read it.
struct BackfillText {
    let backfill: JSONValue

    private func text(_ member: String) -> String { backfill[member]?.string ?? "" }

    private var progress: String {
        let processed = backfill["progress"]?["processed"]?.int64 ?? 0
        let total = backfill["progress"]?["total"]?.int64 ?? 0
        return "\(Figures.grouped(processed)) of \(Figures.grouped(total)) profiles"
    }

    private var records: String { "\(Figures.grouped(backfill["records"]?.int64 ?? 0)) records" }

    /// In a list.
    var line: String { "\(text("id"))  \(text("state"))  \(progress), \(records)  dataflow \(text("dataflowId"))" }

    /// By itself.
    var lines: [String] {
        var lines = [
            "backfill     \(text("id"))", "dataflow     \(text("dataflowId"))", "origin       \(text("origin"))",
            "state        \(text("state"))",
        ]
        if !text("reason").isEmpty { lines.append("reason       \(text("reason"))") }
        lines += ["looked at    \(progress)", "made         \(records)"]
        if let left = backfill["secondsLeft"]?.int64 {
            lines.append("time left    \(Figures.clock(seconds: Double(left)))")
        }
        return lines
    }
}
