import ActivationCore
import ActivationEngine
import Hummingbird

/// A dataflow's books and dead letters, under `/v1/dataflows` (I5, BEHAVIOUR 3.18).
struct DataflowBooksRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("dataflows/:id/stats") { _, context in try await stats(context) }
        router.get("dataflows/:id/dead-letters") { request, context in try await deadLetters(request, context) }
    }

    private func stats(_ context: ServerContext) async throws(APIError) -> Response {
        let (flow, id) = try dataflow(context)
        let books: Engine.DataflowBooks
        do throws(EngineError) {
            books = try await dependencies.engine.books(id)
        } catch {
            throw APIError(engine: error)
        }
        let counters = books.counters
        var object: JSONObject = [
            "flowId": .string(flow.id),
            "triggered": .integer(counters.triggered),
            "delivered": .integer(counters.delivered),
            "superseded": .integer(counters.superseded),
            "suppressed": [
                "disabled": .integer(counters.suppressedDisabled),
                "deleted": .integer(counters.suppressedDeleted),
            ],
            "parked": .integer(counters.parked),
            "pending": .integer(books.pendingRows),
            "isBalanced": .bool(counters.pending == books.pendingRows),
        ]
        var state = dependencies.headwaterState(of: flow, books.state)
        state.oldestPendingAt = books.oldestPendingAt
        object["state"] = state.state
        object["reason"] = state.reason
        object["headwaterState"] = state.json
        return Response(json: .object(object))
    }

    private func deadLetters(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let (_, id) = try dataflow(context)
        let query = try QueryItems(request)
        let limit = try query.integer("limit", in: 1...1_000) ?? ServerLimits.pageItemsMax
        let row = try query.integer("after", in: 0...Int.max) ?? 0
        do throws(EngineError) {
            // One more tells whether there are more.
            let letters = try await dependencies.engine.deadLetters(id, after: Int64(row), limit: limit + 1)
            let page = letters.prefix(limit)
            var answer: JSONObject = ["items": .array(page.map(DataflowBooksRoutes.document))]
            if letters.count > limit, let last = page.last { answer["next"] = .string(String(last.record.row)) }
            return Response(json: .object(answer))
        } catch {
            throw APIError(engine: error)
        }
    }

    private func dataflow(_ context: ServerContext) throws(APIError) -> (ControlEntry, Dataflow.ID) {
        let flow = try dependencies.control.flowServiceEntry(.flow, context.pathParameter("id"))
        guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        return (flow, Dataflow.ID(uuid: uuid))
    }

    private static func document(_ letter: DeadLetter) -> JSONValue {
        let record = letter.record
        return [
            "profileId": .string(record.profile.uuid.description),
            "mergePolicyId": .string(record.mergePolicy.uuid.description),
            "revision": .integer(record.revision),
            "reasons": .array(record.reasons.names.map { .string($0) }),
            "partitionKey": .string(record.partitionKey),
            "code": .string(letter.code),
            "message": .string(letter.message),
            "parkedAt": .string(letter.parkedAt.rfc3339),
            // A payload is JSON of ours; should it ever not parse, its text is still worth showing.
            "payload": (try? JSONValue(parsing: record.payload))
                ?? .string(String(decoding: record.payload, as: UTF8.self)),
        ]
    }
}
