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
            let client = AuthenticatedClient(clientID: "ana", orgID: control.orgID)
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
