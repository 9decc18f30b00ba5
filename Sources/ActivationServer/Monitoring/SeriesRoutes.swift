import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/series`: what became of records over time (BEHAVIOUR 7.4).
struct SeriesRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("series") { request, _ in try await series(QueryItems(request)) }
    }

    private func series(_ query: QueryItems) async throws(APIError) -> Response {
        let range = try SeriesRoutes.range(query)
        let snapshot = dependencies.control.snapshot
        var entries = snapshot.entries(.flow).filter { $0.string("state") != FlowState.deleting }
        let wanted = try query["flowId"].map { id throws(APIError) in try snapshot.flowServiceEntry(.flow, id) }
        if let wanted { entries = [wanted] }
        let flows = entries.compactMap { entry in
            UUIDBytes(entry.id).map { (entry: entry, id: Dataflow.ID(uuid: $0)) }
        }
        let now = dependencies.time.now()
        let series = try await Series.read(
            range,
            of: flows.map(\.id),
            withMessages: wanted == nil,
            dependencies,
            at: now
        )
        let books = try await APIError.mapping { () throws(EngineError) in
            try await dependencies.engine.books(of: flows.map(\.id))
        }
        let start = series.slots.first?.start ?? now
        let alerts = try await dependencies.alerts.fired(since: start, about: wanted?.id)
        return Response(json: [
            "range": .string(range.rawValue),
            "start": .string(start.rfc3339),
            "end": .string(now.rfc3339),
            "stepSeconds": .integer(range.step / 1_000),
            "measuredSince": .string(dependencies.series.since.rfc3339),
            "slots": .array(series.slots.map(\.json)),
            "dataflows": .array(flows.map { document($0.entry, $0.id, series.flows[$0.id], books[$0.id]) }),
            "shards": .array(series.shards.map(\.json)),
            "alerts": .array(alerts.map(\.json)),
        ])
    }

    private static func range(_ query: QueryItems) throws(APIError) -> SeriesRange {
        guard let text = query["range"] else { return .day }
        guard let range = SeriesRange(rawValue: text) else {
            let words = SeriesRange.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError(.queryInvalid, "range is one of \(words)")
        }
        return range
    }

    private func document(
        _ entry: ControlEntry,
        _ id: Dataflow.ID,
        _ figures: SeriesFigures?,
        _ books: Engine.DataflowBooks?
    ) -> JSONValue {
        let figures = figures ?? SeriesFigures()
        var object: JSONObject = ["flowId": .string(entry.id)]
        object["name"] = entry.string("name").map { .string($0) }
        object["state"] = books.map { dependencies.headwaterState(of: entry, $0.state).state }
        for (key, value) in figures.counters.seriesTerms { object[key] = value }
        object["activationRate"] = figures.counters.activationPercent.map { AlertThreshold.number($0 / 100) }
        for (key, value) in figures.measuredTerms { object[key] = value }
        object["pending"] = books.map { .integer($0.pendingRows) }
        object["oldestPendingAt"] = books?.oldestPendingAt.map { .string($0.rfc3339) }
        object["deadLetters"] = books.map { .integer($0.counters.deadLetters) }
        return .object(object)
    }
}

extension Series.Slot {
    /// The step as answers show it: what is not known is not there.
    var json: JSONValue {
        var object: JSONObject = ["start": .string(start.rfc3339)]
        for (key, value) in counters?.seriesTerms ?? [:] { object[key] = value }
        for (key, value) in measured?.measuredTerms ?? [:] { object[key] = value }
        object["messagesAccepted"] = messages.map { .integer($0.accepted) }
        object["messagesRefused"] = messages.map { .integer($0.refused) }
        return .object(object)
    }
}

extension Series.Shard {
    /// The shard as answers show it.
    var json: JSONValue {
        [
            "flowId": .string(flow.uuid.description), "shard": .string(name), "total": .integer(total),
            "throttled": .array(throttled.map { $0.map { .integer($0) } ?? .null }),
        ]
    }
}

extension DataflowCounters {
    /// What was entered, in the words of the books.
    var seriesTerms: JSONObject {
        [
            "triggered": .integer(triggered), "delivered": .integer(delivered), "suppressed": .integer(excluded),
            "parked": .integer(parked),
        ]
    }
}

extension SeriesFigures {
    /// What was measured.
    var measuredTerms: JSONObject {
        var object: JSONObject = [
            "measured": .integer(delays.count), "throttled": .integer(throttled.values.reduce(0, +)),
        ]
        object["delayP50Milliseconds"] = delays.bound(ofPercent: 50).map { .integer($0) }
        object["delayP99Milliseconds"] = delays.bound(ofPercent: 99).map { .integer($0) }
        object["oldestWaitMilliseconds"] = oldestWait.map { .integer($0) }
        return object
    }
}
