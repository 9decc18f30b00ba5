import ActivationCore

/// What an ingestion did, for people and for scripts.
struct IngestReport {
    var tally: IngestTally
    var elapsed: Duration
    /// How the input was read.
    var reading: InputReading
    /// Lines that an earlier run had sent.
    var skippedLines: Int64 = 0
    /// Those of them that were refused.
    var skippedRefusals: Int64 = 0
    /// Whether the input was read to its end.
    var isComplete = true

    /// Refusals that people are shown.
    static let shownMax = 20

    private var rate: Double {
        let seconds = elapsed / .seconds(1)
        return seconds > 0 ? Double(tally.lines) / seconds : 0
    }

    /// The report as one object.
    var json: JSONValue {
        [
            "complete": .bool(isComplete),
            "input": reading.json,
            "accepted": .integer(tally.accepted),
            "duplicates": .integer(tally.duplicates),
            "failed": .integer(tally.failed),
            "emptyRows": .integer(tally.emptyRows),
            "skipped": .integer(skippedLines),
            "skippedFailed": .integer(skippedRefusals),
            "retries": .integer(tally.retries),
            "seconds": JSONValue(elapsed / .seconds(1)),
            "rate": JSONValue(rate),
            "errors": .array(tally.refusals.map(IngestReport.json)),
            "errorsTruncated": .bool(tally.failed > tally.refusals.count),
            "warnings": .array(tally.warnings.map(IngestReport.json)),
        ]
    }

    private static func json(_ refusal: IngestChunk.Refusal) -> JSONValue {
        var object: JSONObject = [
            "line": .integer(refusal.line), "code": .string(refusal.code), "message": .string(refusal.message),
        ]
        if let column = refusal.column { object["column"] = .integer(column) }
        return .object(object)
    }

    private static func json(_ warning: IngestTally.Warning) -> JSONValue {
        var object: JSONObject = [
            "code": .string(warning.code), "message": .string(warning.message), "count": .integer(warning.count),
        ]
        if let namespace = warning.namespace { object["namespace"] = .string(namespace) }
        if let line = warning.line { object["line"] = .integer(line) }
        return .object(object)
    }

    /// A refusal as people read it.
    static func line(_ refusal: IngestChunk.Refusal) -> String {
        let column = refusal.column.map { ", column \($0)" } ?? ""
        return "line \(refusal.line)\(column): \(refusal.code): \(refusal.message)"
    }

    /// Prints the result, and what people have to know beside it to standard error; the refusals were shown as they came.
    func print() {
        let hidden = tally.failed - Int64(min(tally.refusals.count, IngestReport.shownMax))
        if hidden > 0 { Terminal.error("… and \(Figures.grouped(hidden)) more; --json shows up to 1,000") }
        for warning in tally.warnings {
            let place = warning.line.map { ", first in line \($0)" } ?? ""
            Terminal.error("\(warning.code), \(Figures.grouped(warning.count)) times\(place): \(warning.message)")
        }
        if tally.emptyRows > 0 {
            Terminal.error("\(Figures.grouped(tally.emptyRows)) rows have nothing but empty cells")
        }
        let refused = skippedRefusals > 0 ? " (\(Figures.grouped(skippedRefusals)) refused)" : ""
        let again = skippedLines > 0 ? ", \(Figures.grouped(skippedLines)) lines sent before\(refused)" : ""
        Terminal.print(
            "\(isComplete ? "" : "not finished: ")\(Figures.grouped(tally.accepted)) accepted, "
                + "\(Figures.grouped(tally.duplicates)) duplicates, \(Figures.grouped(tally.failed)) failed\(again), "
                + "in \(Figures.fixed(elapsed / .seconds(1), 1)) s (\(Figures.grouped(Int64(rate)))/s)"
        )
    }
}
