import ActivationCore
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

/// Rules and channels over HTTP.
@Suite struct AlertRoutesTests {
    private static let wrongRules: [(body: JSONValue, text: String)] = [
        ([:], "/kind is required, one of flowRunStart"),
        (["kind": "rain"], "/kind must be one of"),
        (["kind": "lag", "threshold": 0], "/threshold must be a whole number from 1 to 604800 (seconds)"),
        (["kind": "paused", "threshold": 1], "/threshold: paused has none"),
        (["kind": "lag", "windowSeconds": 86_401], "/windowSeconds must be a whole number from 0 to 86400"),
        (["kind": "lag", "repeatSeconds": 59], "/repeatSeconds must be 0, which is never, or a whole number from 60"),
        (["kind": "lag", "severity": "bad"], "/severity must be one of info, warning, critical"),
        (["kind": "lag", "flowId": "nobody"], "/flowId: no dataflow has this id"),
        (["kind": "diskShare", "flowId": "nobody"], "/flowId: diskShare is about the server"),
        (["kind": "lag", "channels": ["nobody"]], "/channels/0: no channel has this id"),
        (["kind": "lag", "enabled": "yes"], "/enabled must be of type boolean"),
    ]

    @Test(arguments: wrongRules.indices) func `a rule that cannot be one is refused`(_ index: Int) async throws {
        try await FlowWorld.run { world in
            let (body, text) = Self.wrongRules[index]

            let answer = try await world.send(.post, "/v1/alerts/rules", body)

            #expect(answer.status == 400 && answer.errorCode == "FIELD_INVALID")
            #expect(answer.detail.contains(text), "\(answer.detail)")
        }
    }

    @Test func `a rule is made with what was left out, replaced at its version, and deleted`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.send(.post, "/v1/alerts/rules", ["kind": "lag"])

            #expect(made.status == 201)
            #expect(made["name"] == "Lag" && made["threshold"] == 60 && made["windowSeconds"] == 30)
            #expect(made["repeatSeconds"] == 36_000 && made["severity"] == "warning" && made["enabled"] == true)
            let path = "/v1/alerts/rules/\(made.id)"
            // What was read goes back as it came.
            let changed = try await world.send(.put, path, made.json, ifMatch: made.etag)
            #expect(changed.status == 200 && changed.etag != made.etag)
            #expect(try await world.send(.put, path, made.json, ifMatch: made.etag).status == 412)
            #expect(try await world.send(.delete, path, ifMatch: made.etag).status == 412)
            #expect(try await world.send(.get, "/v1/alerts/rules").item["id"] == .string(made.id))
            #expect(try await world.send(.delete, path).status == 204)
            #expect(try await world.send(.get, path).errorCode == "ALERT_RULE_UNKNOWN")
            let kinds = (try await world.send(.get, "/v1/changes?kind=alertRule")["items"]?.array ?? []).map {
                $0["action"]
            }
            #expect(kinds == ["delete", "create"])
        }
    }

    private static let wrongChannels: [(body: JSONValue, text: String)] = [
        (["name": "a"], "/type is required"),
        (["name": "a", "type": "pigeon"], "/type must be one of webhook, slack, email"),
        (["type": "slack", "url": "https://x.example/"], "/name is required"),
        (["name": "a", "type": "slack"], "/url is required"),
        (["name": "a", "type": "slack", "url": "ftp://x.example/"], "/url must be an http or https URL"),
        (["name": "a", "type": "slack", "url": "https://u:p@x.example/"], "/url must be"),
        (["name": "a", "type": "slack", "url": "https://x.example/a b"], "/url must be"),
        (["name": "a", "type": "slack", "url": "https://x.example/\r\nHost: y"], "/url must be"),
        (["name": "a", "type": "webhook", "url": "https://x.example/", "secret": "short"], "/secret has 16 to 256"),
        (["name": "a", "type": "email"], "/host is required"),
        (["name": "a", "type": "email", "host": "m", "from": "a@b.c"], "/to is required"),
        (
            ["name": "a", "type": "email", "host": "m", "from": "a@b.c", "to": ["x@y.z>\r\nRCPT TO:<q@r.s"]],
            "/to/0 must be an e-mail address"
        ),
        (["name": "a", "type": "email", "host": "m", "from": "<a@b.c>", "to": ["x@y.z"]], "/from must be"),
        (["name": "a", "type": "email", "host": "m\r\n", "from": "a@b.c", "to": ["x@y.z"]], "/host must be"),
        (
            ["name": "a", "type": "email", "host": "m", "from": "a@b.c", "to": ["x@y.z"], "username": "u"],
            "/password is required"
        ),
        (["name": "a", "type": "email", "host": "m", "from": "a@b.c", "to": ["x@y.z"], "port": 0], "/port must be"),
    ]

    @Test(arguments: wrongChannels.indices) func `a channel that cannot be one is refused`(_ index: Int) async throws {
        try await FlowWorld.run { world in
            let (body, text) = Self.wrongChannels[index]

            let answer = try await world.send(.post, "/v1/alerts/channels", body)

            #expect(answer.status == 400 && answer.detail.contains(text), "\(answer.detail)")
            #expect(world.post.state.withLock { $0.requests.isEmpty })
        }
    }

    @Test func `a webhook is asked with a challenge, and one that does not know it is refused`() async throws {
        try await FlowWorld.run { world in
            let body: JSONValue = ["name": "a", "type": "webhook", "url": "https://x.example/hook?a=b"]

            let made = try await world.send(.post, "/v1/alerts/channels", body)

            #expect(made.status == 201)
            #expect(made["secret"]?.string?.count ?? 0 > 40)
            let asked = try #require(world.post.state.withLock { $0.requests.first })
            #expect(asked.url.hasPrefix("https://x.example/hook?a=b&challenge=") && asked.body == nil)
            #expect(try await world.send(.get, "/v1/alerts/channels/\(made.id)")["secret"] == nil)

            world.post.state.withLock { $0.echoes = false }
            let refused = try await world.send(.post, "/v1/alerts/channels", body)
            world.post.state.withLock { $0.status = nil }
            let silent = try await world.send(.post, "/v1/alerts/channels", body)
            world.post.state.withLock { $0.refused = "https://x.example/hook?a=b" }
            let forbidden = try await world.send(.post, "/v1/alerts/channels", body)

            for answer in [refused, silent, forbidden] {
                #expect(answer.status == 400 && answer.errorCode == "ALERT_CHANNEL_REFUSED", "\(answer.text)")
                #expect(!answer.text.contains("hook?a=b"))
            }
            #expect(try await world.send(.get, "/v1/alerts/channels")["items"]?.array?.count == 1)
        }
    }

    @Test func `secrets stay when they are left out, and the hook is asked only when it is another`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.send(
                .post,
                "/v1/alerts/channels",
                ["name": "a", "type": "webhook", "url": "https://x.example/hook", "secret": "0123456789abcdef"]
            )
            #expect(made["secret"] == nil)
            let path = "/v1/alerts/channels/\(made.id)"
            var shown = try await world.send(.get, path).json
            shown["name"] = "b"

            let changed = try await world.send(.put, path, shown, ifMatch: made.etag)

            #expect(changed.status == 200, "\(changed.text)")
            #expect(world.post.state.withLock { $0.requests.count } == 1)
            let entry = try #require(world.dependencies.control.entry(.alertChannel, made.id))
            let channel = AlertChannel(entry, world.dependencies.control.secrets)
            #expect(channel?.place == .webhook(url: "https://x.example/hook", secret: "0123456789abcdef"))
            #expect(channel?.name == "b")
            shown["url"] = "https://y.example/"
            #expect(try await world.send(.put, path, shown).status == 200)
            #expect(world.post.state.withLock { $0.requests.count } == 2)
            shown["type"] = "slack"
            #expect(try await world.send(.put, path, shown).detail.contains("/type of a channel stays"))
        }
    }

    @Test func `a channel that a rule names is not deleted`() async throws {
        try await FlowWorld.run { world in
            let channel = try await world.send(
                .post,
                "/v1/alerts/channels",
                ["name": "a", "type": "slack", "url": "https://x.example/hook"]
            )
            let rule = try await world.send(
                .post,
                "/v1/alerts/rules",
                ["kind": "paused", "channels": [.string(channel.id)]]
            )

            let refused = try await world.send(.delete, "/v1/alerts/channels/\(channel.id)")

            #expect(refused.status == 409 && refused.errorCode == "ALERT_CHANNEL_IN_USE")
            #expect(try await world.send(.delete, "/v1/alerts/rules/\(rule.id)").status == 204)
            #expect(try await world.send(.delete, "/v1/alerts/channels/\(channel.id)").status == 204)
        }
    }

    @Test func `history and deliveries come in pages`() async throws {
        try await FlowWorld.run { world in
            let channel = try await world.send(
                .post,
                "/v1/alerts/channels",
                ["name": "a", "type": "slack", "url": "https://x.example/hook"]
            )
            for _ in 0..<3 { _ = try await world.send(.post, "/v1/alerts/channels/\(channel.id)/test") }

            let first = try await world.send(.get, "/v1/alerts/deliveries?limit=2")
            let next = try #require(first["next"]?.int64)
            let second = try await world.send(.get, "/v1/alerts/deliveries?limit=2&before=\(next)")

            #expect(first["items"]?.array?.count == 2 && second["items"]?.array?.count == 1 && second["next"] == nil)
            #expect(try await world.send(.get, "/v1/alerts/deliveries?limit=0").status == 400)
            #expect(try await world.send(.get, "/v1/alerts/history?before=x").status == 400)
            #expect(try await world.send(.get, "/v1/alerts/history?flowId=").errorCode == "QUERY_INVALID")
            #expect(try await world.send(.get, "/v1/alerts/deliveries?channelId=").errorCode == "QUERY_INVALID")
        }
    }
}
