import ActivationCore
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// A dataflow tried at the console, on a person and with a record about nobody.
@Suite struct TrialPagesTests {
    @Test func `a person is tried, nothing of them is shown, and who has no such identity is said`() async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await world.makeFlow().flow.id
            let vip = try await world.makeAudience("VIP")
            let mapped = FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(vip))
            #expect(try await world.patchFlow(flow, [mapped]).status == 202)
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow)/dry-run"
            #expect(try await browser.open(path).text.contains("Nothing is sent."))
            let typed = [("namespace", "Email"), ("identity", "mira@shop.example")]

            let nobody = try await browser.submit(path, typed)
            #expect(nobody.status == 400 && nobody.text.contains("Nobody has this Email identity."))
            let empty = try await browser.submit(path, [("namespace", "Email"), ("identity", "")])
            #expect(empty.status == 400 && empty.text.contains("Type the value of the identity"))

            let now = world.dependencies.time.now()
            let audience = Audience.ID(uuid: try #require(UUIDBytes(vip)))
            let profile = Profile.ID(uuid: UUIDBytes(high: 9, low: 9))
            let row = OutboxRow(
                dataflow: Dataflow.ID(uuid: try #require(UUIDBytes(flow))),
                profile: profile,
                mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
                revision: 1,
                reasons: .backfill,
                partitionKey: "mira@shop.example",
                payload: Array(
                    #"{"person":{"city":"planted-value"},"identityMap":{"email":[{"id":"mira@shop.example"}]}}"#.utf8
                ),
                admittedAt: now
            )
            let standing = SegmentMembership(audience: audience, status: .realized, lastQualificationTime: now)
            world.engine.state.withLock {
                $0.dryRun = ProfileDryRun(profile: profile, at: now, standings: [standing], records: [row])
            }

            let sent = try await browser.submit(path, typed)

            #expect(sent.text.contains("Would be sent") && sent.text.contains("1 record would be sent"))
            #expect(sent.text.contains("VIP") && sent.text.contains("Member"))
            #expect(sent.text.contains("an identity that joins or leaves calls for a record"))
            #expect(sent.text.contains("&quot;city&quot;: &quot;text, 13&quot;"))
            #expect(!sent.text.contains("planted") && !sent.text.contains("mira"))
            _ = try await browser.submit("/console/dataflows/\(flow)/disable")
            let disabled = try await browser.submit(path, typed)
            #expect(disabled.text.contains("Would not be sent") && disabled.text.contains("The dataflow is disabled"))
            world.engine.state.withLock {
                $0.dryRun = ProfileDryRun(profile: profile, at: now, standings: [], records: [])
            }
            let stranger = try await browser.submit(path, typed)
            #expect(stranger.text.contains("a member of no audience that is mapped") && stranger.text.contains("Never"))
        }
    }

    @Test func `a test record is sent once, and what came of it is kept`() async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await world.makeFlow().flow.id
            let browser = try await world.signedIn()
            let path = "/console/dataflows/\(flow)/tests"
            let page = try await browser.open(path)
            #expect(page.text.contains("No test record was sent yet.") && page.text.contains("headwaterTest"))
            let once = try #require(browser.value(of: "once"))

            let sent = try await browser.submit(path, [("once", once)])
            #expect(sent.text.contains("The test record is written") && sent.text.contains("Written"))
            #expect(sent.text.contains(FlowWorld.email))
            // A double click is one record.
            try await browser.submit(path, [("once", once)])
            #expect(world.dependencies.control.snapshot.messageTests(of: flow).count == 1)

            world.probe.fail(DestinationProbeError(code: "AWS-404", step: "find", message: "there is no stream"))
            let refused = try await browser.submit(path, [("once", try #require(browser.value(of: "once")))])
            // The clock stands still, so either may be the last one.
            #expect(refused.text.contains("AWS-404"))
            #expect(world.dependencies.control.snapshot.messageTests(of: flow).count == 2)
        }
    }

    @Test(arguments: [
        ("shardId-000000000001:495", "shardId-000000000001", "495"), ("message-7", nil, "message-7"),
        ("a:b", nil, "a:b"), ("", nil, ""),
    ])
    func `a receipt of a stream is a shard and a number`(text: String, shard: String?, sequence: String) {
        let receipt = DeliveryReceipt(text, id: "x")
        #expect(receipt.shard == shard && receipt.sequence == sequence)
    }

    @Test func `versions of the schema tell what each changed, the newest first`() async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await world.makeFlow().flow.id
            for path in ["person.age", "person.city"] {
                let edit = FlowWorld.add("\(FlowWorld.attributes)/-", FlowWorld.attribute(path))
                #expect(try await world.patchFlow(flow, [edit]).status == 202)
            }
            let gone: JSONValue = ["op": "remove", "path": .string("\(FlowWorld.attributes)/0")]
            #expect(try await world.patchFlow(flow, [gone]).status == 202)
            let browser = try await world.signedIn()

            let page = try await browser.open("/console/dataflows/\(flow)/messages/schemas")

            let versions = world.dependencies.control.snapshot.schemaVersions(of: flow)
            let places = versions.reversed().map { page.text.firstRange(of: "<h3>Version \($0.number)")?.lowerBound }
            let found = places.compactMap(\.self)
            #expect(found.count == versions.count && found.count > 2 && found == found.sorted())
            #expect(page.text.contains("/person/age</code> is not sent any more (breaking)"))
            #expect(page.text.contains("/person/city</code> is sent as well (compatible)"))
            #expect(page.text.contains("The oldest that is kept"))
            let last = try #require(versions.last)
            let file = try await browser.open("/console/dataflows/\(flow)/messages/schemas/\(last.number)")
            #expect(try JSONValue(parsing: file.text) == JSONValue(parsing: last.text))
        }
    }
}
