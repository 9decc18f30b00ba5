import ActivationCore
import ActivationEngine
import Synchronization
import Testing

@testable import ActivationServer

@Suite struct ListPageTests {
    /// Accounts, put straight into the configuration.
    private static func insert(_ count: Int, _ world: FlowWorld) async throws {
        try await world.dependencies.control.write { draft throws(APIError) in
            for number in 0..<count {
                try draft.insert(
                    .connection,
                    body: ["name": .string("account \(number)"), "connectionSpec": FlowWorld.kinesisSpec]
                )
            }
        }
    }

    @Test func `pages go on by key: nothing is missed or seen twice when others come and go`() async throws {
        try await FlowWorld.runConsole { world in
            try await ListPageTests.insert(60, world)
            world.clock.advance(by: 1_000)
            try await ListPageTests.insert(60, world)
            let before = Set(world.dependencies.control.entries(.connection).map(\.id))
            let browser = try await world.signedIn()
            var seen: [String] = []
            var path: String? = "/console/accounts"
            var pages = 0
            while let next = path, pages < 10 {
                let page = try await browser.open(next)
                #expect(page.status == 200)
                seen += page.text.matches(of: /href="\/console\/accounts\/([0-9a-f-]{36})"/).map { String($0.1) }
                path = page.text.firstMatch(of: /rel="next" href="([^"]+)"/).map { String($0.1) }
                pages += 1
                if pages == 1 {
                    // Meanwhile somebody makes another one, and the last one that was seen goes.
                    world.clock.advance(by: 1_000)
                    try await ListPageTests.insert(1, world)
                    let last = try #require(seen.last)
                    try await world.dependencies.control.write { draft throws(APIError) in
                        if let entry = draft.snapshot.entry(.connection, last) { draft.remove(entry) }
                    }
                }
            }

            #expect(pages == 3)
            #expect(Set(seen).count == seen.count)
            let accounts = before.filter {
                world.dependencies.control.entry(.connection, $0)?.string("name") != "Default inlet"
            }
            #expect(Set(seen) == accounts)
        }
    }

    @Test func `a place that no list gave begins at the first page`() async throws {
        try await FlowWorld.runConsole { world in
            try await ListPageTests.insert(2, world)
            let browser = try await world.signedIn()
            for text in ["x", "", "%00", "AAAA", "LTEg"] {
                let page = try await browser.open("/console/accounts?after=\(text)")

                #expect(page.status == 200 && page.text.contains("2 accounts"), "\(text)")
            }
        }
    }

    /// Dataflows by the account that is given, put straight into the configuration.
    private static func insertFlows(
        _ count: Int,
        of account: String,
        mapping audience: String,
        _ world: FlowWorld
    ) async throws {
        try await world.dependencies.control.write { draft throws(APIError) in
            for number in 0..<count {
                let target = try draft.insert(
                    .targetConnection,
                    body: ["baseConnectionId": .string(account), "params": ["stream": "s"]]
                )
                let selector: JSONValue = ["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]]
                try draft.insert(
                    .flow,
                    body: [
                        "name": .string("flow \(number)"), "state": .string(FlowState.enabled),
                        "targetConnectionIds": [.string(target.id)],
                        "transformations": [["params": ["segmentSelectors": ["selectors": [selector]]]]],
                    ]
                )
            }
        }
    }

    @Test func `an account and an audience that many dataflows use tell of them page by page`() async throws {
        try await FlowWorld.runConsole { world in
            try await ListPageTests.insert(1, world)
            let account = try #require(
                world.dependencies.control.entries(.connection).first { $0.string("name") == "account 0" }
            )
            let audience = try await world.makeAudience("vip")
            try await ListPageTests.insertFlows(60, of: account.id, mapping: audience, world)
            let browser = try await world.signedIn()
            for start in ["/console/accounts/\(account.id)", "/console/audiences/\(audience)"] {
                let first = try await browser.open(start)
                #expect(first.text.contains("60 dataflows"))
                let next = try #require(first.text.firstMatch(of: /rel="next" href="([^"]+)"/)).1
                let second = try await browser.open(String(next))
                let seen = [first, second].map { page in
                    page.text.matches(of: /<a href="\/console\/dataflows\/([0-9a-f-]{36})"/).map { String($0.1) }
                }
                #expect(seen.map(\.count) == [50, 10])
                #expect(Set(seen.joined()).count == 60)
            }
        }
    }

    @Test func `of many accounts none is listed in a filter or a step: they are found by their names`() async throws {
        try await FlowWorld.runConsole { world in
            try await ListPageTests.insert(60, world)
            let last = try #require(
                world.dependencies.control.entries(.connection).first { $0.string("name") == "account 7" }
            )
            let audience = try await world.makeAudience("vip")
            try await ListPageTests.insertFlows(1, of: last.id, mapping: audience, world)
            let browser = try await world.signedIn()
            for (filter, count) in [("account+7", 1), (last.id, 1), ("ACCOUNT", 1), ("nobody", 0)] {
                let page = try await browser.open("/console/dataflows?account=\(filter)")
                #expect(!page.text.contains("<option value=\"\(last.id)\""))
                #expect(page.text.matches(of: /<th scope="row">/).count == count, "\(filter)")
            }
            try await browser.open("/console/destinations")
            try await browser.submit("/console/connect", [("spec", browser.value(of: "spec") ?? "")])
            func shown() -> Int { browser.page.text.matches(of: /<input type="radio" name="account"/).count }
            #expect(shown() <= 52 && browser.page.text.contains("more are not shown; search by name."))
            let path = try #require(browser.page.text.firstMatch(of: /action="(\/console\/connect\/[^"]+)"/)).1
            let chosen = try #require(
                world.dependencies.control.entries(.connection).first { $0.string("name") == "account 33" }
            )
            let found = try await browser.submit(
                String(path),
                [("do", "find"), ("account", chosen.id), ("account-search", "account 7")]
            )
            #expect(found.status == 200 && shown() == 3)
            #expect(
                found.text.contains("value=\"\(last.id)\"") && found.text.contains("value=\"\(chosen.id)\" checked")
            )
        }
    }

    @Test func `home tells twenty problems one by one and counts the others`() async throws {
        try await FlowWorld.runConsole { world in
            try await ListPageTests.insertFlows(25, of: "none", mapping: try await world.makeAudience("vip"), world)
            let trouble = RelayTrouble(code: "AWS-403", message: "not allowed", since: world.clock.now())
            world.engine.state.withLock { $0.relay = .paused(trouble) }
            let home = try await world.signedIn().open("/console")
            #expect(home.text.contains("25 problems need you."))
            #expect(home.text.matches(of: /AWS-403: not allowed/).count == 20)
            #expect(home.text.contains("5 more dataflows in trouble"))
        }
    }
}
