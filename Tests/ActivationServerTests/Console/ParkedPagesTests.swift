import ActivationCore
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// What a dataflow's destination refused for good, as people see it.
@Suite struct ParkedPagesTests {
    private static func letter(_ row: Int64, of flow: String) throws -> DeadLetter {
        let id = UUIDBytes(high: 1, low: UInt64(row))
        var record = OutboxRow(
            dataflow: Dataflow.ID(uuid: try #require(UUIDBytes(flow))),
            profile: Profile.ID(uuid: id),
            mergePolicy: MergePolicy.ID(uuid: id),
            revision: 7,
            reasons: [.membership],
            partitionKey: "planted key",
            payload: Array(#"{"identityMap":{"email":[{"id":"planted"}]},"name":"planted"}"#.utf8),
            admittedAt: Timestamp(milliseconds: 0)
        )
        record.row = row
        return DeadLetter(
            record: record,
            code: "MESSAGE_TOO_LARGE",
            message: "too large",
            parkedAt: Timestamp(milliseconds: 0)
        )
    }

    @Test func `parked records show why and without values, page by page`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/parked"
            #expect(try await browser.open(path).text.contains("Nothing is parked"))
            let letters = try (1...51).map { try ParkedPagesTests.letter($0, of: flow.id) }
            world.engine.state.withLock { $0.deadLetters = letters }

            let first = try await browser.open(path)

            #expect(first.text.contains("MESSAGE_TOO_LARGE") && first.text.contains("text, 7"))
            #expect(!first.text.contains("planted"))
            #expect(first.text.contains("\(path)?after=50"))
            func isShown(_ row: Int, on page: Browser.Answer) -> Bool {
                page.text.contains(letters[row - 1].record.profile.uuid.description)
            }
            #expect(isShown(1, on: first) && isShown(50, on: first) && !isShown(51, on: first))
            let second = try await browser.open("\(path)?after=50")
            #expect(!isShown(50, on: second) && isShown(51, on: second) && !second.text.contains("after="))
            #expect(try await browser.open("\(path)?after=none").text.contains("after=50"))
        }
    }

    @Test func `parked records are sent again by cause, and given up one by one`() async throws {
        try await FlowWorld.runConsole { world in
            let (flow, _) = try await world.makeFlow()
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow.id)/parked"
            let letters = try (1...3).map { try ParkedPagesTests.letter($0, of: flow.id) }
            world.engine.state.withLock { $0.deadLetters = letters }
            #expect(try await browser.open("/console/dataflows/parked").text.contains("\(path)\""))

            let confirm = try await browser.open("\(path)/discard?letter=2")
            #expect(confirm.text.contains("One record. What they say is lost"))
            let given = try await browser.submit("\(path)/discard", [("letter", "2")])
            #expect(given.text.contains("They are given up."))
            let form = try await browser.open("\(path)/replay?code=MESSAGE_TOO_LARGE")
            #expect(form.text.contains("2 records refused for MESSAGE_TOO_LARGE"))
            let sent = try await browser.submit(
                "\(path)/replay",
                [("code", "MESSAGE_TOO_LARGE"), ("as", "original")]
            )
            #expect(sent.text.contains("They are sent again.") && sent.text.contains("Nothing is parked"))

            let releases = world.engine.state.withLock { $0.releases }
            #expect(releases.map(\.way) == [.discarded, .original])
            #expect(releases[0].rows == [2] && releases[1].rows == nil && releases[1].code == "MESSAGE_TOO_LARGE")
        }
    }
}
