import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Holds every answer that a test gets to the OpenAPI document: its status and its type are among those of the route.
enum DocumentedAnswer {
    /// Records an issue for an answer that the document does not know; paths that nobody serves are not its matter.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - contentType: The header, nil for an answer without a body.
    ///   - method: The request's method.
    ///   - uri: The request's path and query.
    static func check(_ status: Int, _ contentType: String?, of method: HTTPRequest.Method, _ uri: String) {
        let path = uri.prefix { $0 != "?" }.split(separator: "/")
        guard let operation = operations.first(where: { $0.method == method && matches($0.path, path) }) else { return }
        guard let response = operation.responses[String(status)] else {
            Issue.record("\(method) \(uri) answers \(status), which the document does not know")
            return
        }
        let type = contentType.map { String($0.prefix { $0 != ";" }) }
        let known = response["content"]?.object?.keys.map { $0 } ?? []
        guard type.map({ known.contains($0) }) ?? known.isEmpty else {
            Issue.record("\(method) \(uri) answers \(status) as \(type ?? "nothing"); the document says \(known)")
            return
        }
    }

    private struct Route: Sendable {
        var method: HTTPRequest.Method
        var path: [Substring]
        var responses: JSONValue
    }

    /// Those without parameters first, which the router prefers too.
    private static let operations: [Route] =
        OpenAPIDocument.operations.map { operation in
            Route(
                method: HTTPRequest.Method(rawValue: operation.method.uppercased()) ?? .get,
                path: operation.path.split(separator: "/").map { Substring(String($0)) },
                responses: operation.json["responses"] ?? [:]
            )
        }.sorted { left, right in parameters(left) < parameters(right) }

    private static func parameters(_ route: Route) -> Int {
        route.path.filter { $0.hasPrefix("{") }.count
    }

    private static func matches(_ template: [Substring], _ path: [Substring]) -> Bool {
        template.count == path.count && zip(template, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
