import ActivationCore
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
}
