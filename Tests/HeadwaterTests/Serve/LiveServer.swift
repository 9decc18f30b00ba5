import ActivationCore
import ActivationServer
import AsyncHTTPClient
import Logging
import ServiceLifecycle

@testable import headwater

/// A whole server in this process, on a directory of its own.
struct LiveServer {
    let endpoint: String
    let directory: TestDirectory
    let client: ServerClient

    /// Runs a server while a piece of work uses it, then shuts it down gracefully.
    static func run(
        in directory: TestDirectory,
        _ work: @escaping @Sendable (LiveServer) async throws -> Void
    ) async throws {
        let (endpoints, found) = AsyncStream.makeStream(of: String.self)
        let server = try await ServerProcess(
            ServerProcess.Settings(directory: "\(directory.path)/data", listener: ListenerOptions(port: 0)),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { endpoint, _ in found.yield(endpoint) }
        let group = ServiceGroup(
            services: server.services,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        let result = await Task {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    try await group.run()
                    found.finish()
                }
                tasks.addTask {
                    defer { Task { await group.triggerGracefulShutdown() } }
                    for await endpoint in endpoints {
                        let credentials = try ServerCredentials(directory: "\(directory.path)/data", endpoint: nil)
                        let client = ServerClient(http: http, credentials: credentials)
                        try await work(LiveServer(endpoint: endpoint, directory: directory, client: client))
                        break
                    }
                }
                try await tasks.waitForAll()
            }
        }.result
        try await http.shutdown()
        try await server.close()
        try result.get()
    }

    /// The data directory.
    var data: String { "\(directory.path)/data" }
}
