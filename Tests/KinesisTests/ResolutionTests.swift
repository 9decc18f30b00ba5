import AsyncHTTPClient
import Dispatch
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Kinesis

/// Where a name leads is judged when it is looked up, and again at every connection.
@Suite struct ResolutionTests {
    private static func endpoint(_ url: String, allowsInsecure: Bool = false) throws -> KinesisEndpoint {
        try KinesisEndpoint.resolve(
            connectionURL: url,
            baseRegion: "eu-west-1",
            targetRegion: nil,
            allowsInsecure: allowsInsecure
        )
    }

    private static func resolver(_ addresses: [String]) -> HostResolver {
        HostResolver { _ in try addresses.map { try SocketAddress(ipAddress: $0, port: 0) } }
    }

    private func failure(_ url: String, _ addresses: [String]) async throws -> KinesisError? {
        let endpoint = try Self.endpoint(url)
        do throws(KinesisError) {
            try await endpoint.checkAddresses(within: .seconds(60), using: Self.resolver(addresses))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [["52.94.1.1"], ["10.1.2.3", "2600:1f18::1"]])
    func `a name that leads to other machines is taken`(_ addresses: [String]) async throws {
        #expect(try await failure("https://kinesis.example", addresses) == nil)
    }

    @Test(arguments: [
        ["169.254.169.254"], ["127.0.0.1"], ["::1"], ["fd00:ec2::254"], ["64:ff9b::127.0.0.1"],
        ["52.94.1.1", "169.254.169.254"], ["2600:1f18::1", "52.94.1.1", "::ffff:127.0.0.1"],
    ])
    func `one address that must not be reached refuses the name`(_ addresses: [String]) async throws {
        let error = try #require(try await failure("https://kinesis.example", addresses))

        #expect(error.code == .forbiddenEndpoint)
        #expect(error.message.contains("https://kinesis.example leads to "))
        #expect(!error.isRetriable)
    }

    @Test func `localhost must lead to this machine`() async throws {
        #expect(try await failure("http://localhost:4567", ["127.0.0.1", "::1"]) == nil)
        #expect(try await failure("http://localhost:4567", ["127.0.0.1", "10.1.2.3"])?.code == .forbiddenEndpoint)
    }

    @Test func `a name without an address is told as such and may be tried again`() async throws {
        let error = try #require(try await failure("https://kinesis.example", []))

        #expect(error.code == .hostUnknown)
        #expect(error.isRetriable && !error.isAmbiguous && !error.needsOperator)
        #expect(error.message.contains("kinesis.example"))
    }

    @Test func `the system's resolver is asked`() async throws {
        let loopback = try Self.endpoint("http://localhost:4567")
        let literal = try Self.endpoint("http://[::1]:4567")
        let absent = try Self.endpoint("https://no-such-host.invalid")

        await #expect(throws: Never.self) { try await loopback.checkAddresses(within: .seconds(60)) }
        await #expect(throws: Never.self) { try await literal.checkAddresses(within: .seconds(60)) }
        let error = await #expect(throws: KinesisError.self) { try await absent.checkAddresses(within: .seconds(60)) }
        #expect(error?.code == .hostUnknown)
    }

    @Test func `a resolver that says nothing is not waited for`() async throws {
        let end = DispatchSemaphore(value: 0)
        let silent = HostResolver { _ in
            end.wait()
            return []
        }
        let endpoint = try Self.endpoint("https://kinesis.example")

        let error = await #expect(throws: KinesisError.self) {
            try await endpoint.checkAddresses(within: .zero, using: silent)
        }
        end.signal()

        #expect(error?.code == .hostUnknown)
        #expect(error?.message.contains("no answer within 0.0 s") == true)
    }

    /// Runs with a client of a service on this machine under a name that leads there.
    ///
    /// - Returns: How many requests arrived.
    private func withName(peers: PeerRule, _ body: (KinesisClient) async throws -> Void) async throws -> Int {
        let arrived = Mutex(0)
        let service = try await ScriptedService.start { _ in
            arrived.withLock { $0 += 1 }
            return .answer(status: 200, ["StreamNames": [], "HasMoreStreams": false])
        }
        let http = AddressedHTTPClient(
            configuration: .kinesis(peers: peers),
            resolver: Self.resolver(["127.0.0.1"])
        )
        do {
            try await body(
                try KinesisClient(
                    httpClient: http,
                    endpoint: Self.endpoint(service.url(host: "kinesis.example"), allowsInsecure: true),
                    credentials: KinesisCredentials(accessKeyID: "A", secretAccessKey: "S")
                )
            )
        } catch {
            try await http.shutdown()
            try await service.stop()
            throw error
        }
        try await http.shutdown()
        try await service.stop()
        return arrived.withLock { $0 }
    }

    /// What three requests under the name come to.
    private func requests(peers: PeerRule) async throws -> (failures: [KinesisError], arrived: Int) {
        var failures: [KinesisError] = []
        let arrived = try await withName(peers: peers) { client in
            for _ in 0..<3 {
                do throws(KinesisError) {
                    _ = try await client.listStreams()
                } catch {
                    failures.append(error)
                }
            }
        }
        return (failures, arrived)
    }

    @Test func `a producer whose name leads elsewhere sends nothing, says why and goes on trying`() async throws {
        let arrived = try await withName(peers: .otherMachines) { client in
            let producer = KinesisProducer(
                client: client,
                stream: try StreamReference(name: "orders"),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            let running = Task { await producer.run() }
            let record = KinesisRecord(
                token: 1,
                orderingKey: OrderingKey(high: 0, low: 1),
                partitionKey: "p",
                data: [1]
            )
            #expect(await producer.submit([record]) == 1)
            guard case .condition(.retrying(let code, let message, _)) = await producer.nextEvent() else {
                Issue.record("the producer does not say that it retries")
                return
            }
            #expect(code == .forbiddenEndpoint)
            #expect(message.contains("127.0.0.1"))
            await producer.close(within: .zero)
            await running.value
        }

        #expect(arrived == 0)
    }

    @Test func `a connection that leads elsewhere than the name did carries no request`() async throws {
        // The name was fine when it was looked up, and has changed since.
        let endpoint = try Self.endpoint("https://kinesis.example")
        try await endpoint.checkAddresses(within: .seconds(60), using: Self.resolver(["52.94.1.1"]))

        let (failures, arrived) = try await requests(peers: endpoint.peers)

        #expect(arrived == 0)
        #expect(failures.map(\.code) == [.forbiddenEndpoint, .forbiddenEndpoint, .forbiddenEndpoint])
        for error in failures {
            #expect(error.message.contains("127.0.0.1"))
            // Nothing was sent, and the name may lead to the right machine again.
            #expect(error.isRetriable && !error.isAmbiguous)
        }
    }

    @Test(arguments: [PeerRule.thisMachine, .anyMachine])
    func `a connection that the rule allows carries requests`(_ peers: PeerRule) async throws {
        let (failures, arrived) = try await requests(peers: peers)

        #expect(failures.isEmpty)
        #expect(arrived == 3)
    }

    @Test(arguments: ["::1", "127.0.0.1"])
    func `an endpoint on this machine is reached by its address in both families`(_ host: String) async throws {
        let seen = Mutex<String?>(nil)
        let service = try await ScriptedService.start(host: host) { call in
            seen.withLock { $0 = call.headers.first(name: "host") }
            return .answer(status: 200, ["StreamNames": ["a"], "HasMoreStreams": false])
        }
        let endpoint = try Self.endpoint(service.url)
        let http = AddressedHTTPClient(configuration: .kinesis(peers: endpoint.peers))
        let client = try KinesisClient(
            httpClient: http,
            endpoint: endpoint,
            credentials: KinesisCredentials(accessKeyID: "A", secretAccessKey: "S")
        )

        let names = try await client.listStreams().names
        try await http.shutdown()
        try await service.stop()

        #expect(names == ["a"])
        #expect(seen.withLock { $0 } == endpoint.hostHeader)
    }
}
