import ActivationCore
import Console

@testable import ActivationServer

extension PageSamples {
    private static let leaf = RuleCondition(
        mark: mark,
        heading: nil,
        text: "person.age > 17",
        until: "Changes on 2026-03-02 09:15:04 UTC if nothing comes.",
        values: [RuleCondition.Value(path: "person.age", value: "whole number", source: "from dataset crm")],
        facts: ["3 events passed."],
        decides: false,
        hasToChange: true,
        parts: []
    )
    static let rule = RuleCondition(
        mark: mark,
        heading: "All of these",
        text: nil,
        until: nil,
        values: [],
        facts: [],
        decides: true,
        hasToChange: false,
        parts: [leaf]
    )
    private static let head = PersonHead(
        heading: "Profile …12345678",
        about: "Found by Email (text, 20).",
        revealPath: "/console/profiles/x/reveal",
        erasePath: "/console/profiles/x/erase",
        revealed: PersonHead.Revealed(
            end: "2026-03-02 09:15:04 UTC",
            reason: "ticket 7",
            path: "/console/profiles/x/hide",
            token: "t"
        ),
        tabs: [PersonHead.Tab(name: "Overview", path: "/console/profiles/x", isCurrent: true)]
    )

    /// The pages about persons.
    static var people: [any ConsoleView] {
        [
            LookupPage(token: "t", mistakes: mistakes, fields: [field]),
            PersonPage(
                title: "Profile …12345678",
                crumbs: [crumb],
                head: head,
                facts: [PersonPage.Fact(label: "Events", value: "1")],
                made: instant,
                changed: instant,
                id: "1",
                path: "/console/profiles/x",
                policy: FormField("policy", "Policy", .choice([(value: "1", label: "one")]), hint: "h", error: "e"),
                standings: [
                    PersonPage.Standing(
                        name: "VIP",
                        path: "/console/audiences/1",
                        mark: mark,
                        since: instant,
                        dataflows: "1",
                        why: "/console/profiles/x/audiences/1"
                    )
                ],
                isInNone: false,
                pager: pager,
                search: FormField("audience", "Why not", .text(type: "search"), hint: "h", error: "e"),
                policyID: "1",
                others: [PersonPage.Other(name: "Other", why: "/console/profiles/x/audiences/2")],
                hasOthers: true,
                isNothingFound: true,
                hasIdentities: true,
                graph: IdentityGraph(namespaces: ["Email", "Phone"], links: [(0, 1)], asked: 0),
                members: [
                    PersonPage.Member(
                        number: "1",
                        namespace: "Email",
                        value: "text, 20",
                        isAsked: true,
                        added: instant,
                        links: "2"
                    )
                ],
                seen: [PersonPage.Seen(email: "ana@shop.example", reason: "ticket 7", began: instant)],
                hasSeen: true
            ),
            PersonAttributesPage(
                title: "Attributes",
                crumbs: [crumb],
                head: head,
                path: "/console/profiles/x/attributes",
                search: FormField("path", "Path", .text(type: "search"), hint: "h", error: "e"),
                policyID: "1",
                rows: [
                    PersonAttributesPage.Row(
                        path: "person.age",
                        value: "whole number",
                        dataset: "crm",
                        source: "1",
                        written: instant,
                        others: [
                            PersonAttributesPage.Other(
                                value: "whole number",
                                dataset: "web",
                                why: "an older write",
                                written: instant
                            )
                        ],
                        othersText: "1 other",
                        hasOthers: true
                    )
                ],
                isEmpty: false,
                emptyText: "Nothing.",
                pager: pager
            ),
            PersonEventsPage(
                title: "Events",
                crumbs: [crumb],
                head: head,
                events: [
                    PersonEventsPage.Event(
                        type: "buy",
                        at: instant,
                        exact: "2026",
                        id: "text, 2",
                        leaves: [PersonEventsPage.Leaf(path: "a.b", value: "text, 1")],
                        more: "1 more"
                    )
                ],
                isEmpty: false,
                pager: pager
            ),
            PersonSentPage(
                title: "Sent",
                crumbs: [crumb],
                head: head,
                path: "/console/profiles/x/sent",
                range: FormField("range", "Time", .choice([(value: "1", label: "day")]), hint: "h", error: "e"),
                policyID: "1",
                rows: [
                    PersonSentPage.Row(
                        dataflow: "flow",
                        path: "/console/dataflows/1",
                        mark: mark,
                        at: instant,
                        revision: "1",
                        receipt: DeliveryReceipt("shardId-0:1", id: "receipt-1"),
                        note: "AWS-400"
                    )
                ],
                isEmpty: false,
                order: mark,
                orderText: "Revisions rise.",
                pager: pager
            ),
            ErasurePage(
                title: "Erased profile",
                crumbs: [crumb],
                text: "It is gone.",
                facts: [PersonPage.Fact(label: "Erased", value: "2026")],
                mark: mark,
                download: "/console/erasures/1/receipt.json",
                rows: [
                    ErasurePage.Row(
                        dataflow: "flow",
                        path: "/console/dataflows/1",
                        at: instant,
                        revision: "1",
                        receipt: DeliveryReceipt("shardId-0:1", id: "receipt-1")
                    )
                ],
                isEmpty: false,
                more: "More are in the receipt."
            ),
            PersonDecisionsPage(
                title: "Decisions",
                crumbs: [crumb],
                head: head,
                path: "/console/profiles/x/decisions",
                field: FormField("dataflow", "Dataflow", .suggestion(["flow"]), hint: "h", error: "e"),
                policyID: "1",
                dataflow: "flow",
                dataflowPath: "/console/dataflows/1",
                notes: ["note"],
                rows: [
                    PersonDecisionsPage.Row(
                        at: instant,
                        revision: "1",
                        title: "Attributes were stated",
                        details: ["a.b"],
                        mark: mark,
                        findings: ["none is mapped"],
                        records: [
                            PersonDecisionsPage.Record(
                                text: "on Monday",
                                receipt: DeliveryReceipt("shardId-0:1", id: "receipt-1")
                            )
                        ]
                    )
                ],
                isEmpty: false
            ),
            PersonWhyPage(
                title: "Why VIP",
                crumbs: [crumb],
                head: head,
                sentence: "The person is in VIP.",
                tone: "good",
                icon: "check",
                basis: "What the rule says of the person",
                reversal: "At least 1 condition would have to change.",
                notes: ["note"],
                conditions: [rule],
                audience: "VIP",
                audiencePath: "/console/audiences/1"
            ),
        ]
    }
}
