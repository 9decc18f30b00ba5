import HTTPTypes
import Testing

@testable import ActivationServer

/// What every answer says beside its content.
struct AnswerHeaderTests {
    @Test func `no answer is kept on the way or taken for something else`() async throws {
        let nosniff = try #require(HTTPField.Name("x-content-type-options"))
        try await IngestWorld.run { world in
            for path in [
                "/health", "/openapi.json", "/data/foundation/flowservice/flows", "/nowhere", "/v1/identities",
            ] {
                let answer = try await world.send(.get, path)
                #expect(answer.headers[nosniff] == "nosniff", "\(path)")
                #expect(answer.headers[.cacheControl] == "no-store", "\(path)")
            }
        }
    }
}
