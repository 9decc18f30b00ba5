import ActivationCore
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ActivationServer

/// What only a socket shows: bodies in chunks, senders that are slow or go away.
@Suite(.timeLimit(.minutes(5))) struct LiveIngestionTests {
    private func record(_ email: String) -> String {
        #"{"identityMap":{"Email":[{"id":"\#(email)"}]}}"# + "\n"
    }

    private func head(_ world: IngestWorld, _ length: String) -> String {
        "POST /v1/profiles HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(world.token)\r\n\(length)\r\n\r\n"
    }

    @Test func `a slow sender's lines are taken as they come, in chunks that cut them`() async throws {
        try await IngestWorld.run(live: true) { world in
            let lines = record("a@x.org") + record("b@x.org")
            let client = try await RawClient.connect(port: try #require(world.client.port))

            try await client.say(head(world, "Transfer-Encoding: chunked"))
            for byte in lines.utf8 { try await client.say("1\r\n\(Character(Unicode.Scalar(byte)))\r\n") }
            try await client.say("0\r\n\r\n")
            let text = await client.answer()
            try await client.leave()

            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.contains(#"{"accepted":2,"duplicates":0,"failed":0"#))
        }
    }

    @Test func `a sender that goes away leaves the server working`() async throws {
        try await IngestWorld.run(live: true) { world in
            let port = try #require(world.client.port)
            for _ in 0..<20 {
                let client = try await RawClient.connect(port: port)
                try await client.say(head(world, "Content-Length: 1000000") + record("gone@x.org") + #"{"iden"#)
                try await client.leave()
            }

            let answer = try await world.send(.post, "/v1/profiles", record("here@x.org"))

            #expect(answer["accepted"] == 1)
        }
    }

    @Test func `more bodies at a time than permits are 429 before a byte of them is read`() async throws {
        try await IngestWorld.run(live: true) { world in
            let port = try #require(world.client.port)
            var clients: [RawClient] = []
            for _ in 0...IngestionLimits.concurrentBodiesMax {
                let client = try await RawClient.connect(port: port)
                try await client.say(head(world, "Content-Length: 1000000"))
                clients.append(client)
            }
            // Nobody finishes a body, so the only answer there can be is the refusal of the one that came last.
            let refusal = await withTaskGroup(of: String.self) { group in
                for client in clients { group.addTask { await client.answer() } }
                let first = await group.next()
                for client in clients { try? await client.leave() }
                return first
            }
            // The server learns a moment later that they have gone.
            var later = try await world.send(.post, "/v1/profiles", record("a@x.org"))
            while later.status == 429 { later = try await world.send(.post, "/v1/profiles", record("a@x.org")) }

            #expect(refusal?.hasPrefix("HTTP/1.1 429 ") == true)
            #expect(refusal?.lowercased().contains("\r\nretry-after: 1\r\n") == true)
            #expect(later.status == 200)
        }
    }
}
