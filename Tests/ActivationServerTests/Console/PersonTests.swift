import ActivationCore
import ActivationEngine
import Console
import Testing

@testable import ActivationServer

@Suite struct PersonTests {
    private static let mira = Identity(namespace: "Email", value: "mira with spaces@example.org")

    @Test(arguments: [
        (JSONValue.null, "nothing"), (.bool(true), "true or false"), (.integer(42), "whole number"),
        (.string("Mira"), "text, 4"), (.array(["a", "b"]), "list, 2"),
        (.object(["a": "b"]), "object, 1"),
    ])
    func `a masked value shows what it is and how much`(value: JSONValue, text: String) {
        #expect(MaskedValue(isRevealed: false).text(value) == text)
    }

    @Test func `a revealed value hides nothing, control characters included`() {
        let mask = MaskedValue(isRevealed: true)

        #expect(mask.text("Mira\u{7}\u{7F}") == "Mira␇␡")
        #expect(mask.text(["a": 1]) == #"{"a":1}"#)
    }

    @Test func `a path holds no value and opens on its own server alone`() async throws {
        try await FlowWorld.runConsole { world in
            let box = world.dependencies.control.pageSecrets
            let text = try ProfileHandle.text(of: PersonTests.mira, box)

            #expect(!text.contains("mira"))
            #expect(ProfileHandle.identity(text, box) == PersonTests.mira)
            #expect(ProfileHandle.identity(text + "A", box) == nil)
            #expect(ProfileHandle.identity("", box) == nil)
            #expect(ProfileHandle.identity(try box.seal(Array("Email x".utf8), owner: "other"), box) == nil)
            try await FlowWorld.runConsole { other in
                #expect(ProfileHandle.identity(text, other.dependencies.control.pageSecrets) == nil)
            }
        }
    }

    @Test func `values are visible for ten minutes, to one session, and who saw them is kept`() async throws {
        try await FlowWorld.runConsole { world in
            _ = try await world.signedIn()
            _ = try await world.signedIn()
            let control = world.dependencies.control
            let user = try #require(control.consoleUsers.first)
            let sessions = control.entries(.consoleSession).compactMap(ConsoleSession.init)
            let viewers = sessions.map {
                ConsoleViewer(
                    user: user,
                    session: $0,
                    permissions: Role.administrator.permissions,
                    clearance: .everything,
                    token: "t"
                )
            }
            let reveals = ValueReveals(control: control, logger: world.dependencies.logger)
            let (one, other) = (
                Profile.ID(uuid: UUIDBytes(high: 1, low: 1)), Profile.ID(uuid: UUIDBytes(high: 1, low: 2))
            )
            func current(_ profile: Profile.ID, _ viewer: Int) -> String? {
                reveals.current(profile, for: viewers[viewer], at: world.clock.now())?.reason
            }

            #expect(current(one, 0) == nil)
            try await reveals.begin(one, for: viewers[0], because: "ticket 4711")
            #expect(current(one, 0) == "ticket 4711")
            #expect(current(one, 1) == nil)
            #expect(current(other, 0) == nil)
            world.clock.advance(by: ValueReveals.length - 1)
            #expect(current(one, 0) != nil)
            world.clock.advance(by: 1)
            #expect(current(one, 0) == nil)

            try await reveals.begin(one, for: viewers[1], because: "ticket 4712")
            try await reveals.end(one, for: viewers[0])
            #expect(current(one, 1) != nil)
            try await reveals.end(one, for: viewers[1])
            #expect(current(one, 1) == nil)
            #expect(reveals.list(of: one, limit: 5).map(\.reason) == ["ticket 4712", "ticket 4711"])
            #expect(reveals.list(of: one, limit: 5).allSatisfy { $0.email == FlowWorld.email })
            #expect(!world.log.lines.contains { $0.contains("ticket") })
        }
    }

    @Test func `nobody who is not known is found, and a value that is typed is in no answer's address`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await browser.open("/console/profiles")
            let answer = try await browser.submit(
                "/console/profiles",
                [("namespace", "Email"), ("identity", "nobody@example.org")]
            )
            #expect(answer.status == 400)
            #expect(answer.text.contains("Nobody has this Email identity."))
            #expect(try await browser.submit("/console/profiles", [("namespace", "none")]).status == 400)
            let handle = try ProfileHandle.text(of: PersonTests.mira, world.dependencies.control.pageSecrets)
            for tail in ["", "/attributes", "/events", "/sent", "/audiences/none", "/reveal"] {
                #expect(try await browser.open("/console/profiles/\(handle)\(tail)").status == 404)
                #expect(try await browser.open("/console/profiles/forged\(tail)").status == 404)
            }
        }
    }

    @Test func `a picture has every identity and link, and none of one alone or of a crowd`() {
        let names = ["Email", "Phone", "ECID"]
        let graph = IdentityGraph(namespaces: names, links: [(0, 1), (1, 2)], asked: 1)

        #expect(graph != nil)
        #expect(IdentityGraph(namespaces: ["Email"], links: [], asked: 0) == nil)
        #expect(IdentityGraph(namespaces: Array(repeating: "Email", count: 51), links: [], asked: 0) == nil)
        #expect(IdentityGraph(namespaces: names, links: [(0, 9)], asked: nil) != nil)
    }
}
