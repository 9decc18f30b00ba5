import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/profiles`, `/v1/events` and `/v1/audiences/{id}/members`: streams of lines (BEHAVIOUR 5.7, 6.5).
struct LineRoutes: Sendable {
    private let dependencies: ServerDependencies
    private let permits: BodyPermits

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
        permits = BodyPermits(IngestionLimits.concurrentBodiesMax)
    }

    func add(to own: some RouterMethods<ServerContext>) {
        own.post("profiles") { request, context in try await entities(.records, request, context) }
        own.post("events") { request, context in try await entities(.events, request, context) }
        own.put("audiences/:id/members") { request, context in try await members(true, request, context) }
        own.delete("audiences/:id/members") { request, context in try await members(false, request, context) }
    }

    private func entities(
        _ kind: LineReader.Kind,
        _ request: Request,
        _ context: ServerContext
    ) async throws(APIError) -> Response {
        let name = try QueryItems(request)["dataset"] ?? DatasetRegistry.defaultName
        let body = try body(of: request)
        let registry = DatasetRegistry(control: dependencies.control)
        let dataset = try await registry.dataset(named: name, by: try context.author(), at: dependencies.instant)
        var reader = reader(kind)
        reader.dataset = dataset.id
        reader.usesSourceTime = dataset.usesSourceTime
        return try await ingest(body, reader, context) { [dependencies] outcome in
            dependencies.metrics.ingestion.count(outcome, of: dataset.id, at: dependencies.time.now())
        }
    }

    private func members(
        _ isMember: Bool,
        _ request: Request,
        _ context: ServerContext
    ) async throws(APIError) -> Response {
        let audience = try dependencies.control.snapshot.externalAudience(context.pathParameter("id"))
        try audience.refuseUnlessOpen(at: dependencies.instant)
        return try await ingest(
            try body(of: request),
            reader(.members(of: audience.id, isMember: isMember)),
            context
        ) { _ in }
    }

    private func body(of request: Request) throws(APIError) -> DecodedBody {
        guard dependencies.engine.isAccepting else {
            throw APIError(.unavailable, "the server does not take messages now; retry soon", retryAfterSeconds: 5)
        }
        return try DecodedBody(request)
    }

    private func reader(_ kind: LineReader.Kind) -> LineReader {
        LineReader(
            kind: kind,
            namespaces: dependencies.control.snapshot.namespaces,
            now: { [dependencies] in dependencies.instant },
            onIgnored: dependencies.metrics.countIgnored
        )
    }

    private func ingest(
        _ body: DecodedBody,
        _ reader: LineReader,
        _ context: ServerContext,
        onSettled: @escaping @Sendable (IngestionCounts.Outcome) -> Void
    ) async throws(APIError) -> Response {
        let ingestion = LineIngestion(
            engine: dependencies.engine,
            metrics: dependencies.metrics,
            permits: permits,
            sender: ByteKey(try context.authenticatedClient().clientID),
            onSettled: onSettled,
            pause: { try await Task.sleep(for: $0) }
        )
        do throws(LineIngestion.Interruption) {
            return Response(json: .object(try await ingestion.run(body, reader: reader).json))
        } catch {
            throw APIError(interruption: error)
        }
    }
}

extension APIError {
    /// A body that was not read to its end: why, and what is durable of it.
    init(interruption: LineIngestion.Interruption) {
        let report = interruption.report
        switch interruption.cause {
        case let error as EngineError where error.code == .overloaded && report.settledThroughLine > 0:
            self.init(.unavailable, error.message, retryAfterSeconds: error.retryAfterSeconds ?? 1)
        case let error as EngineError: self.init(engine: error)
        case let error as GzipError: self.init(gzip: error)
        case let error as APIError: self = error
        default: self.init(reading: interruption.cause)
        }
        members = report.json
        members["settledThroughLine"] = .integer(Int64(report.settledThroughLine))
        detail +=
            report.settledThroughLine == 0
            ? "; no line was stored"
            : "; lines 1 to \(report.settledThroughLine) are settled and durable, send the rest again"
    }
}
