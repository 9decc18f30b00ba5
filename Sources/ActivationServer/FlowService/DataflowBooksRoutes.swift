import ActivationCore
import ActivationEngine
import Hummingbird

/// A dataflow's books, under `/v1/dataflows` (I5, BEHAVIOUR 3.18).
struct DataflowBooksRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("dataflows/:id/stats") { _, context in try await stats(context) }
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
            "superseded": .integer(counters.superseded + counters.replayed),
            "suppressed": [
                "disabled": .integer(counters.suppressedDisabled),
                "deleted": .integer(counters.suppressedDeleted + counters.erased),
                "discarded": .integer(counters.discarded),
            ],
            "parked": .integer(counters.deadLetters),
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

    private func dataflow(_ context: ServerContext) throws(APIError) -> (ControlEntry, Dataflow.ID) {
        let flow = try dependencies.control.flowServiceEntry(.flow, context.pathParameter("id"))
        guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        return (flow, Dataflow.ID(uuid: uuid))
    }
}
