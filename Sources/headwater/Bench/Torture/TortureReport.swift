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
    /// What the books say at the end.
    var books = JSONValue.null
    var stream = Verification()

    /// Exports that are not in the stream.
    var lost: Int64 { exports - Int64(stream.marked - stream.duplicates) }

    /// Whether every promise held.
    var isClean: Bool {
        lost == 0 && stream.late == 0 && stream.missing == 0 && stream.unmarked == 0 && stream.notFollowed == 0
            && auditsOff == 0 && Int64(stream.duplicates) <= duplicatesPossible
            && books["pending"]?.int64 == 0 && books["parked"]?.int64 == 0 && books["isBalanced"]?.bool == true
    }

    /// The report as one object.
    var json: JSONValue {
        [
            "bench": "torture", "isClean": .bool(isClean), "exports": .integer(exports),
            "kills": .integer(Int64(kills)),
            "lost": .integer(lost), "inversions": .integer(Int64(stream.late)),
            "duplicates": .integer(Int64(stream.duplicates)), "duplicatesPossible": .integer(duplicatesPossible),
            "audits": .integer(Int64(audits)), "auditsOff": .integer(Int64(auditsOff)),
            "seconds": .figure(elapsed.seconds, 1), "rate": .figure(Double(exports) / max(elapsed.seconds, 0.001), 0),
            "longest_start_ms": .figure(longestStart.seconds * 1_000, 0),
            "rss_mb": .figure(Double(residentBytesMax) / 1e6, 1), "books": books,
        ]
    }

    /// The report for people.
    var text: String {
        func count(_ value: Int64) -> String { Figures.grouped(value) }
        return """
            torture: \(count(exports)) exports, \(kills) kills, \(isClean ? "every promise held" : "A PROMISE WAS BROKEN")
              lost \(count(lost)), inversions \(count(Int64(stream.late))), duplicates \(count(Int64(stream.duplicates))) \
            of \(count(duplicatesPossible)) possible
              books audited \(audits) times after a start, off \(auditsOff) times
              \(Figures.fixed(elapsed.seconds, 0)) s, \(count(Int64(Double(exports) / max(elapsed.seconds, 0.001))))/s, \
            longest start \(Figures.fixed(longestStart.seconds * 1_000, 0)) ms, \
            \(Figures.fixed(Double(residentBytesMax) / 1e6, 0)) MB at most
            """
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
