import ActivationCore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

@testable import ActivationServer

/// How often a wrong secret may be tried.
struct WrongSecretsTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private static func later(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds + milliseconds)
    }

    private static func sender(_ address: String) throws -> SenderNetwork {
        SenderNetwork(try SocketAddress(ipAddress: address, port: 1))
    }

    @Test func `a sender waits after ten faults, and time pays for them`() throws {
        let wrong = WrongSecrets()
        let sender = try WrongSecretsTests.sender("192.0.2.1")
        for _ in 0..<10 {
            #expect(wrong.secondsToWait(of: sender, for: "a", at: WrongSecretsTests.now) == nil)
            wrong.note(sender, for: "a", at: WrongSecretsTests.now)
        }

        #expect(wrong.secondsToWait(of: sender, for: "b", at: WrongSecretsTests.now) == 6)
        #expect(wrong.secondsToWait(of: sender, for: "a", at: WrongSecretsTests.later(5_999)) == 1)
        #expect(wrong.secondsToWait(of: sender, for: "a", at: WrongSecretsTests.later(6_000)) == nil)
        // A clock that is set back makes nobody wait longer than a minute's worth of faults.
        #expect(wrong.secondsToWait(of: sender, for: "a", at: Timestamp(milliseconds: 0)) == 6)
    }

    @Test func `senders of one network count together, others are not touched`() throws {
        let wrong = WrongSecrets()
        for number in 0..<10 {
            wrong.note(try WrongSecretsTests.sender("2001:db8:1:2::\(number)"), for: "a", at: WrongSecretsTests.now)
            wrong.note(try WrongSecretsTests.sender("::ffff:192.0.2.7"), for: "a", at: WrongSecretsTests.now)
        }
        func wait(_ address: String) throws -> Int? {
            wrong.secondsToWait(of: try WrongSecretsTests.sender(address), for: "a", at: WrongSecretsTests.now)
        }

        #expect(try wait("2001:db8:1:2:ffff::1") != nil)
        #expect(try wait("2001:db8:1:3::1") == nil)
        #expect(try wait("192.0.2.7") != nil, "the same sender on another kind of socket")
        #expect(try wait("::ffff:192.0.2.7") != nil)
        #expect(try wait("::ffff:192.0.2.8") == nil)
    }

    @Test func `a client that many senders try wrongly still gets in from elsewhere`() throws {
        let wrong = WrongSecrets()
        for number in 0..<60 {
            wrong.note(try WrongSecretsTests.sender("198.51.100.\(number)"), for: "a", at: WrongSecretsTests.now)
        }
        let attacker = try WrongSecretsTests.sender("198.51.100.1")
        let owner = try WrongSecretsTests.sender("192.0.2.1")

        #expect(wrong.secondsToWait(of: attacker, for: "a", at: WrongSecretsTests.now) == 1)
        #expect(wrong.secondsToWait(of: attacker, for: "b", at: WrongSecretsTests.now) == nil)
        #expect(wrong.secondsToWait(of: owner, for: "a", at: WrongSecretsTests.now) == nil)
    }

    @Test func `senders that were wrong within the last minute share one attempt a second`() throws {
        let wrong = WrongSecrets()
        let senders = try (0..<100).map { try WrongSecretsTests.sender("198.51.100.\($0)") }
        for sender in senders { wrong.note(sender, for: "a", at: WrongSecretsTests.now) }

        // Each has paid for its own fault by then.
        var tries = 0
        for second in stride(from: Int64(7), to: 60, by: 1) {
            let now = WrongSecretsTests.later(second * 1_000)
            for sender in senders where wrong.secondsToWait(of: sender, for: "a", at: now) == nil {
                wrong.note(sender, for: "a", at: now)
                tries += 1
            }
        }

        #expect((1...60).contains(tries), "\(tries)")
    }

    @Test func `a sender that was last wrong a minute ago is let in`() throws {
        let wrong = WrongSecrets()
        let early = try WrongSecretsTests.sender("192.0.2.1")
        wrong.note(early, for: "a", at: WrongSecretsTests.now)
        for number in 0..<60 {
            let sender = try WrongSecretsTests.sender("198.51.100.\(number)")
            wrong.note(sender, for: "a", at: WrongSecretsTests.later(59_999))
        }

        #expect(wrong.secondsToWait(of: early, for: "a", at: WrongSecretsTests.later(59_999)) == 1)
        #expect(wrong.secondsToWait(of: early, for: "a", at: WrongSecretsTests.later(60_000)) == nil)
    }

    @Test func `behind a proxy the sender is whom the proxy names last`() throws {
        let proxy = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let name = try #require(HTTPField.Name("x-forwarded-for"))
        func sender(_ forwarded: String, isBehindProxy: Bool) -> SenderNetwork {
            let head = HTTPRequest(
                method: .post,
                scheme: nil,
                authority: nil,
                path: "/",
                headerFields: [name: forwarded]
            )
            let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
            return SenderNetwork(request, address: proxy, isBehindProxy: isBehindProxy)
        }

        let trusted = sender("203.0.113.9, 192.0.2.1", isBehindProxy: true)
        let direct = sender("203.0.113.9, 192.0.2.1", isBehindProxy: false)
        let garbled = sender("unknown", isBehindProxy: true)

        #expect(try trusted == WrongSecretsTests.sender("192.0.2.1"))
        #expect(try sender("192.0.2.1:4711", isBehindProxy: true) == WrongSecretsTests.sender("192.0.2.1"))
        #expect(try sender("[2001:db8::1]:4711", isBehindProxy: true) == WrongSecretsTests.sender("2001:db8::1"))
        #expect(direct == SenderNetwork(proxy))
        #expect(garbled == SenderNetwork(proxy))
    }

    @Test func `the token endpoint says when to come back, and takes a right secret then`() async throws {
        try await FlowWorld.run { world in
            func ask(_ secret: String) async throws -> FlowWorld.Answer {
                try await world.raw(
                    .post,
                    "/ims/token/v3",
                    "grant_type=client_credentials&client_id=\(world.start.clientID)&client_secret=\(secret)",
                    headers: [.contentType: "application/x-www-form-urlencoded"]
                )
            }
            for _ in 0..<10 { #expect(try await ask("wrong").status == 401) }

            let slow = try await ask("wrong")
            let right = try await ask(world.start.clientSecret)
            world.clock.advance(by: 6_000)
            let later = try await ask(world.start.clientSecret)

            #expect(slow.status == 429)
            #expect(slow.headers[.retryAfter] == "6")
            #expect(slow["error"] == "slow_down")
            #expect(right.status == 429, "from the same address even a right one waits")
            #expect(later.status == 200)
        }
    }
}
