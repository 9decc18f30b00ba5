import ActivationCore
import HTTPTypes
import Hummingbird
import Testing

@testable import ActivationServer

@Suite struct ConsoleGuardTests {
    private static func request(_ host: String, _ headers: HTTPFields = [:]) -> Request {
        Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: host, path: "/console", headerFields: headers),
            body: RequestBody(buffer: .init())
        )
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", true), ("http://127.0.0.1:8080", "localhost:8080", true),
        ("http://127.0.0.1:8080", "[::1]:8080", true), ("http://127.0.0.1:8080", "127.0.0.1:9090", false),
        ("http://127.0.0.1:8080", "evil.example:8080", false), ("http://127.0.0.1:8080", "", false),
        ("https://cdp.example", "cdp.example", true), ("https://cdp.example", "CDP.example", true),
        ("https://cdp.example", "localhost", false), ("https://cdp.example/base", "cdp.example", true),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443", true), ("http://[::1]:8080", "localhost:8080", true),
    ])
    func `the console answers to its own names only`(endpoint: String, host: String, isOurs: Bool) {
        let origin = ConsoleOrigin(endpoint: endpoint)
        do throws(APIError) {
            try origin.checkHost(ConsoleGuardTests.request(host))
            #expect(isOurs)
        } catch {
            #expect(!isOurs && error.code.status == 421)
        }
    }

    @Test(arguments: [
        (["origin": "http://localhost:8080"], true), (["sec-fetch-site": "same-origin"], true),
        (["origin": "http://localhost:8080", "sec-fetch-site": "same-origin"], true), ([:], false),
        (["origin": "http://evil.example"], false), (["origin": "null"], false),
        (["origin": "https://localhost:8080"], false), (["sec-fetch-site": "cross-site"], false),
        (["sec-fetch-site": "none"], false), (["sec-fetch-site": "same-site"], false),
        (["origin": "http://localhost:8080", "sec-fetch-site": "cross-site"], false),
        (["origin": "http://127.0.0.1:8080"], false),
    ])
    func `a form comes from the console's own page`(headers: [String: String], isOurs: Bool) throws {
        var fields: HTTPFields = [:]
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        do throws(APIError) {
            try ConsoleOrigin(endpoint: "http://localhost:8080")
                .checkSender(ConsoleGuardTests.request("localhost:8080", fields))
            #expect(isOurs)
        } catch {
            #expect(!isOurs && error.code.status == 403)
        }
    }

    @Test func `no form without a token, with another session's, or from elsewhere does anything`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, parts) = try await world.makeFlow()
            let browser = try await world.signedIn()
            let other = try await world.signedIn()
            try await browser.open("/console/me")
            try await other.open("/console/me")
            let paths = ConsoleAccess.rules.filter { $0.methods.contains(.post) && $0.access != .everybody }.map {
                $0.example(flow: flow.id, account: parts.kinesisBase)
            }
            let before = try world.dependencies.control.flowServiceEntry(.flow, flow.id)

            for path in paths {
                #expect(try await browser.post(path, []).status == 403, "\(path)")
                #expect(try await browser.post(path, [("token", other.token)]).status == 403, "\(path)")
                let own = [(name: "token", value: browser.token)]
                #expect(try await browser.post(path, own, headers: [:]).status == 403, "\(path)")
                let foreign: HTTPFields = [.origin: "http://evil.example"]
                #expect(try await browser.post(path, own, headers: foreign).status == 403, "\(path)")
                #expect(try await Browser(world.client).post(path, own).status == 401, "\(path)")
            }
            for rule in ConsoleAccess.rules where rule.methods.contains(.put) {
                let path = rule.example(flow: flow.id, account: parts.kinesisBase)
                #expect(try await browser.put(path, "x", token: "").status == 403, "\(path)")
                #expect(try await browser.put(path, "x", token: other.token).status == 403, "\(path)")
                #expect(try await browser.put(path, "x", token: browser.token, headers: [:]).status == 403, "\(path)")
                let foreign: HTTPFields = [.origin: "http://evil.example"]
                #expect(
                    try await browser.put(path, "x", token: browser.token, headers: foreign).status == 403,
                    "\(path)"
                )
                #expect(try await Browser(world.client).put(path, "x", token: browser.token).status == 401, "\(path)")
            }
            #expect(try world.dependencies.control.flowServiceEntry(.flow, flow.id) == before)
            #expect(world.dependencies.control.entries(.consoleSession).count == 2)
        }
    }

    @Test func `every route is in the table of permissions, and every line of it is a route`() async throws {
        try await FlowWorld.runConsole { world in
            let routes = ConsoleRoutes(dependencies: world.dependencies).register.routes
            let table = ConsoleAccess.rules.flatMap { rule in rule.methods.map { "\($0) \(rule.path)" } }

            #expect(Set(table).count == table.count)
            #expect(Set(routes.map { "\($0.method) \($0.path)" }) == Set(table))
            #expect(routes.allSatisfy { $0.access != nil })
            #expect(ConsoleAccess.of(.get, "not/in/the/table") == nil)
        }
    }

    @Test func `a page whose permission a user has not is refused, and is not in the navigation`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, parts) = try await world.makeFlow()
            let browser = try await world.signedIn()
            try await browser.open("/console/me")
            let token = browser.token
            // A role that this version does not know gives nothing.
            try await world.dependencies.control.write { draft throws(APIError) in
                for entry in draft.snapshot.entries(.consoleUser) {
                    var body = entry.body
                    body["roles"] = ["guest"]
                    try draft.replace(entry, body: body)
                }
            }

            for rule in ConsoleAccess.rules {
                guard case .permissions(let permissions) = rule.access else { continue }
                let path = rule.example(flow: flow.id, account: parts.kinesisBase)
                for method in rule.methods {
                    let answer =
                        switch method {
                        case .get: try await browser.open(path)
                        case .put: try await browser.put(path, "x", token: token)
                        default: try await browser.post(path, [("token", token)])
                        }
                    #expect(answer.status == 403, "\(method) \(path)")
                    #expect(permissions.allSatisfy { answer.text.contains($0.rawValue) }, "\(method) \(path)")
                }
            }
            let home = try await browser.open("/console")
            #expect(home.status == 200)
            #expect(!home.text.contains("/console/dataflows") && !home.text.contains("vip-to-kinesis"))
        }
    }

    @Test func `every answer forbids frames, foreign files and inline code`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            let style = try #require(ConsoleAssetsTests.names.first { $0.hasSuffix(".css") })
            for path in ["/console", "/console/nowhere", "/console/sign-in", "/console/assets/\(style)"] {
                let headers = try await browser.open(path).headers
                let policy = headers[try #require(HTTPField.Name("content-security-policy"))] ?? ""

                #expect(policy == ConsoleHeaders.policy, "\(path)")
                #expect(headers[try #require(HTTPField.Name("x-content-type-options"))] == "nosniff", "\(path)")
            }
            for word in ["unsafe-inline", "unsafe-eval", "http:", "https:", "*", "data:"] {
                #expect(!ConsoleHeaders.policy.contains(word))
            }
            #expect(ConsoleHeaders.policy.contains("frame-ancestors 'none'"))
            #expect(try await browser.open("/console").headers[.cacheControl] == "no-store")
        }
    }
}

extension ConsoleAccess.Rule {
    /// A path that the rule is about.
    fileprivate func example(flow: String, account: String) -> String {
        let id = path.hasPrefix("accounts") ? account : flow
        let parts = path.split(separator: "/").map { $0 == ":id" ? id : String($0) }
        return (["/console"] + parts).joined(separator: "/")
    }
}
