import ActivationCore

/// What became of the lines of a run.
struct IngestTally {
    /// What was stored and may not be what was meant, of one kind and namespace.
    struct Warning: Equatable {
        var code: String
        var message: String
        var namespace: String?
        /// How often.
        var count: Int64
        /// The first line it is about.
        var line: Int64?
    }

    /// Lines that are stored.
    var accepted: Int64 = 0
    /// Events that were stored before.
    var duplicates: Int64 = 0
    /// Lines that were refused.
    var failed: Int64 = 0
    /// Rows of a CSV input in which every cell is empty; nothing of them is sent.
    private(set) var emptyRows: Int64 = 0
    /// The first refusals.
    private(set) var refusals: [IngestChunk.Refusal] = []
    /// What there is to know of stored lines, each kind once.
    private(set) var warnings: [Warning] = []
    /// Requests that had to be sent again.
    var retries: Int64 = 0

    /// Refusals kept for the report.
    static let refusalsMax = 1_000
    /// Kinds of warnings kept; there are as many as namespaces.
    static let warningsMax = 1_000

    /// All lines.
    var lines: Int64 { accepted + duplicates + failed }

    /// Enters what became known of a chunk without asking the server.
    mutating func add(_ chunk: IngestChunk) {
        failed += Int64(chunk.refusals.count)
        emptyRows += chunk.emptyRows
        keep(chunk.refusals)
        for warning in chunk.warnings { add(warning) }
    }

    /// Enters a server's report.
    ///
    /// - Parameters:
    ///   - report: The answer's body.
    ///   - lines: The input's line of each line that was sent.
    mutating func add(report: JSONValue, lines: [Int64]) {
        accepted += IngestTally.count(report["accepted"], atMost: lines.count)
        duplicates += IngestTally.count(report["duplicates"], atMost: lines.count)
        failed += IngestTally.count(report["failed"], atMost: lines.count)
        keep(
            (report["errors"]?.array ?? []).compactMap { error in
                guard let line = IngestTally.inputLine(error, lines) else { return nil }
                return IngestChunk.Refusal(
                    line: line,
                    code: error["code"]?.string ?? "",
                    message: error["message"]?.string ?? ""
                )
            }
        )
        for warning in report["warnings"]?.array ?? [] { add(warning, lines: lines) }
    }

    /// A number of a report; whoever answers, it is no more than was sent.
    private static func count(_ value: JSONValue?, atMost most: Int) -> Int64 {
        min(max(value?.int64 ?? 0, 0), Int64(most))
    }

    /// The input's line that a part of a report names; nil when there is none.
    private static func inputLine(_ part: JSONValue, _ lines: [Int64]) -> Int64? {
        guard let line = part["line"]?.int64, line >= 1, line <= Int64(lines.count) else { return nil }
        return lines[Int(line) - 1]
    }

    private mutating func add(_ warning: JSONValue, lines: [Int64]) {
        add(
            Warning(
                code: warning["code"]?.string ?? "",
                message: warning["message"]?.string ?? "",
                namespace: warning["namespace"]?.string,
                count: IngestTally.count(warning["count"], atMost: lines.count * Limits.messageIdentitiesMax),
                line: IngestTally.inputLine(warning, lines)
            )
        )
    }

    private mutating func add(_ warning: Warning) {
        let known = warnings.firstIndex { known in
            known.code.hasSameBytes(as: warning.code)
                && ByteKey(known.namespace ?? "") == ByteKey(warning.namespace ?? "")
        }
        if let known {
            warnings[known].count += warning.count
        } else if warnings.count < IngestTally.warningsMax {
            warnings.append(warning)
        }
    }

    private mutating func keep(_ refusals: [IngestChunk.Refusal]) {
        self.refusals += refusals.prefix(max(IngestTally.refusalsMax - self.refusals.count, 0))
    }
}
