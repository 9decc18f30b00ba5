import ActivationCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore

@testable import ActivationServer

/// A browser as the console sees one: it keeps cookies, says where a form comes from, and sends the token of its page.
final class Browser {
    struct Answer {
        var status: Int
        var headers: HTTPFields
        var text: String

        var location: String? { headers[.location] }
    }

    private let client: any TestClientProtocol
    private(set) var cookies: [String: String] = [:]
    private(set) var page = Answer(status: 0, headers: [:], text: "")
    let agent: String

    init(_ client: any TestClientProtocol, agent: String = "Test browser") {
        self.client = client
        self.agent = agent
    }

    /// Opens a page; redirects are followed.
    @discardableResult
    func open(_ path: String) async throws -> Answer {
        page = try await send(.get, path)
        for _ in 0..<5 {
            guard let next = page.location else { return page }
            page = try await send(.get, next)
        }
        return page
    }

    /// Opens a page; redirects are not followed.
    func raw(_ path: String) async throws -> Answer { try await send(.get, path) }

    /// Sends a form with the token of the present page; redirects are followed.
    @discardableResult
    func submit(_ path: String, _ fields: [(name: String, value: String)] = []) async throws -> Answer {
        page = try await post(path, fields + [(FormToken.field, token)])
        if let next = page.location { return try await open(next) }
        return page
    }

    /// Sends exactly this form.
    func post(
        _ path: String,
        _ fields: [(name: String, value: String)],
        headers: HTTPFields = [.origin: "http://localhost"]
    ) async throws -> Answer {
        try await send(.post, path, body: QueryItems(fields).text, headers: headers)
    }

    /// Sends what a page's script sends, with the token of the present page unless another one is given.
    func put(
        _ path: String,
        _ body: String,
        token: String? = nil,
        isForm: Bool = false,
        headers: HTTPFields = [.origin: "http://localhost"]
    ) async throws -> Answer {
        var headers = headers
        if let name = FormToken.header { headers[name] = token ?? scriptToken }
        return try await send(.put, path, body: body, isForm: isForm, headers: headers)
    }

    /// The token that the present page's script sends.
    var scriptToken: String {
        guard let start = page.text.firstRange(of: "data-token=\"") else { return token }
        return String(page.text[start.upperBound...].prefix { $0 != "\"" })
    }

    /// The token of the present page's forms.
    var token: String { value(of: FormToken.field) ?? "" }

    /// What a field of the present page holds.
    func value(of field: String) -> String? {
        let text = page.text
        guard let name = text.firstRange(of: "name=\"\(field)\""),
            let start = text[name.upperBound...].firstRange(of: "value=\"")
        else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    func forgetCookies() { cookies = [:] }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: String? = nil,
        isForm: Bool = true,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = headers
        fields[.userAgent] = agent
        if !cookies.isEmpty { fields[.cookie] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ") }
        if body != nil, isForm { fields[.contentType] = "application/x-www-form-urlencoded" }
        let response = try await client.executeRequest(
            uri: path,
            method: method,
            headers: fields,
            body: body.map { ByteBuffer(string: $0) }
        )
        for cookie in response.headers[values: .setCookie] {
            let pair = cookie.split(separator: ";")[0].split(separator: "=", maxSplits: 1).map(String.init)
            cookies[pair[0]] = cookie.contains("Max-Age=0") ? nil : pair.last
        }
        return Answer(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }
}
