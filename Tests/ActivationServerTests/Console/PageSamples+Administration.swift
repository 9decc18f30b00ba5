import Console

@testable import ActivationServer

extension PageSamples {
    static var change: ChangeRow {
        ChangeRow(
            at: instant,
            who: "ana",
            way: "at the console",
            what: "Changed the dataflow",
            name: "flow",
            path: "/console/dataflows/1",
            lines: [ChangeLine(what: "Name", before: "old", after: "flow", note: "note")],
            hasLines: true,
            more: "and 1 more",
            request: "r"
        )
    }

    /// Lists, and pages about the server.
    static var administration: [any ConsoleView] {
        [
            AboutPage(
                checks: [AboutPage.Check(name: "Writes", mark: mark, text: "Good.")],
                facts: [AboutPage.Fact(label: "Headwater", value: "1")],
                bounds: [AboutPage.Bound(name: "Dataflows", used: "1", most: "100", share: 1, mark: mark)]
            ),
            AuditPage(
                filters: [FormField("user", "Who", value: "x")],
                isFiltered: true,
                csv: "/console/audit/audit.csv",
                json: "/console/audit/audit.json",
                rows: [
                    AuditPage.Row(
                        at: instant,
                        who: "ana",
                        way: "console from 192.0.2.1",
                        request: "r",
                        what: "Reveal: Profile",
                        name: "id",
                        mark: mark,
                        code: "2120-403",
                        lines: change.lines,
                        hasLines: true,
                        details: ["reason: request"]
                    )
                ],
                isEmpty: false,
                pager: pager
            ),
            HistoryPage(
                title: "History of flow",
                crumbs: [crumb],
                text: "text",
                rows: [change],
                isEmpty: false,
                pager: pager,
                name: "flow"
            ),
            SearchPage(
                token: "t",
                field: FormField("q", "Id", .text(type: "search"), value: "x"),
                groups: [SearchPage.Group(name: "Dataflows", found: [crumb], more: "1 more")],
                isNothingFound: true
            ),
            SecretPage(
                title: "New credential",
                under: [crumb],
                name: "loader",
                facts: [SecretPage.Fact(id: "client-secret", name: "Client secret", value: "s")],
                next: "/console/access/credentials"
            ),
            AlertsPage(
                places: [crumb],
                rows: [
                    AlertsPage.Row(
                        name: "Lag",
                        mark: mark,
                        flow: crumb,
                        text: "75 s",
                        since: instant,
                        known: "ana knows",
                        acknowledge: "/console/alerts/now/1/acknowledge",
                        snooze: "/console/alerts/now/1/snooze"
                    ),
                    AlertsPage.Row(
                        name: "Disk",
                        mark: mark,
                        flow: nil,
                        text: "5 MiB",
                        since: instant,
                        known: nil,
                        acknowledge: nil,
                        snooze: nil
                    ),
                ],
                isEmpty: true,
                emptyText: "Nothing is the matter."
            ),
            TablePage(
                "Namespaces",
                text: "text",
                action: TablePage.Action(label: "Make", path: "/console/namespaces/new"),
                others: [TablePage.Action(label: "Other", path: "/console/namespaces/other")],
                what: "Symbol",
                rows: [
                    TablePage.Row(
                        name: "Email",
                        path: "/console/namespaces/Email/settings",
                        mark: mark,
                        note: "E-mail",
                        cells: [TablePage.Cell("Profiles", "1", isNumber: true)]
                    )
                ],
                emptyText: "None.",
                pager: pager
            ),
        ]
    }
}
