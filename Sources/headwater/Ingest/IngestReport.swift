import ActivationCore

/// What an ingestion did, for people and for scripts.
struct IngestReport {
    var tally: IngestTally
    var elapsed: Duration
    /// Lines that an earlier run had sent.
    var skippedLines: Int64

    private var rate: Double {
        let seconds = elapsed / .seconds(1)
        return seconds > 0 ? Double(tally.lines) / seconds : 0
    }

    /// The report as one object.
    var json: JSONValue {
        [
            "accepted": .integer(tally.accepted),
            "duplicates": .integer(tally.duplicates),
            "failed": .integer(tally.failed),
            "skipped": .integer(skippedLines),
            "retries": .integer(tally.retries),
            "seconds": JSONValue(elapsed / .seconds(1)),
            "rate": JSONValue(rate),
            "errors": .array(
                tally.refusals.map { refusal in
                    [
                        "line": .integer(refusal.line), "code": .string(refusal.code),
                        "message": .string(refusal.message),
                    ]
                }
            ),
            "errorsTruncated": .bool(tally.failed > tally.refusals.count),
            "warnings": .array(tally.warnings.map(IngestReport.json)),
        ]
    }

    private static func json(_ warning: IngestTally.Warning) -> JSONValue {
        var object: JSONObject = [
            "code": .string(warning.code), "message": .string(warning.message), "count": .integer(warning.count),
        ]
        if let namespace = warning.namespace { object["namespace"] = .string(namespace) }
        if let line = warning.line { object["line"] = .integer(line) }
        return .object(object)
    }

    /// Prints the result, and the first refusals and the warnings to standard error.
    func print() {
        for refusal in tally.refusals.prefix(20) {
            Terminal.error("line \(refusal.line): \(refusal.code): \(refusal.message)")
        }
        let hidden = tally.failed - Int64(min(tally.refusals.count, 20))
        if hidden > 0 { Terminal.error("… and \(Figures.grouped(hidden)) more; --json shows up to 1,000") }
        for warning in tally.warnings {
            let place = warning.line.map { ", first in line \($0)" } ?? ""
            Terminal.error("\(warning.code), \(Figures.grouped(warning.count)) times\(place): \(warning.message)")
        }
        let again = skippedLines > 0 ? ", \(Figures.grouped(skippedLines)) acknowledged before" : ""
        Terminal.print(
            "\(Figures.grouped(tally.accepted)) accepted, \(Figures.grouped(tally.duplicates)) duplicates, "
                + "\(Figures.grouped(tally.failed)) failed\(again), in \(Figures.fixed(elapsed / .seconds(1), 1)) s "
                + "(\(Figures.grouped(Int64(rate)))/s)"
        )
    }
}
