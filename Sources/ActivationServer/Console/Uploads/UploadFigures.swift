import ActivationCore
import ActivationEngine
import Console

/// What an upload has done so far, as an open page shows it and asks for it again.
struct UploadFigures: Sendable {
    let report: UploadReport
    /// Who entered and exited because of it; nil where that is not known.
    let changes: MemberCounters?

    init(_ desk: ConsoleDesk, of report: UploadReport) async {
        self.report = report
        var changes: MemberCounters?
        if let audience = report.audience {
            changes = await desk.memberChanges(of: desk.uploadReports(of: audience), in: audience)[report.upload.id]
        }
        self.changes = changes
    }

    /// What is counted.
    var tiles: [HomePage.Tile] {
        let rows = report.upload.rows
        return [
            HomePage.Tile(label: "Accepted", value: Figure.count(rows.accepted), note: "rows that name a member"),
            HomePage.Tile(label: "Refused", value: Figure.count(rows.refused), note: "rows that cannot be taken"),
            HomePage.Tile(label: "Empty", value: Figure.count(rows.empty), note: "rows without data"),
            HomePage.Tile(label: "Entered", value: UploadFigures.entered(changes), note: "since its first row"),
            HomePage.Tile(label: "Exited", value: UploadFigures.exited(changes), note: "until the next upload"),
        ]
    }

    /// How many entered, or that it is not known.
    static func entered(_ changes: MemberCounters?) -> String { changes.map { Figure.count($0.entered) } ?? "–" }

    /// How many exited, or that it is not known.
    static func exited(_ changes: MemberCounters?) -> String { changes.map { Figure.count($0.exited) } ?? "–" }

    /// The figures for an open page, and whether that page is to be drawn again.
    func json(seen: String?, at now: Timestamp) -> JSONValue {
        var texts: JSONObject = ["text": .string(report.text(at: now)), "settling": .string(settling ?? "")]
        texts["done"] = report.progress.map { .string($0.done) }
        for tile in tiles { texts[tile.label] = .string(tile.value) }
        let isOld = seen.map { !$0.hasSameBytes(as: report.standing) } ?? false
        return ["figures": .object(texts), "isOld": .bool(isOld)]
    }

    /// How far the exits are of those whom only earlier uploads named; nil when nobody is left.
    var settling: String? {
        report.isSettling
            ? report.audience?.progressText.map { "Whoever only earlier files named exits now: \($0)" } : nil
    }
}
