import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Kinesis

/// What a proxy is asked for, and where requests go through it.
@Suite struct OutgoingProxyTests {
    private static func endpoint(_ url: String, allowsInsecure: Bool = false) throws -> KinesisEndpoint {
        try KinesisEndpoint.resolve(
            connectionURL: url,
            baseRegion: nil,
            targetRegion: nil,
            allowsInsecure: allowsInsecure
        )
    }

    @Test(arguments: [
        ("https://kinesis.eu-west-1.amazonaws.com", true), ("https://streams.example", true),
        ("https://a.inside.example", false), ("https://inside.example", false), ("https://notinside.example", true),
        ("https://exact.example", false), ("http://localhost:4567", false), ("http://127.0.0.1:4567", false),
        ("http://[::1]:4567", false), ("https://10.0.0.8", false), ("https://10.0.0.9", true),
    ])
    func `exceptions and this machine go past it`(_ url: String, _ isUsed: Bool) throws {
        let proxy = try OutgoingProxy(
            url: "http://proxy.example:3128",
            exceptions: ".inside.example, EXACT.example,10.0.0.8,"
        )
        for allowsInsecure in [false, true] {
            #expect(proxy.isUsed(for: try Self.endpoint(url, allowsInsecure: allowsInsecure)) == isUsed)
        }
        let none = try OutgoingProxy(url: "http://proxy.example:3128", exceptions: "*")
        #expect(!none.isUsed(for: try Self.endpoint(url)))
    }

    @Test(arguments: [
        "", "proxy.example:3128", "https://proxy.example", "http://proxy.example/x", "http://us3r@proxy.example",
        "http://us3r:p%4@proxy.example", "@", "us3r:needle@proxy.example", "http://us3r:needle@",
    ])
    func `what is no proxy's URL is refused without a word of it`(_ url: String) {
        let error = #expect(throws: KinesisError.self) { try OutgoingProxy(url: url) }
        #expect(error?.code == .invalidEndpoint)
        #expect(!"\(error.map { "\($0)" } ?? "")".contains("needle"))
    }

    /// Asks for streams through a proxy that notes what it was asked and refuses.
    private static func asked(
        for url: String,
        address: String?,
        user: String = ""
    ) async throws -> (calls: [ScriptedService.Call], error: KinesisError?) {
        let calls = Mutex<[ScriptedService.Call]>([])
        let service = try await ScriptedService.start { call in
            calls.withLock { $0.append(call) }
            return .text(status: 502, "")
        }
        let proxy = try OutgoingProxy(url: service.url.replacing("http://", with: "http://\(user)"))
        let resolver = HostResolver { _ in
            guard let address else { throw LookupFailure.noAddress }
            return [try SocketAddress(ipAddress: address, port: 0)]
        }
        let http = AddressedHTTPClient(configuration: .kinesis(proxy: proxy), resolver: resolver)
        let client = try KinesisClient(
            httpClient: http,
            endpoint: Self.endpoint(url),
            credentials: KinesisCredentials(accessKeyID: "A", secretAccessKey: "S")
        )
        var found: KinesisError?
        do throws(KinesisError) {
            _ = try await client.listStreams()
        } catch {
            found = error
        }
        try await http.shutdown()
        try await service.stop()
        return (calls.withLock { $0 }, found)
    }

    @Test func `a host of AWS is asked for by name, which is not looked up here`() async throws {
        let (calls, error) = try await Self.asked(
            for: "https://kinesis.eu-west-1.amazonaws.com",
            address: nil,
            user: "us3r:p%40ss@"
        )
        let call = try #require(calls.first)
        #expect(call.method == .CONNECT && call.path == "kinesis.eu-west-1.amazonaws.com:443")
        #expect(call.headers.first(name: "proxy-authorization") == "Basic dXMzcjpwQHNz")
        #expect(call.headers.first(name: "authorization") == nil, "the request itself is for the other side alone")
        #expect(error?.isRetriable == true && error?.isAmbiguous == false)
    }

    @Test func `any other host is asked for by the address that was judged`() async throws {
        let (calls, error) = try await Self.asked(for: "https://streams.example:8443", address: "10.9.8.7")
        #expect(calls.first?.path == "10.9.8.7:8443")
        #expect(error?.isRetriable == true)
    }

    @Test(arguments: ["169.254.169.254", "127.0.0.1", "fd00:ec2::254"])
    func `a name that leads where it must not is not asked for`(_ address: String) async throws {
        let (calls, error) = try await Self.asked(for: "https://rebound.example", address: address)
        #expect(calls.isEmpty)
        #expect(error?.code == .forbiddenEndpoint)
    }
}
