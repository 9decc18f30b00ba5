import ActivationCore
import Console

@testable import ActivationServer

extension PageSamples {
    private static let step = WizardStep(
        number: 1,
        name: "File",
        path: "/console/audiences/upload/1/file",
        isCurrent: true
    )
    private static let reason = RefusalReason(
        code: "CSV_WIDTH",
        text: "The row is too short.",
        count: "2",
        lines: "3 · 7"
    )

    /// The pages about files of members.
    static var uploads: [any ConsoleView] {
        [
            UploadFilePage(
                title: "crm.csv",
                crumbs: [crumb],
                steps: [step],
                audience: crumb,
                audienceID: "1",
                uploadID: "1",
                known: UploadFilePage.Known(
                    name: "crm.csv",
                    text: "All of it is there.",
                    next: "/console/audiences/upload/1/columns",
                    discard: "/console/audiences/upload/1/discard"
                ),
                isWanted: true,
                token: "t",
                unfinished: [
                    UploadFilePage.Unfinished(
                        name: "old.csv",
                        path: "/console/audiences/upload/2/file",
                        mark: mark,
                        audience: "CRM",
                        changed: instant
                    )
                ],
                hasUnfinished: true,
                command: "headwater audiences upload FILE"
            ),
            UploadColumnsPage(
                title: "Columns of crm.csv",
                heading: "crm.csv",
                crumbs: [crumb],
                steps: [step],
                mistakes: mistakes,
                facts: [UploadColumnsPage.Fact(label: "Encoding", value: "utf-8")],
                hasFacts: true,
                columns: ["email"],
                rows: [UploadColumnsPage.Row(line: "2", cells: ["text, 11"])],
                hasRows: true,
                refusals: [reason],
                hasRefusals: true,
                path: "/console/audiences/upload/1/columns",
                token: "t",
                fields: [
                    FormField("column", "Column", .choice([(value: "email", label: "email")]), hint: "h", error: "e")
                ],
                hasFields: true,
                ways: [FormField("encoding", "Read as", .choice([(value: "", label: "utf-8")]), hint: "h", error: "e")],
                discard: "/console/audiences/upload/1/discard"
            ),
            UploadDetailsPage(
                title: "Details of crm.csv",
                heading: "crm.csv",
                crumbs: [crumb],
                steps: [step],
                mistakes: mistakes,
                about: "1 KiB.",
                path: "/console/audiences/upload/1/details",
                token: "t",
                audience: FormField(
                    "audience",
                    "Audience",
                    .choice([(value: "new", label: "A new audience")]),
                    hint: "h",
                    error: "e"
                ),
                fields: [FormField("name", "Name", value: "crm", hint: "h", error: "e", isOptional: true)],
                folded: [FormField("namespace", "Namespace", value: "x", hint: "h", error: "e", isOptional: true)],
                discard: "/console/audiences/upload/1/discard"
            ),
            UploadProgressPage(
                title: "crm.csv",
                crumbs: [crumb],
                steps: [step],
                mark: mark,
                audience: crumb,
                by: "ana",
                began: instant,
                figures: "/console/live/uploads/1/figures?seen=x",
                trouble: "The disk is full.",
                troubleTitle: "It waits",
                progress: DataflowPage.Progress(done: "1", total: "2"),
                text: "1 of 2 rows",
                settling: "1 of 2 profiles",
                tiles: [tile],
                reasons: [reason],
                hasReasons: true,
                part: "Of the first 2.",
                download: "/console/audiences/upload/1/refused.csv",
                mayManage: true,
                again: "/console/audiences/upload?audience=1",
                discard: "/console/audiences/upload/1/discard"
            ),
        ]
    }
}
