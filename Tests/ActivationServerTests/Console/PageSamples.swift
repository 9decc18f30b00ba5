import ActivationCore
import Console
import Testing

@testable import ActivationServer

/// One page of every kind with everything that it can show.
enum PageSamples {
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let hour = Timestamp(milliseconds: 1_699_999_200_000)
    static let instant = Instant(now, now: now)
    static let mark = StateMark("Running", .good)
    static let comparison = MessageComparison(
        number: 1,
        about: "about",
        lines: [
            MessageComparison.Line(text: "  {", isAdded: false, isRemoved: false),
            MessageComparison.Line(text: "+ 1", isAdded: true, isRemoved: false),
            MessageComparison.Line(text: "− 2", isAdded: false, isRemoved: true),
        ]
    )
    static let crumb = PageFrame.Crumb("Accounts", "/console/accounts")
    static let mistakes = FormMistakes([FormMistakes.Item(field: "email", text: "wrong")])
    static let tile = HomePage.Tile(label: "Profiles", value: "1", note: "note")
    private static let fact = DataflowPage.Fact(label: "Account", value: "eu", path: "/console/accounts/1")
    static let pager = Pager(text: "1 account", first: "/console/accounts", next: "/console/accounts?after=x")
    static let field = FormField(
        "region",
        "Region",
        .choice([(value: "eu", label: "Europe")]),
        hint: "where",
        error: "none"
    )

    static let frame = PageFrame(
        title: "Title",
        notice: "Done",
        groups: [
            PageFrame.Group(
                name: "Destinations",
                places: [PageFrame.Place(name: "Accounts", path: "/console/accounts", icon: "key", isCurrent: true)]
            )
        ],
        crumbs: [crumb],
        viewer: PageFrame.Viewer(email: "ana@shop.example", token: "t"),
        sandboxes: PageFrame.SandboxMenu(
            current: "Production",
            others: [PageFrame.Crumb("Development", "/console/sandboxes/dev/use")]
        ),
        bell: PageFrame.Bell(1),
        version: "1",
        zone: "UTC",
        requestID: "r"
    )

    private static var viewer: ConsoleViewer {
        get throws {
            let password = try PasswordHash(of: "correct horse battery", cost: .least)
            func entry(_ kind: ControlKind, _ body: JSONObject) -> ControlEntry {
                ControlEntry(kind: kind, id: "1", etag: "1-1", createdAt: now, updatedAt: now, body: body)
            }
            let body = ConsoleUser.body(email: "ana@shop.example", password: password, roles: [], linkedAt: nil)
            return ConsoleViewer(
                user: try #require(ConsoleUser(entry(.consoleUser, body))),
                session: try #require(ConsoleSession(entry(.consoleSession, ["userId": "1", "agent": "Firefox"]))),
                permissions: [],
                clearance: .everything,
                token: "t"
            )
        }
    }

    private static var ladder: CheckLadder {
        let denial = ("AWS-403", "the key lacks a permission")
        let check = ConnectDraft.Check(
            facts: [TargetInspection.Fact("Shards", "2")],
            denial: denial,
            resource: "arn",
            receipt: "0:1"
        )
        return CheckLadder([DestinationStep("May list", ["AWS-403": "Give it."])] + DestinationStep.common, check)
    }

    static func all() throws -> [any ConsoleView] {
        let viewer = try viewer
        return [
            AccountPage(
                title: "eu",
                crumbs: [crumb],
                description: "text",
                path: "/console/accounts/1",
                facts: [AccountPage.Fact(label: "Region", value: "eu-west-1")],
                made: instant,
                madeBy: "ana",
                changed: instant,
                changedBy: "ana",
                uses: [AccountPage.Use(name: "flow", path: "/console/dataflows/1", stream: "events", mark: mark)],
                isUnused: false,
                pager: pager,
                mayManage: true,
                id: "1",
                etag: "1-1"
            ),
            AccountsPage(
                rows: [
                    AccountsPage.Row(
                        name: "eu",
                        path: "/console/accounts/1",
                        kind: "Amazon Kinesis",
                        key: "…0001",
                        region: "eu-west-1",
                        dataflows: "1",
                        made: instant,
                        by: "ana"
                    )
                ],
                isEmpty: false,
                pager: pager
            ),
            BackfillsPage(
                crumbs: [crumb],
                name: "flow",
                path: "/console/dataflows/1/backfills",
                token: "t",
                figures: "/console/live/dataflows/1/figures?seen=x",
                canBegin: true,
                rows: [
                    BackfillsPage.Row(
                        id: "2",
                        path: "/console/dataflows/1/backfills/2",
                        origin: "a request",
                        audiences: "VIP",
                        mark: mark,
                        reason: "waits",
                        progress: DataflowPage.Progress(done: "1", total: "2"),
                        text: "1 of 2",
                        began: instant,
                        by: "ana",
                        canPause: true,
                        canResume: true,
                        isOpen: true,
                        rate: FormField(
                            "rate-2",
                            "Records a second at most",
                            value: "5",
                            hint: "hint",
                            isOptional: true
                        )
                    )
                ],
                isEmpty: false,
                pager: pager
            ),
            CatalogPage(
                cards: [
                    CatalogPage.Card(
                        name: "Amazon Kinesis",
                        about: "text",
                        accounts: "1 account",
                        dataflows: "1 dataflow",
                        isConnected: true,
                        spec: "1",
                        maySetUp: true,
                        drafts: [crumb]
                    )
                ],
                token: "t"
            ),
            ConnectPage(
                title: "Connect",
                crumbs: [crumb],
                heading: "Connect",
                steps: [
                    WizardStep(number: 1, name: "Account", path: "/console/connect/1/account", isCurrent: true)
                ],
                mistakes: mistakes,
                ladder: ladder,
                policy: "{}",
                isPolicyMissing: true,
                trust: "{}",
                isTrustMissing: true,
                about: "What it is for.",
                path: "/console/connect/1/account",
                cancel: "/console/connect/1/cancel",
                token: "t",
                version: "1-1",
                accounts: [ConnectPage.Account(id: "1", name: "eu", facts: "…0001", isChosen: true)],
                hasAccounts: true,
                accountSearch: FormField("account-search", "Name contains", .text(type: "search")),
                moreAccounts: "1 more",
                isNewChosen: true,
                fields: [FormField("stream", "Stream", .suggestion(["events"]), value: "events")],
                folded: [field],
                hasFolded: true,
                examples: [ConnectPage.Example(about: "By default.", id: "example-plain", text: "{}")],
                hasExamples: true,
                buttons: [ConnectPage.Button(value: "next", label: "Check", isPrimary: true)]
            ),
            ConfirmPage(
                title: "Delete",
                crumbs: [crumb],
                text: "It goes.",
                obstacle: "Used:",
                obstacles: [crumb],
                path: "/console/accounts/1/delete",
                token: "t",
                etag: "1-1",
                button: "Delete account",
                cancel: "/console/accounts/1",
                hidden: [FormPage.Hidden(name: "id", value: "1")]
            ),
            DataflowPage(
                title: "flow",
                crumbs: [crumb],
                description: "text",
                path: "/console/dataflows/1",
                token: "t",
                mark: mark,
                canEnable: true,
                canDisable: true,
                canResume: true,
                canBackfill: true,
                canTry: true,
                canTest: true,
                mapping: crumb,
                figuresPath: "/console/live/dataflows/1/figures?seen=x",
                forms: [crumb],
                problem: DataflowPage.Problem(
                    tone: "bad",
                    heading: "Nothing is sent",
                    text: "AWS-403",
                    since: instant,
                    advice: "Resume.",
                    rotation: "/console/accounts/1/rotate"
                ),
                terms: [DataflowPage.Term(sign: "=", count: "1", label: "delivered", isShown: false)],
                hasBooks: true,
                balance: mark,
                facts: [fact],
                figures: [tile],
                chart: HourChart(
                    [HourChart.Hour(start: hour, delivered: 1, parked: 1)],
                    now: now
                ),
                audiences: [DataflowPage.Audience(name: "VIP", members: "1", changes: "2 / 1", mapped: instant)],
                isNothingMapped: false,
                attributes: [DataflowPage.Attribute(source: "a.b", destination: "c", export: "never")],
                hasAttributes: true,
                backfills: [
                    DataflowPage.Backfill(
                        id: "1",
                        origin: "a request",
                        mark: mark,
                        progress: DataflowPage.Progress(done: "1", total: "2"),
                        text: "1 of 2",
                        reason: "waits",
                        began: instant
                    )
                ],
                hasBackfills: true,
                options: [fact],
                id: "1",
                etag: "1-1"
            ),
            DataflowsPage(
                filters: [field],
                onlyProblems: FormField("problems", "Problems only", .toggle, hint: "hint", error: "error"),
                isFiltered: true,
                rows: [
                    DataflowsPage.Row(
                        name: "flow",
                        path: "/console/dataflows/1",
                        mark: mark,
                        reason: "AWS-403",
                        stream: "events",
                        account: "eu",
                        audiences: "1",
                        delivered: "1",
                        rate: "1/s",
                        waiting: "1",
                        lag: "1 s",
                        parked: "0",
                        changed: instant,
                        by: "ana"
                    )
                ],
                isEmpty: false,
                isNothingFound: false,
                hasRows: true,
                pager: pager
            ),
            ErrorPage(APIError(.consolePage, "there is no such page")),
            FormPage(
                "Rotate",
                under: [crumb],
                text: "text",
                mistakes: mistakes,
                path: "/console/accounts/1/rotate",
                token: "t",
                hidden: [FormPage.Hidden(name: "etag", value: "1-1")],
                fields: [field, FormField("lines", "Lines", .lines(4), value: "a", hint: "hint", error: "wrong")],
                button: "Check",
                review: "Show what it does",
                cancel: "/console/accounts/1",
                deletion: "/console/accounts/1/delete",
                places: [crumb]
            ),
            HomePage(
                sentence: "All is well.",
                mark: mark,
                problems: [
                    HomePage.Problem(tone: "bad", what: "flow", path: "/console", text: "AWS-403", since: instant)
                ],
                hasProblems: true,
                tiles: [tile],
                rows: [
                    HomePage.Row(
                        name: "flow",
                        path: "/console/dataflows/1",
                        mark: mark,
                        delivered: "1",
                        rate: "1/s",
                        waiting: "1",
                        lag: "1 s",
                        parked: "0"
                    )
                ],
                hasRows: true,
                more: "1 of 2",
                steps: [
                    HomePage.Step(
                        number: 1,
                        text: "Send.",
                        command: "headwater ingest",
                        path: "/console",
                        isDone: false
                    )
                ],
                isNew: true,
                changes: [change],
                hasChanges: true
            ),
            MappingPage(
                title: "Mapping",
                crumbs: [crumb],
                heading: "Mapping",
                about: "about",
                mistakes: mistakes,
                path: "/console/dataflows/1/mapping",
                token: "t",
                etag: "1-1",
                baseAudiences: ["1"],
                basePaths: "a.b",
                search: FormField("search", "Name contains", .text(type: "search"), value: "x"),
                audiences: [
                    MappingPage.Audience(
                        id: "1",
                        name: "VIP",
                        members: "1",
                        changes: "2 / 1",
                        isChosen: true,
                        isMapped: true
                    )
                ],
                hasAudiences: true,
                more: "1 more",
                attributes: MappingPage.Attributes(
                    paths: "a.b",
                    error: "wrong",
                    search: FormField("path-search", "Path contains", .text(type: "search"), value: "a"),
                    about: "1,000 profiles",
                    found: [
                        PathPicker.Row(
                            path: "a.b",
                            kinds: "list",
                            share: "1 of 2",
                            datasets: "crm",
                            note: "whole",
                            isChosen: true
                        )
                    ],
                    hasFound: true,
                    more: "1 more"
                ),
                backfill: "true",
                cancel: "/console/dataflows/1"
            ),
            ReviewPage(
                title: "Review",
                heading: "Review",
                crumbs: [crumb],
                mistakes: mistakes,
                lines: [ReviewPage.Line(sign: "+", tone: "good", name: "VIP", note: "1 member")],
                isSame: false,
                facts: [ReviewPage.Fact(label: "Shards", value: "1", note: "note")],
                backfill: FormField("backfill", "Send current members now", .toggle, hint: "hint"),
                sample: ReviewPage.Sample(about: "about", text: "{}"),
                breaking: [ReviewPage.Break(path: "/person", what: "is not sent any more")],
                consent: FormField("breaks", "They know", .toggle, hint: "hint", error: "wrong"),
                messages: [comparison],
                canLookOn: true,
                path: "/console/dataflows/1/mapping",
                token: "t",
                hidden: [FormPage.Hidden(name: "etag", value: "1-1")],
                button: "Apply",
                forbidden: ReviewPage.Forbidden(violations: [
                    ReviewPage.Forbidden.Violation(text: "A policy.", meaning: "why", cures: ["take it out"])
                ])
            ),
            DryRunPage(
                title: "Try",
                crumbs: [crumb],
                mistakes: mistakes,
                name: "flow",
                path: "/console/dataflows/1/dry-run",
                token: "t",
                fields: [FormField("identity", "Value", value: "x", hint: "h", error: "e")],
                outcome: DryRunPage.Outcome(
                    mark: mark,
                    sentence: "1 record.",
                    person: crumb,
                    audiences: [DryRunPage.Audience(name: "VIP", mark: mark, path: "/console/profiles/x/audiences/1")],
                    hasAudiences: true,
                    reasons: [DryRunPage.Reason(name: "membership", mark: mark, why: "why")],
                    messages: [DryRunPage.Message(id: "message-1", name: "The message", text: "{}")],
                    hasMessages: true
                )
            ),
            TestRecordsPage(
                under: [crumb],
                name: "flow",
                target: "events",
                path: "/console/dataflows/1/tests",
                token: "t",
                maySend: true,
                example: "{}",
                rows: [
                    TestRecordsPage.Row(
                        at: instant,
                        by: "ana",
                        mark: mark,
                        note: "AWS-404: none",
                        receipt: DeliveryReceipt("shardId-0:1", id: "receipt-0")
                    )
                ]
            ),
            SchemaVersionsPage(
                crumbs: [crumb],
                name: "flow",
                versions: [
                    SchemaVersionsPage.Version(
                        number: "2",
                        mark: mark,
                        isPresent: true,
                        since: instant,
                        digest: "00",
                        changes: [
                            SchemaVersionsPage.Change(sign: "!", tone: "bad", path: "/person", what: "is not sent")
                        ],
                        hasChanges: true,
                        more: "1 more",
                        path: "/console/dataflows/1/messages/schemas/2"
                    )
                ],
                isEmpty: false,
                pager: pager
            ),
        ] + audiences + uploads + people + administration + monitoring + [
            MessagesPage(
                crumbs: [crumb],
                name: "flow",
                path: "/console/dataflows/1/messages",
                samples: [MessagesPage.Sample(id: "sample-0", name: "On membership", text: "{}")],
                isEmpty: false,
                schema: "{}",
                version: "Version 2",
                code: "import boto3"
            ),
            ParkedPage(
                crumbs: [crumb],
                name: "flow",
                isDeleted: false,
                keeping: "keeping",
                causes: [
                    ParkedPage.Cause(
                        code: "MESSAGE_TOO_LARGE",
                        path: "/console/x?code=MESSAGE_TOO_LARGE",
                        isShown: true,
                        count: "1",
                        first: Instant(now, now: now),
                        last: Instant(now, now: now),
                        replay: "/console/x/replay",
                        discard: "/console/x/discard"
                    )
                ],
                hasCauses: true,
                code: "MESSAGE_TOO_LARGE",
                all: "/console/x",
                rows: [
                    ParkedPage.Row(
                        number: "1",
                        parked: Instant(now, now: now),
                        goes: "then",
                        code: "MESSAGE_TOO_LARGE",
                        reason: "why",
                        profile: "p",
                        causes: "membership",
                        size: "2 KiB",
                        text: "{}",
                        replay: "/console/x/replay",
                        discard: "/console/x/discard"
                    )
                ],
                isEmpty: false,
                emptyText: "none",
                pager: pager
            ),
            MePage(viewer, sessions: [viewer.session, viewer.session], mistakes: mistakes, now: now),
            SignInPage(
                token: "t",
                to: "/console",
                kept: "sealed",
                reason: "Your session has ended.",
                email: "ana@shop.example",
                signOn: "Sign in with single sign-on",
                mistake: "wrong"
            ),
            TailPage(
                crumbs: [crumb],
                name: "flow",
                path: "/console/dataflows/1",
                mark: mark,
                stream: "events",
                feed: "/console/live/dataflows/1/tail"
            ),
        ]
    }
}
