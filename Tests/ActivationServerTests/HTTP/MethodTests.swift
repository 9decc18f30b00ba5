import HTTPTypes
import Testing

@testable import ActivationServer

/// Known paths, whatever the method.
struct MethodTests {
    @Test func `every route answers OPTIONS and refuses other methods with its own`() async throws {
        try await IngestWorld.run { world in
            for path in Set(OpenAPIDocument.operations.map(\.path)).sorted() {
                let methods = OpenAPIDocument.operations.filter { $0.path == path }.map { $0.method.uppercased() }
                let expected = Set(methods + ["OPTIONS"] + (methods.contains("GET") ? ["HEAD"] : []))
                let uri = path.replacing(/\{[^}]*\}/, with: "some-id")

                let options = try await world.send(.options, uri)
                let trace = try await world.send(.trace, uri)

                #expect(options.status == 204, "\(path)")
                #expect(trace.status == 405, "\(path)")
                #expect(trace.errorCode == "METHOD_NOT_ALLOWED")
                for answer in [options, trace] {
                    let allowed = Set((answer.headers[.allow] ?? "").split(separator: ", ").map(String.init))
                    #expect(allowed == expected, "\(path)")
                }
            }
        }
    }

    @Test func `a path that nobody knows is 404 for every method`() async throws {
        try await IngestWorld.run { world in
            for method in [HTTPRequest.Method.get, .head, .options, .delete] {
                let answer = try await world.send(method, "/nowhere")
                #expect(answer.status == 404)
            }
        }
    }

    @Test func `HEAD has the headers of GET`() async throws {
        try await IngestWorld.run { world in
            for path in ["/health", "/openapi.json", "/data/foundation/flowservice/flows"] {
                let get = try await world.send(.get, path)
                let head = try await world.send(.head, path)

                #expect(head.status == get.status)
                #expect(head.headers[.contentType] == get.headers[.contentType])
                #expect(head.headers[.contentLength] == String(get.text.utf8.count))
                #expect(head.text == "")
            }
        }
    }
}
