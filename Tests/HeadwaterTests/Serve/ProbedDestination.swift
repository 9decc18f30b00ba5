import ActivationCore
import ActivationEngine
import ActivationServer
import Kinesis
import Logging
import Testing

@testable import headwater

extension KinesisDestination {
    /// Runs with a destination kind that does not wait between attempts, and ends its connections.
    static func forTesting(
        resolver: HostResolver = .system,
        _ body: (KinesisDestination) async throws -> Void
    ) async throws {
        let connections = KinesisConnections(resolver: resolver)
        let destination = KinesisDestination(
            connections: connections,
            lifeSign: NoLifeSign(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            retryDelay: .zero
        )
        do {
            try await body(destination)
        } catch {
            try await connections.shutdown()
            throw error
        }
        try await connections.shutdown()
    }

    /// An account that leads to a URL.
    static func account(_ url: String?) -> JSONObject {
        var account: JSONObject = ["accessKeyId": "AKIDEXAMPLE", "secretKey": "secret"]
        account["connectionUrl"] = url.map { .string($0) }
        return account
    }
}

/// The failure of a probe.
func probeError(_ work: () async throws -> Void) async throws -> DestinationProbeError {
    try #require(await #expect(throws: DestinationProbeError.self) { try await work() })
}
