import ActivationCore
import Synchronization
import Testing

@testable import ActivationServer
@testable import Console

@Suite struct SettingsTests {
    private static let labels = [
        (name: "name", label: "Name"), (name: "text", label: "Text"), (name: "newline", label: "Newline"),
    ]

    @Test func `both people's changes stand in the form, and the first one's are told`() {
        let base = QueryItems([("name", "a"), ("text", "one\ntwo"), ("newline", "")])
        let now = QueryItems([("name", "b"), ("text", "one\ntwo"), ("newline", "true")])
        // The browser's own line ends are no change.
        let typed = QueryItems([("name", "c"), ("text", "one\r\ntwo")])

        let merge = FormMerge(base: base, now: now, typed: typed, labels: SettingsTests.labels)

        #expect(merge.items == ["name": "c", "text": "one\ntwo", "newline": "true"])
        #expect(merge.changes == ["Name: “a” became “b”, and you typed “c”", "Newline: off became on"])
    }

    @Test func `a target's form says what it was filled with, whatever the options`() throws {
        let form = TargetForm(ScriptedDestination().spec)
        let options: [JSONObject] = [
            ["stream": "events"],
            ["stream": "events", "triggers": ["membership"], "partitionKey": "random"],
            ["stream": "events", "triggers": ["identity", "attribute"], "partitionKey": ["namespace": "Email"]],
            ["stream": "events", "partitionKey": ["attribute": "person.gender"], "envelope": "cloudevents"],
            ["stream": "events", "identityNamespaces": ["deny": ["Email", "ECID"]], "allowArraysAndMaps": false],
            [
                "stream": "events", "identityNamespaces": ["allow": []], "membershipScope": "changed",
                "emitDeletes": true,
            ],
        ]
        for params in options {
            let again = try form.params(form.typed(params)).get()
            #expect(JSONValue.object(again) == .object(params))
        }
        #expect(throws: TargetFormMistake.self) { try form.params(QueryItems([("stream", "events")])).get() }
    }

    @Test func `settings of flow and target change together, and only on what was seen`() async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await world.makeFlow().flow.id
            let control = world.dependencies.control
            let service = DataflowService(dependencies: world.dependencies)
            let entry = try #require(control.entry(.flow, flow))
            let target = try #require(control.snapshot.target(of: entry))
            let tag = control.snapshot.settingsTag(of: entry)
            let client = AuthenticatedClient(
                clientID: "ana",
                orgID: control.orgID,
                permissions: Role.administrator.permissions
            )
            var params = target.body["params"]?.object ?? [:]
            params["appendNewline"] = true
            let tried = world.probe.state.withLock { $0.targets.count }
            let wish = DataflowService.Settings(flow: ["name": "renamed"], params: params)

            _ = try await service.change(flow, ifMatch: tag, to: wish, by: client)

            #expect(control.entry(.flow, flow)?.string("name") == "renamed")
            #expect(control.entry(.targetConnection, target.id)?.body["params"]?["appendNewline"] == true)
            #expect(world.probe.state.withLock { $0.targets.count } == tried, "no field of the destination changed")
            await #expect(throws: APIError.self) {
                try await service.change(
                    flow,
                    ifMatch: tag,
                    to: DataflowService.Settings(flow: ["name": "x"]),
                    by: client
                )
            }
            // Another stream is tried first, and one that is refused changes nothing.
            world.probe.fail(DestinationProbeError(code: "AWS-404", step: "find", message: "there is no stream"))
            params["stream"] = "other"
            let next = control.snapshot.settingsTag(of: try #require(control.entry(.flow, flow)))
            await #expect(throws: APIError.self) {
                try await service.change(
                    flow,
                    ifMatch: next,
                    to: DataflowService.Settings(flow: ["name": "y"], params: params),
                    by: client
                )
            }
            #expect(control.entry(.flow, flow)?.string("name") == "renamed")
        }
    }

    @Test func `what breaks who reads the stream is reviewed before it is saved, and all else when asked`() async throws
    {
        try await FlowWorld.runConsole { world in
            let flow = try await world.makeFlow().flow.id
            let vip = try await world.makeAudience("VIP")
            let mapped = FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(vip))
            #expect(try await world.patchFlow(flow, [mapped]).status == 202)
            let control = world.dependencies.control
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow)/when"
            func params() throws -> JSONObject {
                let entry = try control.flowServiceEntry(.flow, flow)
                return control.snapshot.target(of: entry)?.body["params"]?.object ?? [:]
            }
            /// What the form holds, with some fields otherwise.
            func form(_ changes: [String: String], _ act: String? = nil) throws -> [(name: String, value: String)] {
                let entry = try control.flowServiceEntry(.flow, flow)
                let stored = SettingsTopic.when.stored(entry, ScriptedDestination().spec, try params())
                let typed = stored.items.filter { changes[$0.name] == nil } + changes.map { (name: $0, value: $1) }
                return typed.filter { !$0.value.isEmpty } + [
                    ("etag", control.snapshot.settingsTag(of: entry)), ("base", stored.text),
                ] + (act.map { [("do", $0)] } ?? [])
            }
            let page = try await browser.open(path)
            #expect(page.text.contains("Show what it does"))

            // A wider choice breaks nobody; asked for, it is shown, and nothing is saved.
            let asked = try await browser.submit(path, try form(["membershipScope": "mapped"], "review"))
            #expect(
                asked.status == 200 && asked.text.contains("Review: ") && asked.text.contains("Nothing is changed yet")
            )
            #expect(asked.text.contains("Memberships in messages") && asked.text.contains("Records a day"))
            #expect(try params()["membershipScope"] == nil)
            let back = try await browser.submit(path, try form(["membershipScope": "mapped"], "edit"))
            #expect(back.text.contains("value=\"mapped\" selected"))

            let random = ["partitionKey": "random"]
            let warned = try await browser.submit(path, try form(random))
            #expect(warned.text.contains("<h2>Breaks who reads the stream</h2>"))
            #expect(warned.text.contains("partitionKey</code>") && !warned.text.contains("Say that they know of it"))
            #expect(try params()["partitionKey"] == nil, "nothing is saved before somebody has seen it")
            let unsaid = try await browser.submit(path, try form(random, "apply"))
            #expect(unsaid.status == 400 && unsaid.text.contains("Say that they know of it"))
            let saved = try await browser.submit(
                path,
                try form(random, "apply") + [(name: ReviewedChange.consent, value: "true")]
            )
            #expect(saved.text.contains("The settings are kept"))
            #expect(try params()["partitionKey"] == "random")
        }
    }

    @Test func `an example shows what the switches add, and nothing of anybody`() throws {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let message = ExampleMessage(now: now, namespaces: NamespaceDirectory(), options: Dataflow.Options())
        let plain = try #require(message.text(names: false, timestamps: false))
        let full = try #require(message.text(names: true, timestamps: true))
        #expect(!plain.contains("Adults") && !plain.contains("mappingCreatedAt"))
        #expect(full.contains(#""name": "Adults""#) && full.contains("mappingCreatedAt"))
        #expect(try JSONValue(parsing: plain)["person"]?["name"]?["firstName"] == "sample 1")
    }
}
