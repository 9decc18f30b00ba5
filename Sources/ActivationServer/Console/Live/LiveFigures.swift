import ActivationCore
import Console

/// What changes on a dataflow's open pages: texts by their names, read again every other second.
///
/// It is asked for each time instead of being a stream, so that it holds none of the few connections that a browser has
/// and comes back by itself when the server does.
struct LiveFigures: Sendable {
    private let desk: ConsoleDesk
    private let report: DataflowReport
    private let backfills: [BackfillReport]

    /// Backfills that are told of.
    private static let backfillsMax = ListPlace.rows

    init(_ desk: ConsoleDesk, of report: DataflowReport) {
        self.desk = desk
        self.report = report
        backfills = Array(desk.backfillReports(of: report).prefix(LiveFigures.backfillsMax))
    }

    /// How everything stands; a page that was drawn when it was otherwise is drawn again.
    var standing: String {
        let trouble = report.trouble.map { "-\($0.code)" } ?? ""
        let marks = backfills.map { $0.mark.word.prefix(2) }.joined()
        return "\(report.mark.word)\(trouble)-\(marks)"
    }

    /// Where an open page finds them.
    var path: String {
        "/console/live/dataflows/\(report.id)/figures?\(QueryItems([(name: "seen", value: standing)]).text)"
    }

    /// The figures, and whether the page is to be drawn again.
    func json(seen: String?, at now: Timestamp) async -> JSONValue {
        var texts = JSONObject()
        if let figures = try? await desk.figures(of: report, at: now) {
            for tile in DataflowPages.tiles(figures, now: now) {
                texts[tile.label] = .string(tile.value)
                texts["\(tile.label) note"] = .string(tile.note ?? "")
            }
            for term in DataflowPages.terms(figures.books) { texts[term.label] = .string(term.count) }
        }
        for backfill in backfills {
            texts["\(backfill.entry.id)-text"] = .string(backfill.text)
            texts["\(backfill.entry.id)-done"] = backfill.progress.map { .string($0.done) }
        }
        return ["figures": .object(texts), "isOld": .bool(seen.map { !$0.hasSameBytes(as: standing) } ?? false)]
    }
}
