import HTTPTypes
import NIOHTTP1
import Testing

@testable import ActivationServer

struct ExchangeTests {
    private static func head(
        _ method: HTTPMethod,
        _ headers: HTTPHeaders,
        version: HTTPVersion = .http1_1
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: version, method: method, uri: "/", headers: headers)
    }

    @Test func `blanks around a header's value say nothing`() throws {
        let head = ExchangeTests.head(
            .POST,
            ["Host": " x \t", "Expect": "100-continue ", "Transfer-Encoding": "chunked\t", "X-Note": "a b "]
        )

        let (exchange, request) = try Exchange.begin(head, isSecure: false)

        #expect(exchange.awaitsContinue)
        #expect(request.authority == "x")
        #expect(request.headerFields.first { $0.name.canonicalName == "x-note" }?.value == "a b")
    }

    @Test(arguments: [HTTPMethod.POST, .PUT, .PATCH])
    func `a body in HTTP 1_0 needs its length`(method: HTTPMethod) throws {
        let error = #expect(throws: APIError.self) {
            try Exchange.begin(ExchangeTests.head(method, [:], version: .http1_0), isSecure: false)
        }
        _ = try Exchange.begin(ExchangeTests.head(method, ["Content-Length": "0"], version: .http1_0), isSecure: false)
        _ = try Exchange.begin(ExchangeTests.head(method, ["Host": "x"]), isSecure: false)

        #expect(error?.code == .requestMalformed)
    }

    @Test(arguments: ["close, keep-alive", "keep-alive, close", "keep-alive, Close", "close"])
    func `close wins over keep-alive`(options: String) throws {
        for version in [HTTPVersion.http1_0, .http1_1] {
            let head = ExchangeTests.head(.GET, ["Host": "x", "Connection": options], version: version)

            #expect(try !Exchange.begin(head, isSecure: false).exchange.keepsAlive)
        }
    }

    @Test(arguments: [
        "a:x", "a,b", "[::1", "a:99999", "[]", "[x]", "[::1]x", "[::1]80", "a:80:80", "u@a", "a b", ":80", "a/b",
        "a:-1",
    ])
    func `a Host that is no host and port is refused`(host: String) {
        let error = #expect(throws: APIError.self) {
            try Exchange.begin(ExchangeTests.head(.GET, ["Host": host]), isSecure: false)
        }

        #expect(error?.code == .requestMalformed)
    }

    @Test(arguments: [
        "", "a", "a:", "a:80", "my_host.example:65535", "[::1]", "[::ffff:1.2.3.4]:80", "127.0.0.1", "a%20b",
    ])
    func `a Host is a host and port, or empty`(host: String) throws {
        _ = try Exchange.begin(ExchangeTests.head(.GET, ["Host": host]), isSecure: false)
    }
}
