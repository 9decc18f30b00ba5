@testable import Kinesis

/// Runs a body with a client of a scripted service, and ends both; the key may not list shards, unless the script answers that.
func withClient(
    wire: KinesisWire = .json,
    requestTimeout: Duration = .seconds(10),
    secondsSinceEpoch: (@Sendable () -> Int64)? = nil,
    token: String? = nil,
    listsShards: Bool = false,
    script: @escaping @Sendable (ScriptedService.Call) -> ScriptedService.Reply,
    _ body: (KinesisClient) async throws -> Void
) async throws {
    let service = try await ScriptedService.start { call in
        call.operation == "ListShards" && !listsShards ? .error(400, "AccessDeniedException") : script(call)
    }
    let http = AddressedHTTPClient(configuration: .kinesis())
    do {
        let client = try KinesisClient(
            httpClient: http,
            endpoint: KinesisEndpoint.resolve(connectionURL: service.url, baseRegion: nil, targetRegion: nil),
            credentials: KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "sesame", sessionToken: token),
            wire: wire,
            requestTimeout: requestTimeout,
            secondsSinceEpoch: secondsSinceEpoch
        )
        try await body(client)
    } catch {
        try await http.shutdown()
        try await service.stop()
        throw error
    }
    try await http.shutdown()
    try await service.stop()
}
