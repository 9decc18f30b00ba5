import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// One request and its answer, as far as the connection is concerned.
struct Exchange {
    /// The version in which the client speaks, and is answered.
    var version: HTTPVersion
    /// Whether the answer has no body although its head looks as if it had one.
    var isHead: Bool
    /// Whether the connection may live on after the answer.
    var keepsAlive: Bool
    /// Whether the client holds its body back until it is told to send it.
    var awaitsContinue: Bool
    /// Whether the request has come to its end.
    var isComplete = false

    /// Reads and checks the head of a request.
    ///
    /// - Parameters:
    ///   - raw: The head as it came.
    ///   - isSecure: Whether it came through TLS.
    /// - Returns: The exchange that begins, and the request for those who answer it.
    /// - Throws: `REQUEST_MALFORMED`, `EXPECTATION`; the connection cannot be used after that.
    static func begin(
        _ raw: HTTPRequestHead,
        isSecure: Bool
    ) throws(APIError) -> (exchange: Exchange, request: HTTPRequest) {
        var head = raw
        head.headers.trimValues()
        let isOld = head.version == .http1_0
        try checkHost(head.headers["host"], isOld: isOld)
        try checkFraming(head, isOld: isOld)
        let awaitsContinue = try awaitsContinue(head.headers["expect"]) && !isOld
        guard let method = try? HTTPRequest.Method(head.method), head.method != .CONNECT else {
            throw APIError(.requestMalformed, "the method of the request is not one that a server like this has")
        }
        guard let target = RequestTarget(head.uri) else {
            throw APIError(.requestMalformed, "the target of the request line is a path, an http URL or *")
        }
        var fields = HTTPFields(head.headers, splitCookie: false)
        // A client that offers another protocol may go on in it, so what comes next is not read as a request.
        let options = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        let offersUpgrade = head.headers.contains(name: "upgrade") && options.contains("upgrade")
        let keepsAlive = head.isKeepAlive && !options.contains("close") && !offersUpgrade
        if !keepsAlive { fields[.connection] = "close" }
        return (
            Exchange(
                version: isOld ? .http1_0 : .http1_1,
                isHead: head.method == .HEAD,
                keepsAlive: keepsAlive,
                awaitsContinue: awaitsContinue
            ),
            HTTPRequest(
                method: method,
                scheme: isSecure ? "https" : "http",
                authority: target.authority ?? head.headers.first(name: "host"),
                path: target.path,
                headerFields: fields
            )
        )
    }

    private static func checkHost(_ hosts: [String], isOld: Bool) throws(APIError) {
        guard hosts.count == 1 || isOld && hosts.isEmpty else {
            throw APIError(.requestMalformed, "the request has \(hosts.count) Host headers; it must have one")
        }
        // Whether the host is ours is not asked; a client whose URL names none says so with an empty one.
        guard hosts.allSatisfy({ $0.isEmpty || $0[...].isHostAndPort }) else {
            throw APIError(.requestMalformed, "the Host header is not a host and port")
        }
    }

    /// Two ways to say where a body ends let two readers see two different requests.
    private static func checkFraming(_ head: HTTPRequestHead, isOld: Bool) throws(APIError) {
        let hasLength = head.headers.contains(name: "content-length")
        guard !isOld || hasLength || ![.POST, .PUT, .PATCH].contains(head.method) else {
            throw APIError(
                .requestMalformed,
                "\(head.method.rawValue) in HTTP/1.0 needs Content-Length, 0 without a body"
            )
        }
        let encodings = head.headers["transfer-encoding"]
        guard !encodings.isEmpty else { return }
        guard !isOld, !hasLength else {
            throw APIError(
                .requestMalformed,
                "Transfer-Encoding stands neither beside Content-Length nor in HTTP/1.0; send one of them"
            )
        }
        guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
            throw APIError(.requestMalformed, "Transfer-Encoding is chunked or absent")
        }
    }

    private static func awaitsContinue(_ expectations: [String]) throws(APIError) -> Bool {
        guard expectations.allSatisfy({ $0.lowercased() == "100-continue" }) else {
            throw APIError(.expectationUnsupported, "Expect is 100-continue or absent")
        }
        return !expectations.isEmpty
    }
}

extension HTTPHeaders {
    /// Takes away spaces and tabs around values, which say nothing (RFC 9110, section 5.5).
    fileprivate mutating func trimValues() {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard contains(where: { $0.value.utf8.first.map(isBlank) ?? false || $0.value.utf8.last.map(isBlank) ?? false })
        else { return }
        self = HTTPHeaders(
            map { name, value in
                let rest = value.utf8.drop(while: isBlank)
                let end = rest.lastIndex { !isBlank($0) }.map { rest.index(after: $0) } ?? rest.startIndex
                return (name, String(Substring(rest[..<end])))
            }
        )
    }
}
