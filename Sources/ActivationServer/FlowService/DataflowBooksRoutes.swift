import ActivationCore
import ActivationEngine
import Hummingbird

/// A dataflow's books, under `/v1/dataflows` (I5, BEHAVIOUR 3.18).
struct DataflowBooksRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("dataflows/:id/stats") { _, context in try await stats(context) }
        router.get("dataflows/:id/balance") { request, context in try await balance(request, context) }
    }

    private func stats(_ context: ServerContext) async throws(APIError) -> Response {
        let (flow, id) = try dataflow(context)
        let books: Engine.DataflowBooks
        do throws(EngineError) {
            books = try await dependencies.engine.books(id)
        } catch {
            throw APIError(engine: error)
        }
        var object = DataflowBalance.terms(books.counters)
        object["flowId"] = .string(flow.id)
        object["pending"] = .integer(books.pendingRows)
        object["isBalanced"] = .bool(books.counters.pending == books.pendingRows)
        var state = dependencies.headwaterState(of: flow, books.state)
        state.oldestPendingAt = books.oldestPendingAt
        object["state"] = state.state
        object["reason"] = state.reason
        object["headwaterState"] = state.json
        return Response(json: .object(object))
    }

    private func balance(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let (flow, id) = try dataflow(context)
        let engine = dependencies.engine
        let since = try since(request)
        let wantsAudiences = try wantsAudiences(request)
        let balance = try await APIError.mapping { () throws(EngineError) in
            let audit = try await engine.booksAudit()
            var balance = DataflowBalance(
                flow: flow.id,
                audit: audit,
                books: audit.books[id] ?? CountedBooks(),
                hours: []
            )
            if wantsAudiences {
                balance.audiences = try await Self.countAudienceBooks(id, engine)
                let first = BookedHour.number(of: since)
                balance.hours = try await engine.bookedHours(id).filter { BookedHour.number(of: $0.start) >= first }
            } else {
                balance.hours = try await engine.bookedHours(of: [id], since: since)[id] ?? []
            }
            return balance
        }
        return Response(json: balance.json)
    }

    /// Counts row by row as long as the client waits for it.
    private static func countAudienceBooks(
        _ dataflow: Dataflow.ID,
        _ engine: any ServerEngine
    ) async throws(EngineError) -> CountedAudienceBooks {
        let result = await ClientPresence.whileThere { () async -> Result<CountedAudienceBooks, EngineError> in
            do throws(EngineError) {
                return .success(try await engine.countAudienceBooks(dataflow))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Whether the books by audience are wanted.
    private func wantsAudiences(_ request: Request) throws(APIError) -> Bool {
        switch request.uri.queryParameters["audiences"].map(String.init) {
        case nil, "false": return false
        case "true": return true
        default: throw APIError(.fieldInvalid, "audiences is true or false")
        }
    }

    /// From when hours are wanted.
    private func since(_ request: Request) throws(APIError) -> Timestamp {
        guard let text = request.uri.queryParameters["since"].map(String.init) else {
            return Timestamp(milliseconds: dependencies.instant.milliseconds - DataflowBalance.defaultSpan)
        }
        guard let since = Timestamp(rfc3339: text) else {
            throw APIError(.fieldInvalid, "since is an instant such as 2026-11-27T09:00:00Z")
        }
        return since
    }

    private func dataflow(_ context: ServerContext) throws(APIError) -> (ControlEntry, Dataflow.ID) {
        let flow = try dependencies.control.flowServiceEntry(.flow, context.pathParameter("id"))
        guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        return (flow, Dataflow.ID(uuid: uuid))
    }
}
