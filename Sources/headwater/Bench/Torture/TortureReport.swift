import ActivationCore
import KinesisLocal

/// What a torture did and found.
struct TortureReport {
    var exports: Int64 = 0
    var kills = 0
    /// Audits of the books after a start, and those that found them off.
    var audits = 0
    var auditsOff = 0
    /// The longest time from a start to the first answer.
    var longestStart = Duration.zero
    var residentBytesMax: Int64 = 0
    /// Records that may be there twice: in requests of unknown fate, not settled when the process was killed, or called for twice.
    var duplicatesPossible: Int64 = 0
    var elapsed = Duration.zero
    /// What was seen of the sink's pause, if there was one.
    var pause: SinkPause?
    /// What the books say at the end.
    var books = JSONValue.null
    var stream = Verification()

    /// Exports that are not in the stream.
    var lost: Int64 { exports - Int64(stream.marked - stream.duplicates) }

    /// Whether every promise held.
    var verdict: TortureVerdict { TortureVerdict(on: self) }

    /// The report as one object.
    var json: JSONValue {
        let verdict = verdict
        return [
            "bench": "torture", "isClean": .bool(verdict.isClean),
            "broken": .array(verdict.broken.map { .string($0) }), "exports": .integer(exports),
            "kills": .integer(Int64(kills)),
            "lost": .integer(lost), "inversions": .integer(Int64(stream.late)),
            "duplicates": .integer(Int64(stream.duplicates)), "duplicatesPossible": .integer(duplicatesPossible),
            "audits": .integer(Int64(audits)), "auditsOff": .integer(Int64(auditsOff)),
            "seconds": .figure(elapsed.inSeconds, 1),
            "rate": .figure(Double(exports) / max(elapsed.inSeconds, 0.001), 0),
            "longest_start_ms": .figure(longestStart.inSeconds * 1_000, 0),
            "rss_mb": .figure(Double(residentBytesMax) / 1e6, 1), "pause": pause?.json ?? .null, "books": books,
        ]
    }

    /// The report for people.
    var text: String {
        func count(_ value: Int64) -> String { Figures.grouped(value) }
        let verdict = verdict
        let result = verdict.isClean ? "every promise held" : "A PROMISE WAS BROKEN"
        var lines = [
            "torture: \(count(exports)) exports, \(kills) kills, \(result)",
            "lost \(count(lost)), inversions \(count(Int64(stream.late))), duplicates \(count(Int64(stream.duplicates))) "
                + "of \(count(duplicatesPossible)) possible",
            "books audited \(audits) times after a start, off \(auditsOff) times",
            "\(Figures.fixed(elapsed.inSeconds, 0)) s, \(count(Int64(Double(exports) / max(elapsed.inSeconds, 0.001))))/s, "
                + "longest start \(Figures.fixed(longestStart.inSeconds * 1_000, 0)) ms, "
                + "\(Figures.fixed(Double(residentBytesMax) / 1e6, 0)) MB at most",
        ]
        if let pause { lines.append(pause.text) }
        lines += verdict.broken.map { "broken: \($0)" }
        return lines.joined(separator: "\n  ")
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
