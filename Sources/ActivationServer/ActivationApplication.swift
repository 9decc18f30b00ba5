import ActivationCore
import Console
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle

/// The HTTP server as a service: listens when run, finishes open requests on graceful shutdown.
public struct ActivationApplication: Service {
    private let application: Application<SandboxResponder>
    private let dependencies: ServerDependencies

    /// Prepares the server.
    ///
    /// - Parameters:
    ///   - dependencies: What the API works with.
    ///   - options: Where to listen.
    ///   - onListening: Called with the bound port when connections are accepted.
    /// - Throws: ``ServerStartError`` when the address needs TLS or the certificate cannot be read.
    public init(
        dependencies: ServerDependencies,
        options: ListenerOptions,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws(ServerStartError) {
        try options.check()
        if case .failure(let error) = ConsoleViews.templates { throw ServerStartError(error.description) }
        self.dependencies = dependencies
        application = Application(
            responder: SandboxResponder(dependencies),
            server: try HTTPServerBuilder.listening(options, dependencies.metrics, dependencies.logger),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                serverName: "headwater",
                backlog: ServerLimits.backlog
            ),
            onServerRunning: { channel in
                await AcceptPause.add(to: channel, dependencies.logger)
                let port = channel.localAddress?.port ?? options.port
                dependencies.endpoint.value = options.url(port: port)
                await onListening(port)
            },
            logger: dependencies.logger
        )
    }

    /// Gives the engine its configuration, then serves until graceful shutdown; the engine must be running too.
    public func run() async throws {
        try await SandboxWork(dependencies, serving: { try await application.run() }).run()
    }
}
