import ActivationCore
import ActivationEngine
import Hummingbird
import HummingbirdCore
public import Logging
public import ServiceLifecycle

/// The HTTP server of a node that stands by: it says that it is there and serves nothing, until graceful shutdown.
public struct StandbyApplication: Service {
    private let application: Application<StandbyResponder>

    /// Prepares the server.
    ///
    /// - Parameters:
    ///   - options: Where to listen, as when it serves.
    ///   - logger: The log.
    ///   - onListening: Called with the URL when connections are accepted.
    /// - Throws: ``ServerStartError`` when the address needs TLS or the certificate cannot be read.
    public init(
        options: ListenerOptions,
        logger: Logger,
        onListening: @escaping @Sendable (_ endpoint: String) async -> Void = { _ in }
    ) throws(ServerStartError) {
        try options.check()
        application = Application(
            responder: StandbyResponder(),
            server: try HTTPServerBuilder.listening(options, ServerMetrics(), logger),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                serverName: "headwater",
                backlog: ServerLimits.backlog
            ),
            onServerRunning: { channel in
                await AcceptPause.add(to: channel, logger)
                await onListening(options.url(port: channel.localAddress?.port ?? options.port))
            },
            logger: logger
        )
    }

    /// Answers until graceful shutdown; nothing listens any more then.
    ///
    /// - Throws: When it cannot listen.
    public func run() async throws { try await application.run() }
}

/// What a node answers that stands by.
struct StandbyResponder: HTTPResponder {
    typealias Context = ServerContext

    private static let reason =
        "this node stands by: it serves when it leads, or when another one that leads has made the store ready"
    /// A hand-over takes about as long.
    private static let retryAfterSeconds = 2

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        var response =
            switch request.uri.path {
            case "/health": Response(json: ["status": "alive"])
            case "/ready":
                Response(
                    json: ["status": "standby", "reason": .string(Self.reason)],
                    status: .serviceUnavailable
                )
            case "/metrics": Response(metrics: Self.metrics)
            default:
                Response(
                    APIError(.unavailable, Self.reason, retryAfterSeconds: Self.retryAfterSeconds),
                    requestID: context.requestID
                )
            }
        response.headers[.requestID] = context.requestID
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static var metrics: MetricsText {
        var text = MetricsText()
        text.family("headwater_build_info", .gauge, "The version that runs.")
        text.sample("headwater_build_info", [("version", ServerVersion.text)], 1)
        text.family("headwater_ready", .gauge, "1 while messages are taken and can be stored.")
        text.sample("headwater_ready", 0)
        text.family("headwater_leads", .gauge, "1 on the node that leads, which tells of dataflows.")
        text.sample("headwater_leads", 0)
        return text
    }
}
