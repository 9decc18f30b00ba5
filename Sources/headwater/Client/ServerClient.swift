import ActivationCore
import ActivationEngine
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Talks to a Headwater server as any other HTTP client does.
final class ServerClient: Sendable {
    /// What the server said.
    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: JSONValue
        /// The body of an answer that is not JSON.
        var text = ""

        /// When to come back, from `Retry-After`.
        var retryAfter: Duration? {
            headers.first(name: "retry-after").flatMap { Int64($0) }.map { .seconds(min(max($0, 1), 60)) }
        }

        /// The server's own words.
        var reason: String {
            let code = body["errorCode"]?.string ?? body["error_code"]?.string
            let text = body["detail"]?.string ?? body["message"]?.string ?? body["title"]?.string ?? "no reason given"
            return "HTTP \(status)" + (code.map { " \($0)" } ?? "") + ": \(text)"
        }
    }

    private let http: HTTPClient
    private let credentials: ServerCredentials
    /// What its requests are part of.
    private let trace: TraceContext?
    private let token = Mutex<String?>(nil)
    private static let answerBytesMax = 32 << 20

    init(http: HTTPClient, credentials: ServerCredentials, trace: TraceContext? = nil) {
        self.http = http
        self.credentials = credentials
        self.trace = trace
    }

    /// The server's base URL.
    var endpoint: String { credentials.endpoint }
    /// The server and the sandbox, so that two are told apart.
    var target: String { credentials.endpoint + (credentials.sandbox.map { " \($0) " } ?? "") }
    /// The organisation, as far as it is known.
    var organisation: String? { credentials.organisation }

    /// Sends a request with a token, taking a new one when the old one is refused.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]? = nil,
        contentType: String = "application/json",
        headers: [(String, String)] = []
    ) async throws(CommandFailure) -> Answer {
        // An empty name would turn the path of one thing into that of the list of all.
        guard
            path.prefix(while: { $0 != "?" }).dropFirst().split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy({ !$0.isEmpty })
        else { throw CommandFailure(.usage, "an id or a name is empty; say which one is meant") }
        let bearer: String
        if let held = token.withLock({ $0 }) { bearer = held } else { bearer = try await signIn() }
        var request = self.request(method, path, body: body, contentType: contentType, headers: headers)
        request.headers.replaceOrAdd(name: "authorization", value: "Bearer \(bearer)")
        var answer = try await execute(request)
        if answer.status == 401 {
            request.headers.replaceOrAdd(name: "authorization", value: "Bearer \(try await signIn())")
            answer = try await execute(request)
        }
        return answer
    }

    /// Sends JSON and gives the answer's body.
    ///
    /// - Throws: When the answer is no success.
    func call(
        _ method: HTTPMethod,
        _ path: String,
        _ body: JSONValue? = nil,
        headers: [(String, String)] = []
    ) async throws(CommandFailure) -> JSONValue {
        var bytes: [UInt8]?
        if let body {
            var text: [UInt8] = []
            body.write(to: &text)
            bytes = text
        }
        let answer = try await send(method, path, body: bytes, headers: headers)
        guard (200..<300).contains(answer.status) else {
            let code: CommandFailure.Code = answer.status == 429 || answer.status >= 500 ? .retryLater : .badInput
            throw CommandFailure(code, "\(method.rawValue) \(path) failed: \(answer.reason)")
        }
        return answer.body
    }

    /// Gives an answer of any length piece by piece.
    ///
    /// - Throws: When the answer is no success, ends early, or cannot be kept.
    func download(
        _ path: String,
        _ keep: (ByteBuffer) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        let bearer: String
        if let held = token.withLock({ $0 }) { bearer = held } else { bearer = try await signIn() }
        var request = self.request(.GET, path, body: nil, contentType: "", headers: [])
        request.headers.replaceOrAdd(name: "authorization", value: "Bearer \(bearer)")
        do {
            let response = try await http.execute(request, timeout: .seconds(3_600))
            guard response.status == .ok else {
                let buffer = try await response.body.collect(upTo: ServerClient.answerBytesMax)
                let body = (try? JSONValue(parsing: buffer.readableBytesView)) ?? .null
                let answer = Answer(status: Int(response.status.code), headers: response.headers, body: body)
                let code: CommandFailure.Code = answer.status == 429 || answer.status >= 500 ? .retryLater : .badInput
                throw CommandFailure(code, "GET \(path) failed: \(answer.reason)")
            }
            for try await piece in response.body { try keep(piece) }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.unavailable, "\(endpoint) did not send all of it (\(error)); run the command again")
        }
    }

    private func signIn() async throws(CommandFailure) -> String {
        var form = [
            "grant_type": "client_credentials",
            "client_id": credentials.clientID,
            "client_secret": credentials.clientSecret,
        ]
        form["scope"] = credentials.scope
        let text = form.map { "\($0)=\(ServerClient.percentEncoded($1))" }.joined(separator: "&")
        let answer = try await execute(
            request(
                .POST,
                "/ims/token/v3",
                body: Array(text.utf8),
                contentType: "application/x-www-form-urlencoded",
                headers: []
            )
        )
        guard answer.status == 200, let bearer = answer.body["access_token"]?.string else {
            throw CommandFailure(
                [400, 401].contains(answer.status) ? .badInput : .unavailable,
                "\(endpoint) gives no access token: \(answer.reason)"
            )
        }
        guard credentials.scope == nil || answer.body["scope"] != nil else {
            throw CommandFailure(
                .usage,
                "--scope (or HEADWATER_SCOPE) names nothing that narrows a token; headwater credentials scopes lists what does"
            )
        }
        token.withLock { $0 = bearer }
        return bearer
    }

    private func request(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]?,
        contentType: String,
        headers: [(String, String)]
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: credentials.endpoint + path)
        request.method = method
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "x-api-key", value: credentials.clientID)
        if let organisation = credentials.organisation {
            request.headers.add(name: "x-gw-ims-org-id", value: organisation)
        }
        if let sandbox = credentials.sandbox { request.headers.add(name: "x-sandbox-name", value: sandbox) }
        if let trace { request.headers.add(name: "traceparent", value: trace.traceparent) }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body {
            request.headers.replaceOrAdd(name: "content-type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    private func execute(_ request: HTTPClientRequest) async throws(CommandFailure) -> Answer {
        do {
            let response = try await http.execute(request, timeout: .seconds(120))
            let buffer = try await response.body.collect(upTo: ServerClient.answerBytesMax)
            let body = try? JSONValue(parsing: buffer.readableBytesView)
            let text = body == nil ? String(decoding: buffer.readableBytesView, as: UTF8.self) : ""
            let status = Int(response.status.code)
            return Answer(status: status, headers: response.headers, body: body ?? .null, text: text)
        } catch {
            throw CommandFailure(.unavailable, "\(endpoint) does not answer (\(error)); is the server running?")
        }
    }

    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                encoded.append(Character(UnicodeScalar(byte)))
            default:
                encoded.append("%")
                encoded.append(digits[Int(byte >> 4)])
                encoded.append(digits[Int(byte & 15)])
            }
        }
        return encoded
    }
}
