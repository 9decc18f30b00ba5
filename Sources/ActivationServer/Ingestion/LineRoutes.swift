import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/profiles` and `/v1/events`: streams of XDM entities, one per line (BEHAVIOUR 6.5).
struct LineRoutes: Sendable {
    private let dependencies: ServerDependencies
    private let permits: BodyPermits

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
        permits = BodyPermits(IngestionLimits.concurrentBodiesMax)
    }

    func add(to own: some RouterMethods<ServerContext>) {
        own.post("profiles") { request, context in try await ingest(.records, request, context) }
        own.post("events") { request, context in try await ingest(.events, request, context) }
    }

    private func ingest(
        _ kind: LineReader.Kind,
        _ request: Request,
        _ context: ServerContext
    ) async throws(APIError) -> Response {
        guard dependencies.engine.isAccepting else {
            throw APIError(.unavailable, "the server does not take messages now; retry soon", retryAfterSeconds: 5)
        }
        let name = try QueryItems(request)["dataset"] ?? DatasetRegistry.defaultName
        let body = try DecodedBody(request)
        let registry = DatasetRegistry(control: dependencies.control)
        let dataset = try await registry.dataset(named: name, by: try context.author())
        let reader = LineReader(
            kind: kind,
            dataset: dataset.id,
            usesSourceTime: dataset.usesSourceTime,
            namespaces: dependencies.control.snapshot.namespaces,
            onIgnored: dependencies.metrics.countIgnored
        )
        let ingestion = LineIngestion(
            engine: dependencies.engine,
            metrics: dependencies.metrics,
            permits: permits,
            sender: ByteKey(try context.authenticatedClient().clientID),
            onSettled: { [dependencies] outcome in
                dependencies.metrics.ingestion.count(outcome, of: dataset.id, at: dependencies.time.now())
            },
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
