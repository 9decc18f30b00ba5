import ActivationCore

/// What became of the lines of a run.
struct IngestTally {
    /// Lines that are stored.
    var accepted: Int64 = 0
    /// Events that were stored before.
    var duplicates: Int64 = 0
    /// Lines that were refused.
    var failed: Int64 = 0
    /// The first refusals.
    var refusals: [IngestChunk.Refusal] = []
    /// Requests that had to be sent again.
    var retries: Int64 = 0

    /// Refusals kept for the report.
    static let refusalsMax = 1_000

    /// All lines.
    var lines: Int64 { accepted + duplicates + failed }

    /// Enters lines that were refused without asking the server.
    mutating func add(_ refusals: [IngestChunk.Refusal]) {
        failed += Int64(refusals.count)
        keep(refusals)
    }

    /// Enters a server's report.
    ///
    /// - Parameters:
    ///   - report: The answer's body.
    ///   - lines: The input's line of each line that was sent.
    mutating func add(report: JSONValue, lines: [Int64]) {
        accepted += report["accepted"]?.int64 ?? 0
        duplicates += report["duplicates"]?.int64 ?? 0
        failed += report["failed"]?.int64 ?? 0
        keep(
            (report["errors"]?.array ?? []).compactMap { error in
                guard let line = error["line"]?.int64, lines.indices.contains(Int(line) - 1) else { return nil }
                return IngestChunk.Refusal(
                    line: lines[Int(line) - 1],
                    code: error["code"]?.string ?? "",
                    message: error["message"]?.string ?? ""
                )
            }
        )
    }

    private mutating func keep(_ refusals: [IngestChunk.Refusal]) {
        self.refusals += refusals.prefix(max(IngestTally.refusalsMax - self.refusals.count, 0))
    }
}
