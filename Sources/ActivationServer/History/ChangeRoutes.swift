import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/changes` and `/v1/dataflows/{id}/changes`: who changed what of the configuration (BEHAVIOUR 1.12).
struct ChangeRoutes: Sendable {
    private let control: ControlPlane
    private var history: ChangeHistory { ChangeHistory(control: control) }

    init(dependencies: ServerDependencies) {
        control = dependencies.control
    }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("changes") { request, _ in try await list(try QueryItems(request)) }
        own.get("dataflows/:id/changes") { request, context in
            try await list(ofFlow: context.pathParameter("id"), try QueryItems(request))
        }
    }

    private func list(_ query: QueryItems) async throws(APIError) -> Response {
        let kind = try query["kind"].map(ChangeRoutes.kind)
        let objects = try ChangeRoutes.text("object", query).map {
            [ConfigurationChange.Object(kind: kind?.rawValue, id: $0)]
        }
        return shown(
            try await history.page(
                of: objects,
                kind: kind,
                by: try ChangeRoutes.text("author", query),
                before: try ChangeRoutes.before(query),
                limit: try ChangeRoutes.limit(query)
            )
        )
    }

    private func list(ofFlow id: String, _ query: QueryItems) async throws(APIError) -> Response {
        let (before, limit) = (try ChangeRoutes.before(query), try ChangeRoutes.limit(query))
        guard let objects = try await history.objects(ofFlow: id) else {
            throw APIError(.flowUnknown, "no flow has the id in the path, and the history knows of none")
        }
        return shown(try await history.page(of: objects, before: before, limit: limit))
    }

    private static func text(_ name: String, _ query: QueryItems) throws(APIError) -> String? {
        guard let text = query[name] else { return nil }
        guard !text.isEmpty else { throw APIError(.queryInvalid, "\(name) is empty; leave it out for all") }
        return text
    }

    private static func limit(_ query: QueryItems) throws(APIError) -> Int {
        try query.integer("limit", in: 1...ChangeHistory.limitMax) ?? ChangeHistory.limitDefault
    }

    private static func before(_ query: QueryItems) throws(APIError) -> Int64? {
        try query.integer("before", in: 1...Int.max).map { Int64($0) }
    }

    private static func kind(_ text: String) throws(APIError) -> ControlKind {
        guard let kind = ControlKind(rawValue: text), kind.isConfiguration else {
            throw APIError(.queryInvalid, "kind is one of \(ChangeRoutes.kinds.joined(separator: ", "))")
        }
        return kind
    }

    /// The words for kinds.
    static let kinds = ControlKind.allCases.filter(\.isConfiguration).map(\.rawValue)

    private func shown(_ page: ChangeHistory.Page) -> Response {
        var answer: JSONObject = ["items": .array(page.changes.map(shown))]
        answer["next"] = page.next.map { .integer($0) }
        return Response(json: .object(answer))
    }

    private func shown(_ change: ConfigurationChange) -> JSONValue {
        var object: JSONObject = [
            "sequence": .integer(change.sequence), "changedAt": .string(change.changedAt.rfc3339),
            "author": .string(change.author.name), "way": .string(change.author.way.rawValue),
            "action": .string(change.action.rawValue), "kind": .string(change.kind), "id": .string(change.id),
            "name": .string(change.name),
        ]
        object["authorName"] = control.credentialName(of: change.author).map { .string($0) }
        object["requestId"] = change.author.requestID.map { .string($0) }
        let members = ChangeDifference(change.difference)?.members
        object["difference"] = members?["parts"] ?? []
        object["more"] = members?["more"]
        return .object(object)
    }
}

extension ControlPlane {
    /// What the credential of a program is called that changed something; nil for people and the server.
    func credentialName(of author: ConfigurationChange.Author) -> String? {
        author.way == .api ? organisation.entry(.credential, author.name)?.string("name") : nil
    }
}
