import ActivationCore
import KinesisLocal

/// Whether a torture found every promise kept.
struct TortureVerdict: Equatable {
    /// The promises that were broken, in words.
    let broken: [String]

    var isClean: Bool { broken.isEmpty }

    init(on report: TortureReport) {
        var broken: [String] = []
        func check(_ isKept: Bool, _ otherwise: String) {
            if !isKept { broken.append(otherwise) }
        }
        let (stream, books) = (report.stream, report.books)
        check(report.lost == 0 && stream.missing == 0, "exports are not in the stream")
        check(stream.late == 0, "records arrived after later ones of their profile")
        check(stream.unmarked == 0 && stream.notFollowed == 0, "the stream holds what was not sent, or not followed")
        check(
            Int64(stream.duplicates) <= report.duplicatesPossible,
            "more records are there twice than were in requests of unknown fate"
        )
        check(report.auditsOff == 0, "the books were off after a start")
        check(books["isBalanced"]?.bool == true, "the books are off at the end")
        check(books["pending"]?.int64 == 0 && books["parked"]?.int64 == 0, "records were left over")
        if let pause = report.pause { broken += pause.broken }
        self.broken = broken
    }
}
