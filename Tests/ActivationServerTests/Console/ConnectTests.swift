import ActivationCore
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

@Suite struct ConnectTests {
    private static let account = [
        (name: "account", value: "new"), (name: "name", value: "eu"), (name: "accessKeyId", value: "AKIANEW000000001"),
        (name: "secretKey", value: "s3cr3t-typed"),
    ]
    private static let details = [
        (name: "name", value: "vip"), (name: "description", value: "to the stream"), (name: "stream", value: "events"),
        (name: "includeSegmentNames", value: "true"), (name: "allowArraysAndMaps", value: "true"),
        (name: "partitionKey", value: "profile"), (name: "envelope", value: "none"), (name: "triggers", value: "true"),
        (name: "triggers.identity", value: "true"), (name: "triggers.attribute", value: "true"),
    ]
    private static let alerts = [
        (name: "alert.lag", value: "true"), (name: "alert.lag.threshold", value: "30"),
        (name: "alert.paused", value: "true"), (name: "do", value: "exit"),
    ]
    private static let governance = [
        (name: "core.emailTargeting", value: "true"), (name: "custom", value: "loyalty: Letters\r\n\r\ngifts"),
    ]

    /// Begins at the catalog.
    private static func begin(_ browser: Browser) async throws {
        try await browser.open("/console/destinations")
        try await browser.submit("/console/connect", [("spec", browser.value(of: "spec") ?? "")])
    }

    /// Sends the step that the browser shows.
    private static func send(
        _ fields: [(name: String, value: String)],
        _ browser: Browser
    ) async throws -> Browser.Answer {
        let path = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1
        return try await browser.submit(String(path), fields + [("version", browser.value(of: "version") ?? "")])
    }

    /// Sends the steps after the account.
    private static func finish(_ browser: Browser) async throws -> Browser.Answer {
        _ = try await send(details, browser)
        _ = try await send(governance, browser)
        return try await send(alerts, browser)
    }

    @Test func `an account and a dataflow are made in four steps, by the person's name`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)

            let second = try await ConnectTests.send(ConnectTests.account, browser)
            #expect(second.text.contains("Write a test record"))
            let made = try await ConnectTests.finish(browser)

            #expect(made.text.contains("The dataflow is made and enabled."))
            let control = world.dependencies.control
            let flow = try #require(control.entries(.flow).first)
            #expect(flow.string("name") == "vip" && flow.string("createdBy") == FlowWorld.email)
            #expect(
                flow.body["marketingActions"] == [
                    ["type": "core", "name": "emailTargeting"],
                    ["type": "custom", "name": "loyalty", "description": "Letters"],
                    ["type": "custom", "name": "gifts", "description": ""],
                ]
            )
            #expect(flow.body["alerts"] == [["type": "lag", "threshold": 30], ["type": "paused"]])
            #expect(control.entries(.flow).count == 1 && control.entries(.sourceConnection).count == 1)
            let target = try #require(control.entries(.targetConnection).first)
            // What is as it is by default is left out.
            #expect(target.body["params"] == ["stream": "events", "includeSegmentNames": true])
            // The API shows the same objects.
            #expect(try await world.flow(.get, "/flows/\(flow.id)").item["state"] == "enabled")
            let account = try #require(control.entries(.connection).first { $0.string("name") == "eu" })
            #expect(!JSONValue.object(account.body).text.contains("s3cr3t-typed"))
        }
    }

    @Test func `a refused step comes back with what was typed and how far the check came, without secrets`()
        async throws
    {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            world.probe.fail(
                DestinationProbeError(code: "NET-001", step: "connect", message: "no answer; allow port 443")
            )

            let refused = try await ConnectTests.send(ConnectTests.account, browser)

            #expect(refused.status == 400)
            #expect(refused.text.contains("no answer; allow port 443") && refused.text.contains("NET-001"))
            #expect(refused.text.contains("Destination answers"))
            #expect(browser.value(of: "accessKeyId") == "AKIANEW000000001")
            #expect(!refused.text.contains("s3cr3t-typed"))
            #expect(!world.dependencies.control.entries(.connection).contains { $0.string("name") == "eu" })
            // It is stored too, but for the secret.
            let draft = try #require(world.dependencies.control.entries(.consoleDraft).first)
            #expect(JSONValue.object(draft.body).text.contains("AKIANEW000000001"))
            #expect(!JSONValue.object(draft.body).text.contains("s3cr3t-typed"))

            let bad = try await ConnectTests.send(
                [(name: "account", value: "new"), (name: "name", value: "")],
                browser
            )
            #expect(bad.text.contains("Give the account a name"))
            world.probe.fail(nil)
            let missing = try await ConnectTests.send(
                [(name: "account", value: "new"), (name: "name", value: "eu")],
                browser
            )
            #expect(missing.text.contains("AWS access key is required, a word (CFG-001)"))
        }
    }

    @Test func `somebody who leaves goes on in another browser, and nobody else does`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            _ = try await ConnectTests.send(ConnectTests.account, browser)
            world.probe.fail(DestinationProbeError(code: "AWS-404", step: "find", message: "there is no stream"))
            _ = try await ConnectTests.send(ConnectTests.details, browser)
            world.probe.fail(nil)

            let other = try await world.signedIn()
            let catalog = try await other.open("/console/destinations")
            let path = try #require(catalog.text.firstMatch(of: /href="(\/console\/connect\/[^"]+)"/)).1
            let page = try await other.open(String(path))
            #expect(page.text.contains("Write a test record"))
            #expect(other.value(of: "name") == "vip" && other.value(of: "stream") == "events")
            #expect(try await ConnectTests.finish(other).text.contains("The dataflow is made"))

            // The draft of somebody else is no page.
            try await world.dependencies.control.write { draft throws(APIError) in
                for entry in draft.snapshot.entries(.consoleDraft) {
                    var body = entry.body
                    body["owner"] = "somebody else"
                    try draft.replace(entry, body: body)
                }
            }
            #expect(try await browser.open(String(path)).status == 404)
        }
    }

    @Test func `a step that is sent twice makes one dataflow, and going back shows it`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            _ = try await ConnectTests.send(ConnectTests.account, browser)
            _ = try await ConnectTests.send(ConnectTests.details, browser)
            _ = try await ConnectTests.send(ConnectTests.governance, browser)
            let path = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1
            let fields =
                ConnectTests.alerts + [("version", browser.value(of: "version") ?? ""), ("token", browser.token)]

            let first = try await browser.post(String(path), fields)
            let again = try await browser.post(String(path), fields)

            let flow = try #require(world.dependencies.control.entries(.flow).first)
            #expect(first.location == "/console/dataflows/\(flow.id)?done=dataflow-made")
            #expect(again.location == "/console/dataflows/\(flow.id)")
            #expect(world.dependencies.control.entries(.flow).count == 1)
            #expect(world.dependencies.control.entries(.targetConnection).count == 1)
            try await browser.open(String(path))
            #expect(browser.page.text.contains("<h1><bdi>vip</bdi></h1>"))
        }
    }

    @Test func `a step that changed in another tab is shown again`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            let path = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1

            let stale = try await browser.submit(String(path), ConnectTests.account + [("version", "1-1")])

            #expect(stale.status == 400)
            #expect(stale.text.contains("changed in another tab"))
            #expect(browser.value(of: "accessKeyId") == "AKIANEW000000001")
            #expect(!world.dependencies.control.entries(.connection).contains { $0.string("name") == "eu" })
        }
    }

    @Test func `an account that is there is chosen, and stays when the draft goes`() async throws {
        try await FlowWorld.runConsole { world in
            let parts = try await world.makeParts()
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            #expect(browser.page.text.contains("kinesis-account"))
            _ = try await ConnectTests.send([(name: "account", value: parts.kinesisBase)], browser)
            #expect(browser.page.text.contains("Write a test record"))
            #expect(world.probe.state.withLock { $0.accounts.count } == 1, "it was tried when it was made")

            let cancel = try #require(browser.page.text.firstMatch(of: /href="(\/console\/connect\/[^"]+\/cancel)"/)).1
            #expect(try await browser.open(String(cancel)).text.contains("The account kinesis-account stays."))
            _ = try await browser.submit(String(cancel))

            #expect(world.dependencies.control.entries(.consoleDraft).isEmpty)
            #expect(world.dependencies.control.entry(.connection, parts.kinesisBase) != nil)
        }
    }

    @Test func `what changes in a step before takes back the check, and the steps after it are closed`() async throws {
        try await FlowWorld.runConsole { world in
            let parts = try await world.makeParts()
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            _ = try await ConnectTests.send([(name: "account", value: parts.kinesisBase)], browser)
            let details = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1
            let draft = details.dropLast("/details".count)
            #expect(try await browser.open("\(draft)/alerts").text.contains("Write a test record"))
            _ = try await ConnectTests.send(ConnectTests.details, browser)
            #expect(
                try await browser.open("\(draft)/alerts").text.contains("E-mail targeting"),
                "governance comes first"
            )
            let tried = world.probe.state.withLock { $0.targets.count }

            try await browser.open("\(draft)/account")
            _ = try await ConnectTests.send(ConnectTests.account, browser)
            #expect(browser.value(of: "name") == "vip", "what was typed is there")
            #expect(try await browser.open("\(draft)/governance").text.contains("Write a test record"))
            _ = try await ConnectTests.send(ConnectTests.details, browser)
            #expect(world.probe.state.withLock { $0.targets.count } == tried + 1)
        }
    }

    @Test func `a target that is gone at the last step leads back to the details`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            _ = try await ConnectTests.send(ConnectTests.account, browser)
            _ = try await ConnectTests.send(ConnectTests.details, browser)
            _ = try await ConnectTests.send(ConnectTests.governance, browser)
            world.probe.fail(DestinationProbeError(code: "AWS-404", step: "find", message: "there is no stream"))

            let refused = try await ConnectTests.send(ConnectTests.alerts, browser)

            #expect(refused.status == 400 && refused.text.contains("there is no stream"))
            #expect(browser.value(of: "stream") == "events")
            #expect(world.dependencies.control.entries(.flow).isEmpty)
            world.probe.fail(nil)
            #expect(try await ConnectTests.finish(browser).text.contains("The dataflow is made"))
        }
    }

    @Test func `a key that may not ask is taken, and says so`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            world.probe.fail(
                DestinationProbeError(code: "AWS-403", step: "List", message: "lacks List", isOnlyDenied: true)
            )

            _ = try await ConnectTests.send(ConnectTests.account, browser)
            #expect(browser.page.text.contains("Write a test record"))
            #expect(try await ConnectTests.finish(browser).text.contains("The dataflow is made"))
            // The API still wants to know.
            let parts = try await world.flow(
                .post,
                "/connections",
                [
                    "name": "a", "connectionSpec": ["id": .string(world.probe.spec.id), "version": "1.0"],
                    "auth": [
                        "specName": .string(world.probe.spec.signIn.name),
                        "params": ["accessKeyId": "a", "secretKey": "b"],
                    ],
                ]
            )
            #expect(parts.status == 400)
        }
    }

    @Test func `a session that ends in the middle of the wizard costs nothing that was typed`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await ConnectTests.begin(browser)
            _ = try await ConnectTests.send(ConnectTests.account, browser)
            _ = try await ConnectTests.send(ConnectTests.details, browser)
            let version = browser.value(of: "version") ?? ""
            let path = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1
            world.clock.advance(by: 3_600_001)

            let ended = try await browser.submit(String(path), ConnectTests.governance + [("version", version)])
            #expect(ended.status == 401 && ended.text.contains("What you typed is kept"))
            let kept = browser.value(of: SealedForm.field) ?? ""
            let again = try await browser.submit(
                "/console/sign-in",
                world.credentials(FlowWorld.password) + [(SealedForm.field, kept), ("to", String(path))]
            )

            #expect(again.text.contains("loyalty: Letters"))
            #expect(again.text.contains(#"name="core.emailTargeting" value="true" checked"#))
            _ = try await ConnectTests.send(ConnectTests.governance, browser)
            #expect(try await ConnectTests.send(ConnectTests.alerts, browser).text.contains("The dataflow is made"))
        }
    }
}
