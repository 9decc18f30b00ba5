import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Alerts under `/v1/alerts` (BEHAVIOUR 7.1).
struct AlertRoutes: Sendable {
    let dependencies: ServerDependencies

    private var desk: AlertDesk { dependencies.alerts }
    private var control: ControlPlane { dependencies.control }

    /// Entries of a page when nobody says.
    private static let limitDefault = 50
    /// Entries of a page at most.
    private static let limitMax = 500
    /// Seconds of a snooze at most.
    private static let snoozeMax = 30 * 86_400
    /// Characters of a note.
    private static let noteCharactersMax = 1_000

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("alerts/now") { _, _ in Response(json: AlertRoutes.items(desk.alerts().map { .object($0.json) })) }
        own.post("alerts/now/:alert/acknowledge") { request, context in try await acknowledge(request, context) }
        own.post("alerts/now/:alert/snooze") { request, context in try await snooze(request, context) }
        own.get("alerts/history") { request, _ in try await history(try QueryItems(request)) }
        own.get("alerts/deliveries") { request, _ in try await deliveries(try QueryItems(request)) }
        addRules(to: own)
        addChannels(to: own)
    }

    private func addRules(to own: some RouterMethods<ServerContext>) {
        own.get("alerts/rules") { _, _ in
            Response(json: AlertRoutes.items(control.entries(.alertRule).map(AlertRoutes.shown)))
        }
        own.post("alerts/rules") { request, context in
            let fields = try await fields(request, "AlertRuleBody")
            let made = try await desk.createRule(fields, by: try context.author())
            return AlertRoutes.answer(made, status: .created)
        }
        own.get("alerts/rules/:id") { _, context in
            AlertRoutes.answer(try desk.rule(context.pathParameter("id"), in: control.snapshot))
        }
        own.put("alerts/rules/:id") { request, context in
            let tag = try EntityTag.given(request)
            let fields = try await fields(request, "AlertRuleBody")
            return AlertRoutes.answer(
                try await desk.replaceRule(
                    context.pathParameter("id"),
                    fields,
                    ifMatch: tag,
                    by: try context.author()
                )
            )
        }
        own.delete("alerts/rules/:id") { request, context in
            let tag = try EntityTag.given(request)
            try await desk.deleteRule(context.pathParameter("id"), ifMatch: tag, by: try context.author())
            return Response(status: .noContent)
        }
    }

    private func addChannels(to own: some RouterMethods<ServerContext>) {
        own.get("alerts/channels") { _, _ in
            Response(json: AlertRoutes.items(control.entries(.alertChannel).map(AlertRoutes.shown)))
        }
        own.post("alerts/channels") { request, context in
            let fields = try await fields(request, "AlertChannelBody")
            let made = try await desk.createChannel(fields, by: try context.author())
            return AlertRoutes.answer(made.entry, secret: made.secret, status: .created)
        }
        own.get("alerts/channels/:id") { _, context in
            AlertRoutes.answer(try desk.channel(context.pathParameter("id"), in: control.snapshot))
        }
        own.put("alerts/channels/:id") { request, context in
            let tag = try EntityTag.given(request)
            let fields = try await fields(request, "AlertChannelBody")
            return AlertRoutes.answer(
                try await desk.replaceChannel(
                    context.pathParameter("id"),
                    fields,
                    ifMatch: tag,
                    by: try context.author()
                )
            )
        }
        own.delete("alerts/channels/:id") { request, context in
            let tag = try EntityTag.given(request)
            try await desk.deleteChannel(context.pathParameter("id"), ifMatch: tag, by: try context.author())
            return Response(status: .noContent)
        }
        own.post("alerts/channels/:id/test") { _, context in
            let attempts = try await desk.test(context.pathParameter("id"))
            return Response(json: [
                "delivered": .bool(attempts.state == .delivered), "answer": .string(attempts.lastAnswer ?? ""),
            ])
        }
    }

    private func fields(_ request: Request, _ schema: String) async throws(APIError) -> Fields {
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: schema)
        return fields
    }

    // MARK: What is the matter

    private func acknowledge(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(request, "AlertNote")
        let note = try fields.string("note", charactersMax: AlertRoutes.noteCharactersMax) ?? ""
        let alert = try await desk.acknowledge(
            context.pathParameter("alert"),
            note: note,
            by: try context.author().name
        )
        return Response(json: .object(alert.json))
    }

    private func snooze(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(request, "AlertSnooze")
        guard let seconds = fields["seconds"]?.double.flatMap({ Int64(exactly: $0) }),
            0...Int64(AlertRoutes.snoozeMax) ~= seconds
        else {
            throw APIError(
                .fieldInvalid,
                "/seconds is required, a whole number from 0, which ends a snooze, to \(AlertRoutes.snoozeMax)"
            )
        }
        let end = Timestamp(milliseconds: dependencies.time.now().milliseconds &+ seconds &* 1_000)
        let alert = try await desk.snooze(context.pathParameter("alert"), until: end, by: try context.author().name)
        return Response(json: .object(alert.json))
    }

    // MARK: What happened, and what was told

    private func history(_ query: QueryItems) async throws(APIError) -> Response {
        let limit = try AlertRoutes.limit(query)
        let flow = try AlertRoutes.text("flowId", query)
        let entries = try await desk.history(about: flow, before: try AlertRoutes.before(query), limit + 1)
        return AlertRoutes.page(entries.map { ($0.sequence, $0.json) }, limit)
    }

    private func deliveries(_ query: QueryItems) async throws(APIError) -> Response {
        let limit = try AlertRoutes.limit(query)
        let channel = try AlertRoutes.text("channelId", query)
        let found = try await desk.deliveries(by: channel, before: try AlertRoutes.before(query), limit + 1)
        return AlertRoutes.page(found.map { ($0.sequence, $0.json) }, limit)
    }

    private static func limit(_ query: QueryItems) throws(APIError) -> Int {
        try query.integer("limit", in: 1...limitMax) ?? limitDefault
    }

    private static func text(_ name: String, _ query: QueryItems) throws(APIError) -> String? {
        guard let text = query[name] else { return nil }
        guard !text.isEmpty else { throw APIError(.queryInvalid, "\(name) is empty; leave it out for all") }
        return text
    }

    private static func before(_ query: QueryItems) throws(APIError) -> Int64? {
        try query.integer("before", in: 1...Int.max).map { Int64($0) }
    }

    private static func page(_ found: [(sequence: Int64, json: JSONValue)], _ limit: Int) -> Response {
        var answer: JSONObject = ["items": .array(found.prefix(limit).map(\.json))]
        // One more tells whether there are more.
        if found.count > limit { answer["next"] = .integer(found[limit - 1].sequence) }
        return Response(json: .object(answer))
    }

    // MARK: Documents

    private static func items(_ items: [JSONValue]) -> JSONValue { ["items": .array(items)] }

    /// A rule or a channel as answers show it.
    static func shown(_ entry: ControlEntry) -> JSONValue {
        var object = entry.body
        object.removeValue(forKey: AlertChannel.sealedKey)
        object["id"] = .string(entry.id)
        object["etag"] = .string(EntityTag.quoted(entry.etag))
        object["createdAt"] = .string(entry.createdAt.rfc3339)
        object["updatedAt"] = .string(entry.updatedAt.rfc3339)
        return .object(object)
    }

    private static func answer(
        _ entry: ControlEntry,
        secret: String? = nil,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        var document = shown(entry)
        if let secret { document["secret"] = .string(secret) }
        var response = Response(json: document, status: status)
        response.headers[.eTag] = EntityTag.quoted(entry.etag)
        return response
    }
}

extension AlertDesk {
    /// What happened, the newest first.
    func history(about flow: String?, before: Int64?, _ limit: Int) async throws(APIError) -> [AlertEntry] {
        do throws(StorageError) {
            return try await store.alertEntries(about: flow, before: before, limit: limit, scope: scope)
        } catch {
            throw APIError(storage: error)
        }
    }

    /// What was told, the newest first.
    func deliveries(by channel: String?, before: Int64?, _ limit: Int) async throws(APIError) -> [AlertDelivery] {
        do throws(StorageError) {
            return try await store.alertDeliveries(by: channel, before: before, limit: limit, scope: scope)
        } catch {
            throw APIError(storage: error)
        }
    }
}

extension AlertDesk.Alert {
    /// The alert as answers show it.
    var json: JSONObject {
        let rule = watch.rule
        var object: JSONObject = [
            "id": .string(watch.id), "ruleId": .string(rule.id), "name": .string(rule.name),
            "kind": .string(rule.kind.rawValue), "severity": .string(rule.severity.rawValue),
            "since": .string(firing.since.rfc3339), "toldAt": .string(firing.toldAt.rfc3339),
            "text": .string(firing.finding.text),
        ]
        object["threshold"] = rule.threshold.map(AlertThreshold.number)
        object["figure"] = firing.finding.figure.map(AlertThreshold.number)
        object["flowId"] = watch.flow.map { .string($0.id) }
        object["flowName"] = watch.flow?.string("name").map { .string($0) }
        object["snoozedUntil"] = state.snoozedUntil.map { .string($0.rfc3339) }
        object["acknowledged"] = firing.acknowledgement.map { known in
            ["by": .string(known.author), "at": .string(known.at.rfc3339), "note": .string(known.note)]
        }
        return object
    }
}

extension AlertEntry {
    /// The entry as answers show it.
    var json: JSONValue {
        // Bytes of ours that do not parse show as what is certain.
        var object = (try? JSONValue(parsing: body))?.object ?? JSONObject()
        object["sequence"] = .integer(sequence)
        object["at"] = .string(at.rfc3339)
        return .object(object)
    }
}

extension AlertDelivery {
    /// The delivery as answers show it.
    var json: JSONValue {
        var object: JSONObject = [
            "sequence": .integer(sequence), "at": .string(at.rfc3339), "channelId": .string(channel),
        ]
        object["nextAttemptAt"] = due.map { .string($0.rfc3339) }
        guard let attempts = AlertAttempts(body) else { return .object(object) }
        object["state"] = .string(attempts.state.rawValue)
        object["attempts"] = .integer(Int64(attempts.count))
        object["lastAttemptAt"] = attempts.lastAt.map { .string($0.rfc3339) }
        object["lastAnswer"] = attempts.lastAnswer.map { .string($0) }
        object["eventId"] = .string(attempts.notice.id)
        object["event"] = .string(attempts.notice.event)
        object["title"] = .string(attempts.notice.title)
        if !attempts.notice.alert.isEmpty { object["alertId"] = .string(attempts.notice.alert) }
        return .object(object)
    }
}
