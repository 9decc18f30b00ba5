import Kinesis
import NIOHTTP1
import Testing

@testable import KinesisLocal

@Suite struct ScenarioTests {
    private func scenario(_ text: String) throws -> Scenario {
        try Scenario(json: Array(text.utf8))
    }

    @Test func `steps happen at their times, each in place of the faults before`() throws {
        let service = ServiceUnderTest()
        let text = """
            [{"after": 0, "createStreams": ["orders"]}, {"after": 1.5, "faults": {"requestFailed": 1}},
             {"after": 2, "faults": {"tokenExpired": 1}}, {"after": 3, "faults": {}, "deleteStreams": ["orders"]}]
            """
        service.service.player.start(try scenario(text), now: service.now)
        let router = RequestRouter(service.service)
        func put(after milliseconds: Int64) -> String? {
            let head = HTTPRequestHead(
                version: .http1_1,
                method: .POST,
                uri: "/",
                headers: ["X-Amz-Target": "Kinesis_20131202.PutRecord", "Content-Type": "application/x-amz-json-1.1"]
            )
            let body = service.wire.encode(["StreamName": "orders", "PartitionKey": "k", "Data": .bytes([1])])
            let reply = body.withUnsafeBytes { router.reply(head, body: $0, now: service.now + milliseconds) }
            return reply.errorType
        }

        #expect(put(after: 0) == nil && put(after: 1499) == nil)
        #expect(put(after: 1500) == "InternalFailure" && put(after: 1999) == "InternalFailure")
        #expect(put(after: 2000) == "ExpiredTokenException")
        #expect(put(after: 3000) == "ResourceNotFoundException")
    }

    @Test func `steps that were missed happen together, in their order`() throws {
        let player = ScenarioPlayer()
        player.start(try scenario(#"[{"after":1},{"after":1},{"after":5}]"#), now: 1000)

        #expect(player.due(now: 1999).isEmpty)
        #expect(player.due(now: 2500).count == 2)
        #expect(player.due(now: 2500).isEmpty)
        #expect(player.due(now: 99_000).count == 1)
        player.start(try scenario("[]"), now: 0)
        #expect(player.due(now: 99_000).isEmpty)
    }

    @Test(
        arguments: [
            ("{}", "must be a list"), (#"[5]"#, "Step 1: A step must be a structure"),
            (#"[{}]"#, "Step 1: after is missing"),
            (#"[{"after":-1}]"#, "Step 1: after must be"), (#"[{"after":"1"}]"#, "Step 1: after must be"),
            (#"[{"after":2},{"after":1}]"#, "Step 2: after must not be less"),
            (#"[{"after":1,"fault":{}}]"#, "Step 1: fault is no member"),
            (#"[{"after":1,"faults":{"x":1}}]"#, "Step 1: x is no fault"),
            (#"[{"after":1,"faults":{"requestFailed":2}}]"#, "Step 1: requestFailed must be a number from 0 to 1"),
            (#"[{"after":1,"deleteStreams":"a"}]"#, "Step 1: deleteStreams must be a list"),
            (#"[{"after":1,"createStreams":["a b"]}]"#, "createStreams"), ("[", "could not be read"),
        ]
    )
    func `a scenario that cannot be taken names the step and the member`(text: String, message: String) {
        let error = #expect(throws: KinesisLocalError.self) { try Scenario(json: Array(text.utf8)) }
        #expect(error?.code == .unreadableScenario)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func `what is shown can be taken again`() throws {
        let taken = try scenario(
            #"[{"after":0.25,"faults":{"requestHung":0.5}},{"after":3,"deleteStreams":["a"],"createStreams":["b"]}]"#
        )

        #expect(try Scenario(document: taken.document) == taken)
    }
}
