import ActivationCore
import Crypto
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct SignInTests {
    @Test func `the credential in admin.json makes the first user, once`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = Browser(world.client)
            let page = try await browser.open("/console/dataflows")
            #expect(page.text.contains("Make the first user"))
            let fields = world.credentials(FlowWorld.password) + [("client_id", world.start.clientID)]

            let refused = try await browser.submit("/console/setup", fields + [("client_secret", "wrong")])
            #expect(refused.status == 400)
            #expect(!world.dependencies.control.hasConsoleUsers)
            // What was typed comes back, what is secret does not.
            #expect(refused.text.contains(FlowWorld.email) && refused.text.contains(world.start.clientID))
            #expect(!refused.text.contains(FlowWorld.password))

            let made = try await browser.submit(
                "/console/setup",
                fields + [("client_secret", world.start.clientSecret)]
            )
            #expect(made.status == 200)
            #expect(made.text.contains("Nothing is sent anywhere yet."))
            #expect(world.dependencies.control.consoleUsers.map(\.email) == [FlowWorld.email])
            #expect(try await Browser(world.client).open("/console/setup").status == 404)
        }
    }

    @Test func `a link makes the first user, once`() async throws {
        try await FlowWorld.runConsole { world in
            let code = SignInLink.code(nil, world.dependencies.keys.tokenKey, world.clock.now())
            let browser = Browser(world.client)
            #expect(try await browser.open("/console/link/\(code)").status == 200)
            #expect(try await browser.open("/console/link/\(code.dropLast())x").status == 404)
            try await browser.open("/console/link/\(code)")

            let weak = try await browser.submit("/console/link/\(code)", world.credentials("headwater1234"))
            #expect(weak.status == 400)
            let made = try await browser.submit("/console/link/\(code)", world.credentials(FlowWorld.password))

            #expect(made.status == 200)
            #expect(try await Browser(world.client).open("/console/link/\(code)").status == 404)
        }
    }

    @Test func `a link for a user sets a password, ends sessions and works once`() async throws {
        try await FlowWorld.runConsole { world in
            let before = try await world.signedIn()
            world.clock.advance(by: 1_000)
            let email = EmailAddress(" Ana@Shop.example")
            let code = SignInLink.code(email, world.dependencies.keys.tokenKey, world.clock.now())
            let browser = Browser(world.client)
            try await browser.open("/console/link/\(code)")

            let other = [(name: "email", value: "bo@shop.example"), (name: "password", value: "another good one")]
            #expect(try await browser.submit("/console/link/\(code)", other).status == 400)
            let fields = world.credentials("another good one")
            #expect(try await browser.submit("/console/link/\(code)", fields).status == 200)

            #expect(try await before.open("/console/me").text.contains("<h1>Sign in</h1>"))
            // The same link again, and one that is too old.
            let late = Browser(world.client)
            try await late.open("/console/link/\(code)")
            #expect(try await late.submit("/console/link/\(code)", fields).status == 409)
            world.clock.advance(by: SignInLink.lifetime)
            #expect(try await late.open("/console/link/\(code)").status == 404)
        }
    }

    @Test func `a link is signed with the key of a server's directory, and of no other directory`() throws {
        try FirstStartTests.withDirectory { directory in
            let now = Timestamp(milliseconds: 1_700_000_000_000)
            #expect(throws: ServerStartError.self) {
                try SignInLink.code(for: nil, inDirectory: directory, now: now)
            }
            #expect(try KeyFile.read("\(directory)/token.key") == nil, "nothing is made there")
            let keys = try ServerKeys(directory: directory)

            let code = try SignInLink.code(for: FlowWorld.email, inDirectory: directory, now: now)

            let email = try #require(EmailAddress(FlowWorld.email))
            #expect(SignInLink(code: code, keys: keys, now: now)?.isFor(email) == true)
            let others = ServerKeys(tokenKey: SymmetricKey(size: .bits256), dataKey: keys.dataKey)
            #expect(SignInLink(code: code, keys: others, now: now) == nil)
            #expect(throws: ServerStartError.self) {
                try SignInLink.code(for: "ana", inDirectory: directory, now: now)
            }
        }
    }

    @Test func `after the sign-in comes the page that was asked for, if it is one of ours`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let browser = Browser(world.client)
            let page = try await browser.open("/console/dataflows?state=Paused")
            #expect(page.text.contains("<h1>Sign in</h1>"))
            let to = browser.value(of: "to")
            #expect(to == "/console/dataflows?state=Paused")
            let answer = try await browser.post(
                "/console/sign-in",
                world.credentials(FlowWorld.password) + [("to", to ?? ""), ("token", browser.token)]
            )
            #expect(answer.status == 303)
            #expect(answer.location == "/console/dataflows?state=Paused")
        }
        for evil in [
            "https://evil.example", "//evil.example", "/\\evil.example", "/console/../data", "/console/%2E%2e/data",
            "/console//evil.example", "javascript:alert(1)",
            "/console\u{A}x", "/consoles", "/console/sign-in", "/console/link/x", "",
        ] {
            #expect(ConsoleExchange.returnPath(evil) == "/console", "\(evil)")
        }
    }

    @Test func `unknown users and wrong passwords get one answer`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let browser = Browser(world.client)
            try await browser.open("/console/sign-in")
            let wrong = try await browser.submit("/console/sign-in", world.credentials("wrong"))
            let unknown = try await browser.submit(
                "/console/sign-in",
                [("email", FlowWorld.email), ("password", "")]
            )
            let nobody = try await browser.submit(
                "/console/sign-in",
                [("email", "no@shop.example"), ("password", "x")]
            )

            for answer in [wrong, unknown, nobody] {
                #expect(answer.status == 401)
                #expect(answer.text.contains("The e-mail address or the password is wrong."))
            }
        }
    }

    @Test func `after five wrong passwords an account waits, longer each time, and sessions go on`() async throws {
        try await FlowWorld.runConsole { world in
            let other = try await world.signedIn()
            let browser = Browser(world.client)
            try await browser.open("/console/sign-in")
            for _ in 0..<5 {
                #expect(try await browser.submit("/console/sign-in", world.credentials("wrong")).status == 401)
            }

            let waiting = try await browser.submit("/console/sign-in", world.credentials(FlowWorld.password))
            #expect(waiting.status == 429)
            #expect(waiting.headers[.retryAfter] == "1")
            #expect(waiting.text.contains("Wait 1 s"))
            #expect(try await other.open("/console/me").status == 200)

            world.clock.advance(by: 1_000)
            #expect(try await browser.submit("/console/sign-in", world.credentials("wrong")).status == 401)
            world.clock.advance(by: 1_000)
            #expect(try await browser.submit("/console/sign-in", world.credentials(FlowWorld.password)).status == 429)
            world.clock.advance(by: 1_000)
            #expect(try await browser.submit("/console/sign-in", world.credentials(FlowWorld.password)).status == 200)
        }
    }

    @Test func `a sender that guesses at many accounts waits too`() {
        let limit = SignInLimit()
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let sender = SenderNetwork(nil)
        for number in 0..<10 { limit.noteWrong("user\(number)@shop.example", from: sender, at: now) }

        #expect(limit.secondsToWait("ana@shop.example", from: sender, at: now) != nil)
        // The wait of an account has an end, however often it was tried.
        for _ in 0..<200 { limit.noteWrong("bo@shop.example", from: sender, at: now) }
        #expect(limit.secondsToWait("bo@shop.example", from: sender, at: now) == 900)
    }

    @Test func `cookies cannot be read by scripts and are not sent by other sites`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let browser = Browser(world.client)
            try await browser.open("/console/sign-in")
            let answer = try await browser.post(
                "/console/sign-in",
                world.credentials(FlowWorld.password) + [("token", browser.token)]
            )
            let cookie = try #require(answer.headers[values: .setCookie].first { $0.hasPrefix("hw_80=") })

            #expect(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"))
            #expect(!cookie.contains("Secure") && !cookie.contains("Domain") && !cookie.contains("Expires"))
            // The store holds what the cookie hashes to.
            let secret = try #require(browser.cookies["hw_80"])
            let stored = world.dependencies.control.entries(.consoleSession)
            #expect(stored.map(\.id) == [ConsoleSessions.id(of: secret)])
            #expect(!stored.contains { JSONValue.object($0.body).text.contains(secret) })
        }
        let secure = ConsoleCookies(ConsoleOrigin(endpoint: "https://cdp.example"))
        #expect(secure.signingIn("x") == "__Host-hw=x; Path=/; HttpOnly; SameSite=Lax; Secure")
    }
}
