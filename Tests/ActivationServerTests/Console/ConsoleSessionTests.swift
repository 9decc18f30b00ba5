import ActivationCore
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

@Suite struct ConsoleSessionTests {
    @Test func `a session ends after an hour without use`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            world.clock.advance(by: 3_599_000)
            #expect(try await browser.open("/console/me").status == 200)
            world.clock.advance(by: 3_599_000)
            #expect(try await browser.open("/console/me").text.contains("Password and sessions"))
            world.clock.advance(by: 3_600_000)
            #expect(try await browser.open("/console/me").text.contains("<h1>Sign in</h1>"))
        }
    }

    @Test func `a session ends after twelve hours of use`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            for _ in 0..<23 {
                world.clock.advance(by: 1_800_000)
                #expect(try await browser.open("/console/me").text.contains("Password and sessions"))
            }
            world.clock.advance(by: 1_800_000)
            #expect(try await browser.open("/console/me").text.contains("<h1>Sign in</h1>"))
        }
    }

    @Test func `a restart signs nobody out`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            let secret = try #require(browser.cookies["hw_80"])
            let control = try await ControlPlane(
                store: world.storage,
                keys: world.dependencies.keys,
                time: world.clock,
                logger: world.log.logger
            )

            let found = await ConsoleSessions(control: control, time: world.clock).find(secret)

            guard case .live(let user, _) = found else {
                Issue.record("nobody is signed in")
                return
            }
            #expect(user.email == FlowWorld.email)
        }
    }

    @Test func `signing out ends one session, or all others`() async throws {
        try await FlowWorld.runConsole { world in
            let one = try await world.signedIn()
            let two = try await world.signedIn()
            let three = try await world.signedIn()
            try await two.open("/console/me")
            #expect(two.page.text.ranges(of: "Test browser").count == 3)

            try await two.submit("/console/me/sign-out")
            #expect(two.page.text.contains("Your other sessions have ended."))
            #expect(try await one.open("/console").text.contains("<h1>Sign in</h1>"))
            #expect(try await three.open("/console").text.contains("<h1>Sign in</h1>"))

            let secret = two.cookies
            #expect(try await two.submit("/console/sign-out").text.contains("<h1>Sign in</h1>"))
            #expect(two.cookies["hw_80"] == nil && secret["hw_80"] != nil)
            #expect(world.dependencies.control.entries(.consoleSession).isEmpty)
        }
    }

    @Test func `a user has ten sessions at most, the oldest goes`() async throws {
        try await FlowWorld.runConsole { world in
            let first = try await world.signedIn()
            for _ in 0..<10 {
                world.clock.advance(by: 1_000)
                _ = try await world.signedIn()
            }

            #expect(world.dependencies.control.entries(.consoleSession).count == 10)
            #expect(try await first.open("/console").text.contains("<h1>Sign in</h1>"))
        }
    }

    @Test func `another password ends all other sessions, and needs the old one`() async throws {
        try await FlowWorld.runConsole { world in
            let other = try await world.signedIn()
            let browser = try await world.signedIn()
            try await browser.open("/console/me")
            let before = browser.cookies["hw_80"]

            let wrong = [(name: "old_password", value: "wrong"), (name: "new_password", value: "another good one")]
            #expect(try await browser.submit("/console/me", wrong).status == 400)
            let right = [
                (name: "old_password", value: FlowWorld.password), (name: "new_password", value: "another good one"),
            ]
            let answer = try await browser.submit("/console/me", right)

            #expect(answer.text.contains("The password is changed."))
            #expect(browser.cookies["hw_80"] != before)
            #expect(try await other.open("/console").text.contains("<h1>Sign in</h1>"))
        }
    }

    @Test func `what was typed before the session ended comes back, to its own user, without secrets`() async throws {
        try await FlowWorld.runConsole { world in
            let parts = try await world.makeParts()
            let browser = try await world.signedIn()
            let path = "/console/accounts/\(parts.kinesisBase)/rotate"
            try await browser.open(path)
            let etag = try #require(browser.value(of: "etag"))
            world.clock.advance(by: 3_600_000)
            let typed = [
                (name: "secretKey", value: "s3cr3t-typed"), (name: "sessionToken", value: "t0k3n-typed"),
                (name: "note", value: #"<typed> & "kept""#), (name: "etag", value: etag),
            ]

            let asked = try await browser.submit(path, typed)
            #expect(asked.status == 401)
            #expect(asked.text.contains("What you typed is kept."))
            #expect(!asked.text.contains("typed&") && !asked.text.contains("s3cr3t-typed"))
            let kept = try #require(browser.value(of: SealedForm.field))

            let user = try #require(world.dependencies.control.consoleUsers.first)
            let form = try #require(
                SealedForm(kept, for: user, world.dependencies.control.pageSecrets, now: world.clock.now())
            )
            #expect(form.items["note"] == #"<typed> & "kept""#)
            #expect(form.items["secretKey"] == nil && form.items["sessionToken"] == nil)
            let resumed = try await browser.submit(
                "/console/sign-in",
                world.credentials(FlowWorld.password) + [("kept", kept)]
            )
            #expect(resumed.status == 200)
            #expect(resumed.text.contains("Rotate credentials of kinesis-account"))
            #expect(browser.value(of: "etag") == etag)
            #expect(world.probe.state.withLock { $0.accounts.count } == 1, "nothing was sent by itself")

            var other = user
            other.id = "somebody else"
            let box = world.dependencies.control.pageSecrets
            #expect(SealedForm(kept, for: other, box, now: world.clock.now()) == nil)
            world.clock.advance(by: 900_000)
            #expect(SealedForm(kept, for: user, box, now: world.clock.now()) == nil)
        }
    }
}
