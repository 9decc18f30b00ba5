import ActivationCore
import Console

@testable import ActivationServer

extension PageSamples {
    /// The pages about audiences.
    static var audiences: [any ConsoleView] {
        [
            AudienceEditorPage(
                title: "New audience",
                heading: "New audience",
                crumbs: [crumb],
                mistakes: mistakes,
                conflict: AudienceEditorPage.Conflict(who: "ana", at: instant, name: "VIP", rule: "person.age > 17"),
                path: "/console/audiences/new",
                token: "t",
                version: "1",
                id: "1",
                name: FormField("name", "Name", value: "VIP", hint: "h", error: "e", isOptional: true),
                details: [field],
                rule: AudienceEditorPage.Rule(text: "person.age > 17", error: "wrong", rows: "5"),
                verdict: AudienceEditorPage.Verdict(
                    tone: "bad",
                    text: "Line 1.",
                    before: "a",
                    wrong: "b",
                    after: "c",
                    isPlaced: true
                ),
                count: "1 of 2",
                effect: AudienceEditorPage.Effect(
                    members: "1 would enter.",
                    records: "1 dataflow.",
                    dataflows: [
                        AudienceEditorPage.Effect.Use(
                            name: "flow",
                            path: "/console/dataflows/1",
                            records: "1",
                            facts: [ReviewPage.Fact(label: "Shards", value: "1", note: "note")]
                        )
                    ],
                    hasDataflows: true,
                    messages: [comparison]
                ),
                countButton: "Count",
                person: [FormField("identity", "Value", value: "x", hint: "h", error: "e", isOptional: true)],
                mayTry: true,
                trial: AudienceEditorPage.Trial(sentence: "A member.", reversal: "Nothing.", conditions: [rule]),
                paths: [RuleWords.Word(text: "person.age", note: "integer")],
                hasPaths: true,
                pathsText: "of 1",
                functions: "contains",
                button: "Save",
                isNew: true,
                cancel: "/console/audiences"
            ),
            AudiencePage(
                title: "VIP",
                crumbs: [crumb],
                description: "text",
                path: "/console/audiences/1",
                mayManage: true,
                token: "t",
                state: mark,
                tags: ["spring"],
                hasTags: true,
                mayPublish: true,
                mayDeactivate: true,
                stays: "It is in use.",
                trouble: "It names nobody.",
                tiles: [tile],
                chart: MemberChart(
                    [MemberChart.Point(start: hour, entered: 2, exited: 1, members: 3)],
                    by: .day
                ),
                ranges: [PersonHead.Tab(name: "24 hours", path: "/console/audiences/1", isCurrent: true)],
                rule: "person.age > 17",
                external: AudiencePage.External(
                    facts: [AudiencePage.Fact(label: "External id", value: "crm")],
                    expiry: "Its members exit.",
                    upload: "/console/audiences/upload?audience=1",
                    mayRefresh: true,
                    refreshNote: "Too soon.",
                    mayEmpty: true,
                    rows: [
                        AudiencePage.External.Row(
                            name: "crm.csv",
                            path: "/console/audiences/upload/1/progress",
                            mark: mark,
                            text: "2 rows",
                            began: instant,
                            by: "ana",
                            accepted: "1",
                            refused: "1",
                            download: "/console/audiences/upload/1/refused.csv",
                            entered: "1",
                            exited: "0"
                        )
                    ],
                    hasRows: true
                ),
                mayCopy: true,
                mark: mark,
                progress: AudiencePage.Progress(done: "1", total: "2", text: "1 of 2"),
                plan: "Cheap.",
                modes: [AudiencePage.Fact(label: "In batches", value: "yes")],
                hasModes: true,
                facts: [AudiencePage.Fact(label: "Merge policy", value: "Default")],
                made: instant,
                changed: instant,
                uses: [AudiencePage.Use(name: "flow", path: "/console/dataflows/1", mark: mark)],
                isUnused: false,
                askers: [crumb],
                hasAskers: true,
                pager: pager,
                id: "1",
                door: "/data/core/ups/audiences"
            ),
            AudiencesPage(
                unfinished: "1 file that you have sent has not been started.",
                filters: [field],
                onlyUnused: FormField("unused", "Sent nowhere", .toggle, hint: "h", error: "e"),
                isFiltered: true,
                mayManage: true,
                mistakes: mistakes,
                token: "t",
                tag: FormField("tags", "Tag", value: "x", hint: "h", error: "e", isOptional: true),
                rows: [
                    AudiencesPage.Row(
                        id: "1",
                        name: "VIP",
                        path: "/console/audiences/1",
                        state: mark,
                        origin: "Rule",
                        tags: ["spring"],
                        members: "1",
                        changes: "2 / 1",
                        mark: mark,
                        progress: "1 of 2",
                        policy: "Default",
                        dataflows: "1",
                        changed: instant
                    )
                ],
                isEmpty: false,
                isNothingFound: false,
                hasRows: true,
                pager: pager
            ),
        ]
    }
}
