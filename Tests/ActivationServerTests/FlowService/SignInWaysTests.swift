import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// A kind whose accounts sign in in three ways, one of which this server does not offer.
private final class GuardedDestination: DestinationKind {
    static let id = "11111111-2222-4333-8444-666666666666"
    let accounts = Mutex<[JSONObject]>([])
    let landingTime = Duration.seconds(1)
    let spec = DestinationSpec(
        id: GuardedDestination.id,
        name: "Guarded",
        category: "streaming",
        signIn: DestinationSignIn(
            name: "Guarded key",
            type: "KeyAuth",
            title: "Key",
            account: [
                "properties": [
                    "key": ["type": "string", "title": "Key", "format": "password"],
                    "place": ["type": "string", "title": "Place", "enum": ["near", "far"]],
                ],
                "required": ["key"],
            ]
        ),
        otherSignIns: [
            DestinationSignIn(
                name: "Guarded role",
                type: "AssumedRole",
                title: "Role",
                account: [
                    "properties": [
                        "roleArn": ["type": "string", "title": "Role"],
                        "place": ["type": "string", "title": "Place", "enum": ["near", "far"]],
                        "externalId": ["type": "string", "const": "ours", "readOnly": true],
                    ],
                    "required": ["roleArn"],
                ],
                trust: #"{"let in": "ours"}"#
            ),
            DestinationSignIn(
                name: "Guarded host",
                type: "ServerIdentity",
                title: "This server",
                account: ["properties": [:], "required": []],
                refusal: "ask the operator"
            ),
        ],
        targetName: "Door",
        target: [:]
    )

    func check(account: JSONObject) throws(DestinationFieldError) {}

    func check(target: JSONObject) throws(DestinationFieldError) {}

    func address(target: JSONObject, account: JSONObject) -> String { "door" }

    func probe(account: JSONObject) async throws(DestinationProbeError) {
        accounts.withLock { $0.append(account) }
        guard account["roleArn"] != "closed" else {
            throw DestinationProbeError(code: "GUARD-403", step: "enter", message: "the role lets nobody in")
        }
    }

    func probe(target: JSONObject, account: JSONObject) async throws(DestinationProbeError) {}

    func open(
        target: JSONObject,
        account: JSONObject,
        for dataflow: Dataflow.ID
    ) async throws(SinkFactoryError) -> any RecordSink { RecordingSink() }
}

@Suite struct SignInWaysTests {
    private static func account(_ name: String, _ params: JSONObject) -> JSONValue {
        [
            "name": "account", "connectionSpec": ["id": .string(GuardedDestination.id), "version": "1.0"],
            "auth": ["specName": .string(name), "params": .object(params)],
        ]
    }

    private static func run(
        _ body: @Sendable (FlowWorld, GuardedDestination) async throws -> Void
    ) async throws {
        let guarded = GuardedDestination()
        try await FlowWorld.run(beside: [guarded], endpoint: "http://localhost") { try await body($0, guarded) }
    }

    @Test func `only ways that are offered are listed, with what lets the server in`() async throws {
        try await Self.run { world, _ in
            let spec = try await world.flow(.get, "/connectionSpecs/\(GuardedDestination.id)").item
            let ways = try #require(spec["authSpec"]?.array)
            #expect(ways.map { $0["name"]?.string } == ["Guarded key", "Guarded role"])
            #expect(ways.first?["trustPolicy"] == nil)
            #expect(ways.last?["trustPolicy"] == ["let in": "ours"])
            #expect(ways.last?["spec"]?["properties"]?["externalId"]?["const"] == "ours")
        }
    }

    @Test func `an account has the fields of its way, and what the server makes cannot be chosen`() async throws {
        try await Self.run { world, guarded in
            let key = try await world.flow(.post, "/connections", Self.account("Guarded key", ["key": "s3cr3t"]))
            let role = try await world.flow(.post, "/connections", Self.account("Guarded role", ["roleArn": "open"]))
            #expect(key.status == 201 && role.status == 201, "\(key.text) \(role.text)")
            #expect(guarded.accounts.withLock { $0 } == [["key": "s3cr3t"], ["roleArn": "open"]])

            for (name, params, place) in [
                ("Guarded key", ["place": "near"], "/auth/params/key is required"),
                ("Guarded key", ["key": "k", "roleArn": "open"], "/auth/params/roleArn belongs to specName"),
                ("Guarded role", ["key": "k", "roleArn": "open"], "/auth/params/key belongs to specName"),
                ("Guarded role", ["roleArn": "open", "externalId": "theirs"], "/auth/params/externalId is made by"),
            ] as [(String, JSONObject, String)] {
                let refused = try await world.flow(.post, "/connections", Self.account(name, params))
                #expect(refused.errorCode == "CFG-001" && refused.detail.contains(place), "\(refused.text)")
            }
            let given = try await world.flow(
                .post,
                "/connections",
                Self.account("Guarded role", ["roleArn": "open", "externalId": "ours"])
            )
            #expect(given.status == 201)
        }
    }

    @Test func `a way that is not offered is refused with the reason`() async throws {
        try await Self.run { world, guarded in
            let refused = try await world.flow(.post, "/connections", Self.account("Guarded host", [:]))
            #expect(refused.errorCode == "1415-400" && refused.detail.contains("ask the operator"), "\(refused.text)")
            #expect(guarded.accounts.withLock { $0 } == [])
        }
    }

    @Test func `an account goes over from a key to a role, and the key is gone`() async throws {
        try await Self.run { world, guarded in
            let made = try await world.flow(.post, "/connections", Self.account("Guarded key", ["key": "s3cr3t"]))
            let etag = try await world.flow(.get, "/connections/\(made.id)").item["etag"]?.string
            let changed = try await world.flow(
                .patch,
                "/connections/\(made.id)",
                [
                    ["op": "replace", "path": "/auth/specName", "value": "Guarded role"],
                    ["op": "replace", "path": "/auth/params", "value": ["roleArn": "open"]],
                ],
                ifMatch: etag
            )
            #expect(changed.status == 200, "\(changed.text)")
            let control = world.dependencies.control
            let entry = try #require(control.entries(.connection).first { $0.id == made.id })
            #expect(ConnectionSecrets.account(of: entry, box: control.secrets) == ["roleArn": "open"])
            #expect(guarded.accounts.withLock { $0.last } == ["roleArn": "open"])
        }
    }

    @Test func `the console's form offers the ways, and takes the fields of the one that is chosen`() async throws {
        try await Self.run { world, guarded in
            let browser = try await world.signedIn()
            try await browser.open("/console/destinations")
            try await browser.submit("/console/connect", [("spec", GuardedDestination.id)])
            func send(_ fields: [(name: String, value: String)]) async throws -> Browser.Answer {
                let path = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1
                let version = (name: "version", value: browser.value(of: "version") ?? "")
                return try await browser.submit(String(path), fields + [version])
            }

            let form = browser.page.text
            #expect(form.contains(#"<option value="KeyAuth">Key</option>"#), "\(form)")
            #expect(form.contains(#"<option value="AssumedRole">Role</option>"#) && !form.contains("This server"))
            #expect(form.contains("let in") && !form.contains(#"id="externalId""#))

            let name = (name: "name", value: "by role")
            let way = (name: "signIn", value: "AssumedRole")
            let closed = try await send([name, way, ("roleArn", "closed"), ("key", "left over"), ("place", "near")])
            #expect(closed.text.contains("the role lets nobody in"))
            #expect(closed.text.contains(#"<option value="AssumedRole" selected>"#))
            _ = try await send([name, way, ("roleArn", "open"), ("place", "far")])
            #expect(guarded.accounts.withLock { $0 } == [["roleArn": "closed"], ["roleArn": "open", "place": "far"]])
            let accounts = world.dependencies.control.entries(.connection)
            let account = try #require(accounts.first { $0.string("name") == "by role" })
            #expect(account.body["auth"]?["specName"] == "Guarded role")

            try await browser.open("/console/accounts/\(account.id)/rotate")
            #expect(browser.page.text.contains(#"id="roleArn""#) && !browser.page.text.contains(#"id="key""#))
        }
    }
}
