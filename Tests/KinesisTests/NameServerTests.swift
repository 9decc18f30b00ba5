import Dispatch
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Kinesis

/// What name servers do to requests.
@Suite struct NameServerTests {
    private static func client(
        _ url: String,
        _ http: AddressedHTTPClient,
        requestTimeout: Duration = .seconds(10)
    ) throws -> KinesisClient {
        try KinesisClient(
            httpClient: http,
            endpoint: .resolve(connectionURL: url, baseRegion: "eu-west-1", targetRegion: nil, allowsInsecure: true),
            credentials: KinesisCredentials(accessKeyID: "A", secretAccessKey: "S"),
            requestTimeout: requestTimeout
        )
    }

    /// Runs with a service on 127.0.0.1 and a resolver.
    private func withService(
        host: String = "127.0.0.1",
        lookUp: @escaping @Sendable (String) throws -> [String],
        _ body: (ScriptedService, AddressedHTTPClient) async throws -> Void
    ) async throws {
        let service = try await ScriptedService.start(host: host) { call in
            let records = call.document?["Records"]?.array ?? []
            let item: WireValue = ["SequenceNumber": "1", "ShardId": "s"]
            return call.operation == "PutRecords"
                ? .answer(status: 200, ["Records": .array(records.map { _ in item })])
                : .answer(status: 200, ["StreamNames": [], "HasMoreStreams": false])
        }
        let resolver = HostResolver { host in try lookUp(host).map { try SocketAddress(ipAddress: $0, port: 0) } }
        let http = AddressedHTTPClient(configuration: .kinesis(), resolver: resolver)
        do {
            try await body(service, http)
        } catch {
            try await http.shutdown()
            try await service.stop()
            throw error
        }
        try await http.shutdown()
        try await service.stop()
    }

    @Test func `names whose server says nothing keep no record from another host`() async throws {
        let deadCount = 12
        let silence = DispatchSemaphore(value: 0)
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        try await withService { host in
            guard host.hasPrefix("dead") else { return ["127.0.0.1"] }
            ask.yield()
            silence.wait()
            return []
        } _: { service, http in
            let dead = try (0..<deadCount).map { index in
                let client = try Self.client(service.url(host: "dead\(index).example"), http)
                return Task {
                    // The second meets a lookup that is still under way.
                    for _ in 0..<2 {
                        let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }
                        #expect(error?.code == .hostUnknown)
                        #expect(error?.isRetriable == true && error?.isAmbiguous == false)
                        #expect(
                            error?.message.contains("no answer within 3.0 s") == true,
                            "\(String(describing: error))"
                        )
                    }
                }
            }
            var iterator = asked.makeAsyncIterator()
            for _ in 0..<deadCount { await iterator.next() }

            let client = try Self.client(service.url(host: "good.example"), http)
            _ = try await client.listStreams()
            let producer = KinesisProducer(
                client: client,
                stream: try StreamReference(name: "orders"),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            let running = Task { await producer.run() }
            let record = KinesisRecord(token: 1, orderingKey: .init(high: 0, low: 1), partitionKey: "p", data: [1])
            #expect(await producer.submit([record]) == 1)
            guard case .settlements(let settlements) = await producer.nextEvent() else {
                Issue.record("the record is not settled")
                return
            }
            #expect(settlements.count == 1)
            await producer.close(within: .zero)
            await running.value

            for task in dead { await task.value }
            for _ in 0..<deadCount { silence.signal() }
        }
    }

    @Test(arguments: [["127.0.0.2", "127.0.0.1"], ["::1", "127.0.0.1"], ["127.0.0.1", "127.0.0.2", "::1"]])
    func `of several addresses one that takes connections is used`(_ addresses: [String]) async throws {
        try await withService { _ in
            addresses
        } _: { service, http in
            let client = try Self.client(service.url(host: "good.example"), http)

            for _ in 0..<3 { _ = try await client.listStreams() }
        }
    }

    @Test func `a name that leads to another machine by now is followed`() async throws {
        let lookups = Mutex(0)
        try await withService { _ in
            let count = lookups.withLock { count in
                count += 1
                return count
            }
            return [count == 1 ? "127.0.0.2" : "127.0.0.1"]
        } _: { service, http in
            let client = try Self.client(service.url(host: "good.example"), http)

            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }
            #expect(error?.code == .connectionFailed)
            _ = try await client.listStreams()
        }
        #expect(lookups.withLock { $0 } == 2)
    }

    @Test func `requests stay where they go on though the name has another address by now`() async throws {
        let clock = Mutex(NIODeadline.uptimeNanoseconds(1_000_000_000))
        let addresses = Mutex(["127.0.0.1"])
        let resolver = HostResolver(queue: LookupQueue(), now: { clock.withLock { $0 } }) { _ in
            try addresses.withLock { $0 }.map { try SocketAddress(ipAddress: $0, port: 0) }
        }
        let http = AddressedHTTPClient(configuration: .kinesis(), resolver: resolver)
        let service = try await ScriptedService.start { _ in
            .answer(status: 200, ["StreamNames": [], "HasMoreStreams": false])
        }
        let client = try Self.client(service.url(host: "good.example"), http)
        _ = try await client.listStreams()

        // Nobody listens there.
        addresses.withLock { $0 = ["127.0.0.2"] }
        clock.withLock { $0 = $0 + ResolvedNames.freshTime }
        while try await resolver.addresses(of: "good.example", within: .seconds(60))[0].ipAddress != "127.0.0.2" {
            await Task.yield()
        }
        await #expect(throws: Never.self) { try await client.listStreams() }

        try await http.shutdown()
        try await service.stop()
    }

    @Test func `nothing is sent after the end`() async throws {
        try await withService { _ in
            ["127.0.0.1"]
        } _: { service, http in
            let client = try Self.client(service.url(host: "good.example"), http)
            _ = try await client.listStreams()
            try await http.shutdown()

            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }
            #expect(error?.code == .connectionFailed)
        }
    }
}
