import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Whole dataflows under `/v1/dataflows`: made and deleted with what they stand on (BEHAVIOUR 1.4).
struct DataflowRoutes: Sendable {
    private let service: DataflowService

    init(dependencies: ServerDependencies) {
        service = DataflowService(dependencies: dependencies)
    }

    func add(to own: some RouterMethods<ServerContext>) {
        own.post("dataflows") { request, context in try await create(request, context) }
        own.delete("dataflows/:id") { request, context in try await delete(request, context) }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "DataflowDraft")
        let made = try await service.connect(try DataflowService.Connection(try Fields(body)), by: client)
        var object: JSONObject = [
            "id": .string(made.change.flow.id), "etag": .string(EntityTag.quoted(made.change.flow.etag)),
            "accountId": .string(made.account.id), "sourceConnectionId": .string(made.source.id),
            "targetConnectionId": .string(made.target.id),
        ]
        object["backfillId"] = made.change.backfill.map { .string($0.id) }
        if !made.change.warnings.isEmpty { object["warnings"] = .array(made.change.warnings) }
        var response = Response(json: .object(object), status: .created)
        response.headers[.eTag] = EntityTag.quoted(made.change.flow.etag)
        return response
    }

    private func delete(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let tag = try EntityTag.given(request)
        let withAccount = try QueryItems(request).bool("account")
        let deletion = try await service.delete(
            context.pathParameter("id"),
            ifMatch: tag,
            withAccount ? .account : .connections,
            by: try context.authenticatedClient()
        )
        func ids(_ kind: ControlKind) -> JSONValue {
            .array(deletion.connections.filter { $0.kind == kind }.map { .string($0.id) })
        }
        return Response(
            json: [
                "id": .string(deletion.flow.id), "accountIds": ids(.connection),
                "sourceConnectionIds": ids(.sourceConnection), "targetConnectionIds": ids(.targetConnection),
            ],
            status: .accepted
        )
    }
}

extension DataflowService.Connection {
    /// Reads the body of a request.
    ///
    /// - Throws: `FIELD_INVALID`.
    fileprivate init(_ fields: Fields) throws(APIError) {
        let common = try ConnectionBody.common(fields)
        guard (fields["account"] == nil) != (fields["accountId"] == nil) else {
            throw APIError(
                .fieldInvalid,
                "the body has either account, a base connection to be made, or accountId, the id of one there is"
            )
        }
        let account: Account
        if var new = try fields.fields("account") {
            // It is the dataflow's own, so its name will do.
            if new["name"] == nil { new = new.adding("name", fields["name"]) }
            account = .new(new)
        } else {
            account = .existing(try fields.requiredString("accountId"))
        }
        self.init(
            name: common["name"]?.string ?? "",
            description: common["description"]?.string ?? "",
            account: account,
            params: try fields.requiredFields("params").object,
            transformations: fields["transformations"],
            marketingActions: try MarketingAction.read(fields).map(\.json),
            alerts: try FlowAlert.read(fields).map(\.json)
        )
    }
}
