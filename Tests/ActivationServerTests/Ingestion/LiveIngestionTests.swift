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

    @Test func `bodies that come slowly keep nobody from sending`() async throws {
        try await IngestWorld.run(live: true) { world in
            let port = try #require(world.client.port)
            var clients: [RawClient] = []
            for _ in 0...IngestionLimits.concurrentBodiesMax {
                let client = try await RawClient.connect(port: port)
                try await client.say(head(world, "Content-Length: 1000000") + record("slow@x.org") + #"{"iden"#)
                clients.append(client)
            }

            let answer = try await world.send(.post, "/v1/profiles", record("here@x.org"))
            for client in clients { try await client.leave() }

            #expect(answer.status == 200)
            #expect(answer["accepted"] == 1)
        }
    }

    @Test func `a line of a body that is still open is stored`() async throws {
        try await IngestWorld.run(live: true) { world in
            let client = try await RawClient.connect(port: try #require(world.client.port))

            try await client.say(head(world, "Content-Length: 1000000") + record("open@x.org"))
            let identity = Identity(namespace: "Email", value: "open@x.org")
            while try await world.dependencies.engine.profile(identity) == nil { await Task.yield() }
            try await client.leave()
        }
    }
}
