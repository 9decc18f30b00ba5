import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `/collection/{inletId}` and `/collection/batch/{inletId}`: streaming ingestion as Adobe's clients know it
/// (BEHAVIOUR 6.1), also under `/data/foundation/import` (docs/API.md 7).
struct CollectionRoutes: Sendable {
    private let dependencies: ServerDependencies
    private let transactions: TransactionIDs

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
        transactions = TransactionIDs(node: UInt32(truncatingIfNeeded: dependencies.ids.next().low))
    }

    func add(to open: some RouterMethods<ServerContext>) {
        for base in ["collection", "data/foundation/import/collection"] {
            open.post("\(base)/{inletId}") { request, context in try await single(request, context) }
            open.post("\(base)/batch/{inletId}") { request, context in try await batch(request, context) }
        }
    }

    /// One message, always validated (BEHAVIOUR 6.1).
    private func single(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let inlet = try await InletGate(dependencies).inlet(
            context.pathParameter("inletId"),
            for: request,
            context
        )
        let query = try QueryItems(request)
        let isOlderName = query["synchronousValidation"] != nil
        let isAsked = try [query.bool("syncValidation"), query.bool("synchronousValidation")].contains(true)
        let received = dependencies.time.now()
        let bytes = try await request.collectionBytes()
        let snapshot = dependencies.control.snapshot
        let message: Message
        do throws(MessageError) {
            message = try CollectionRoutes.document(bytes).root.message(
                inlet,
                dependencies.control.orgID,
                in: snapshot,
                at: dependencies.instant
            )
        } catch {
            dependencies.metrics.countIgnored(error.ignoredIdentities)
            count(refused: error, of: CollectionRoutes.dataset(ofEnvelope: bytes, in: snapshot))
            throw APIError(validation: error)
        }
        let results = try await ingest([message])
        if case .refused(let error) = results.first { throw APIError(validation: error) }
        var answer: JSONObject = [
            "inletId": .string(inlet.id),
            "xactionId": .string(transactions.next(at: received)),
            "receivedTimeMs": .integer(received.milliseconds),
        ]
        answer[isOlderName ? "synchronousValidation" : "syncValidation"] =
            isAsked ? ["status": "pass"] : ["skipped": true]
        let warnings = results.first.map { Warning.leftOut(of: message, $0) } ?? []
        if !warnings.isEmpty { answer["warnings"] = .array(warnings) }
        return Response(json: .object(answer))
    }

    /// Several messages, each on its own.
    private func batch(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let inlet = try await InletGate(dependencies).inlet(
            context.pathParameter("inletId"),
            for: request,
            context
        )
        let received = dependencies.time.now()
        let bytes = try await request.collectionBytes()
        let document: JSONDocument
        do throws(MessageError) {
            document = try CollectionRoutes.document(bytes)
        } catch {
            throw APIError(validation: error)
        }
        guard let items = document.root["messages"], items.isArray else {
            throw APIError(.fieldInvalid, "a batch is an object with messages, a list: {\"messages\": [...]}")
        }
        let snapshot = dependencies.control.snapshot
        let checked = items.items.map { item -> Result<Message, MessageError> in
            do throws(MessageError) {
                return .success(
                    try item.message(inlet, dependencies.control.orgID, in: snapshot, at: dependencies.instant)
                )
            } catch {
                dependencies.metrics.countIgnored(error.ignoredIdentities)
                count(refused: error, of: item.envelopeDataset(in: snapshot))
                return .failure(error)
            }
        }
        var results = try await ingest(checked.compactMap { try? $0.get() })[...]
        let id = transactions.next(at: received)
        let responses = checked.enumerated().map { index, message -> JSONValue in
            let error: MessageError
            switch message {
            case .failure(let broken): error = broken
            case .success(let message):
                let result = results.removeFirst()
                guard case .refused(let refused) = result else {
                    return CollectionRoutes.stored(message, result, as: "\(id):\(index)")
                }
                error = refused
            }
            return ["statusCode": 400, "message": .string(error.message), "code": .string(error.code)]
        }
        return Response(
            json: [
                "inletId": .string(inlet.id),
                "batchId": .string(id),
                "receivedTimeMs": .integer(received.milliseconds),
                "responses": .array(responses),
            ],
            status: HTTPResponse.Status(code: 207)
        )
    }

    private func ingest(_ messages: [Message]) async throws(APIError) -> [DecisionResult] {
        guard !messages.isEmpty else { return [] }
        let results = try await APIError.mapping { () throws(EngineError) in
            try await dependencies.engine.ingest(messages)
        }
        for (message, result) in zip(messages, results) {
            dependencies.metrics.countIgnored(message.ignoredIdentities + result.omissions.namespaces)
        }
        let now = dependencies.time.now()
        for (dataset, answers) in Dictionary(grouping: zip(messages, results), by: { ByteKey($0.0.dataset) }) {
            var outcome = IngestionCounts.Outcome()
            for (_, result) in answers {
                if case .refused(let error) = result {
                    outcome.refused[error.code, default: 0] += 1
                } else {
                    outcome.accepted += 1
                }
            }
            dependencies.metrics.ingestion.count(outcome, of: dataset.string, at: now)
        }
        return results
    }

    /// Counts a message that was refused before the engine saw it; of a dataset that nobody knows nothing is counted.
    private func count(refused error: MessageError, of dataset: String?) {
        guard let dataset else { return }
        let outcome = IngestionCounts.Outcome(refused: [error.code: 1])
        dependencies.metrics.ingestion.count(outcome, of: dataset, at: dependencies.time.now())
    }

    private static func dataset(ofEnvelope bytes: [UInt8], in snapshot: ControlSnapshot) -> String? {
        (try? JSONDocument(parsing: bytes))?.root.envelopeDataset(in: snapshot)
    }

    /// The answer for one stored message of a batch.
    private static func stored(_ message: Message, _ result: DecisionResult, as id: String) -> JSONValue {
        var answer: JSONObject = ["xactionId": .string(id)]
        let warnings = Warning.leftOut(of: message, result)
        if !warnings.isEmpty { answer["warnings"] = .array(warnings) }
        return .object(answer)
    }

    private static func document(_ bytes: [UInt8]) throws(MessageError) -> JSONDocument {
        do {
            return try JSONDocument(parsing: bytes)
        } catch {
            throw MessageError(malformed: error)
        }
    }
}

extension JSONView {
    /// The dataset that an envelope names, if there is one.
    fileprivate func envelopeDataset(in snapshot: ControlSnapshot) -> String? {
        self["header"]?["datasetId"]?.string.flatMap { snapshot.entry(.dataset, $0)?.id }
    }

    /// The checked message of one envelope.
    fileprivate func message(
        _ inlet: Inlet,
        _ organization: String,
        in snapshot: ControlSnapshot,
        at now: Timestamp
    ) throws(MessageError) -> Message {
        let envelope = try CollectionEnvelope(self, organization: organization) { id in
            snapshot.entry(.dataset, id).map(Dataset.init)
        }
        guard !snapshot.hasEnded(dataset: envelope.dataset.id, at: now) else {
            throw MessageError(
                code: "DATASET_EXPIRED",
                pointer: "/header/datasetId",
                keyword: "enum",
                message: "the dataset ended on its expiration date and takes nothing any more; name another one"
            )
        }
        return try envelope.message(namespaces: snapshot.namespaces, identities: inlet.identities)
    }
}

extension APIError {
    /// A message that breaks a rule; the report says which and where (BEHAVIOUR 6.1).
    init(validation error: MessageError) {
        self.init(.messageInvalid, error.message, members: ["report": ValidationReport(error: error).json])
    }

    /// Runs a call of the engine; its errors become ours.
    static func mapping<Result>(
        _ call: () async throws(EngineError) -> Result
    ) async throws(APIError) -> Result {
        do throws(EngineError) {
            return try await call()
        } catch {
            throw APIError(engine: error)
        }
    }
}

extension APIErrorCode {
    static let messageInvalid = APIErrorCode("MESSAGE_INVALID", status: 400, title: "Invalid XDM Message Format")
}

extension DecisionResult {
    /// What was left out of a message that was taken.
    var omissions: Omissions {
        if case .acceptedWithout(let omissions) = self { omissions } else { Omissions() }
    }
}
