import Dispatch
import NIOCore
import Synchronization
import Testing

@testable import Kinesis

/// Names are looked up one lookup at a time, and what is known is kept.
@Suite struct HostResolverTests {
    /// A name server that answers what a test says, and a clock that a test moves.
    private final class Server: Sendable {
        private let state = Mutex<(lookups: Int, answer: Result<[String], LookupFailure>)>((0, .success([])))
        private let clock = Mutex(NIODeadline.uptimeNanoseconds(1_000_000_000))
        private let ends = AsyncStream.makeStream(of: Void.self)

        var lookups: Int { state.withLock { $0.lookups } }

        func answer(_ answer: Result<[String], LookupFailure>) { state.withLock { $0.answer = answer } }

        func advance(_ time: TimeAmount) { clock.withLock { $0 = $0 + time } }

        func resolver() -> HostResolver {
            HostResolver(queue: LookupQueue(), now: { self.clock.withLock { $0 } }) { _ in
                let answer = self.state.withLock { state in
                    state.lookups += 1
                    return state.answer
                }
                return try answer.get().map { try SocketAddress(ipAddress: $0, port: 0) }
            }
        }
    }

    private static func addresses(_ resolver: HostResolver, _ host: String = "a.example") async throws -> [String] {
        try await resolver.addresses(of: host, within: .seconds(60)).compactMap(\.ipAddress)
    }

    /// The addresses once a renewal behind has ended in what is expected.
    private static func settled(_ resolver: HostResolver, _ expected: [String]) async throws {
        while try await addresses(resolver) != expected { await Task.yield() }
    }

    @Test func `an address as text is nobody's to look up`() async throws {
        let server = Server()

        #expect(try await Self.addresses(server.resolver(), "10.1.2.3") == ["10.1.2.3"])
        #expect(server.lookups == 0)
    }

    @Test func `an answer is kept, and renewed behind when it is old`() async throws {
        let server = Server()
        let resolver = server.resolver()
        server.answer(.success(["10.0.0.1"]))
        #expect(try await Self.addresses(resolver) == ["10.0.0.1"])
        server.answer(.success(["10.0.0.2"]))
        server.advance(ResolvedNames.freshTime - .nanoseconds(1))
        #expect(try await Self.addresses(resolver) == ["10.0.0.1"])
        #expect(server.lookups == 1)

        server.advance(.nanoseconds(1))

        #expect(try await Self.addresses(resolver) == ["10.0.0.1"])
        try await Self.settled(resolver, ["10.0.0.2"])
        #expect(server.lookups == 2)
    }

    @Test func `a name that nobody asks for is forgotten`() async throws {
        let server = Server()
        let resolver = server.resolver()
        server.answer(.success(["10.0.0.1"]))
        _ = try await Self.addresses(resolver)
        server.answer(.success(["10.0.0.2"]))
        server.advance(ResolvedNames.keepTime)

        #expect(try await Self.addresses(resolver) == ["10.0.0.2"])

        server.answer(.success(["10.0.0.3"]))
        server.advance(ResolvedNames.keepTime)
        _ = try await Self.addresses(resolver, "b.example")
        #expect(try await Self.addresses(resolver) == ["10.0.0.3"])
    }

    @Test func `what leads nowhere is looked up anew`() async throws {
        let server = Server()
        let resolver = server.resolver()
        server.answer(.success(["10.0.0.1"]))
        _ = try await Self.addresses(resolver)
        server.answer(.success(["10.0.0.2"]))

        resolver.forget("a.example")

        #expect(try await Self.addresses(resolver) == ["10.0.0.2"])
    }

    @Test func `a name server that can say nothing leaves what was known, a name that is gone does not`() async throws {
        let server = Server()
        let resolver = server.resolver()
        server.answer(.success(["10.0.0.1"]))
        _ = try await Self.addresses(resolver)

        server.answer(.failure(.refused("try again", isPassing: true)))
        server.advance(ResolvedNames.freshTime)
        #expect(try await Self.addresses(resolver) == ["10.0.0.1"])
        while server.lookups < 2 { await Task.yield() }
        #expect(try await Self.addresses(resolver) == ["10.0.0.1"])

        server.answer(.failure(.refused("no such name", isPassing: false)))
        let error = await #expect(throws: LookupFailure.self) { try await Self.settled(resolver, []) }
        #expect(error?.description == "no such name")
    }

    @Test func `all who ask for one name wait for one lookup`() async throws {
        let lookups = Mutex(0)
        let silence = DispatchSemaphore(value: 0)
        let resolver = HostResolver { _ in
            lookups.withLock { $0 += 1 }
            silence.wait()
            return [try SocketAddress(ipAddress: "10.0.0.1", port: 0)]
        }

        // Those that give up at once have asked before the lookup ends.
        for _ in 0..<20 {
            let error = await #expect(throws: LookupFailure.self) {
                try await resolver.addresses(of: "a.example", within: .zero)
            }
            #expect(error?.description == "no answer within 0.0 s")
        }
        silence.signal()

        #expect(try await Self.addresses(resolver) == ["10.0.0.1"])
        #expect(lookups.withLock { $0 } == 1)
    }

    @Test func `too many names are refused until there is room`() async throws {
        let silence = DispatchSemaphore(value: 0)
        let resolver = HostResolver { host in
            if host.hasPrefix("dead") { silence.wait() }
            return [try SocketAddress(ipAddress: "10.0.0.1", port: 0)]
        }
        let room = LookupQueue.runningMax + LookupQueue.waitingMax
        for index in 0..<room {
            await #expect(throws: LookupFailure.self) {
                try await resolver.addresses(of: "dead\(index).example", within: .zero)
            }
        }

        let error = await #expect(throws: LookupFailure.self) { try await Self.addresses(resolver) }
        for _ in 0..<room { silence.signal() }

        #expect(error?.description.contains("too many names") == true)
        while (try? await Self.addresses(resolver)) == nil { await Task.yield() }
    }
}
