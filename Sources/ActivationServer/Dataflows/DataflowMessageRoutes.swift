import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import NIOCore

/// What a dataflow's messages look like, under `/v1/dataflows` (BEHAVIOUR 3.4).
struct DataflowMessageRoutes: Sendable {
    let dependencies: ServerDependencies

    private var messages: DataflowMessages { DataflowMessages(dependencies: dependencies) }

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("dataflows/:id/schema") { _, context in
            Response(try messages.version(of: try flow(context)))
        }
        router.get("dataflows/:id/schemas") { _, context in
            let versions = dependencies.control.snapshot.schemaVersions(of: try flow(context).id)
            let last = versions.last?.number
            return Response(json: ["items": .array(versions.reversed().map { $0.json(isPresent: $0.number == last) })])
        }
        router.get("dataflows/:id/schemas/:number") { _, context in
            Response(try messages.version(context.pathParameter("number"), of: try flow(context)))
        }
        router.post("dataflows/:id/dry-run") { request, context in try await dryRun(request, context) }
        router.post("dataflows/:id/tests") { _, context in try await test(context) }
        router.get("dataflows/:id/tests") { _, context in
            let tests = dependencies.control.snapshot.messageTests(of: try flow(context).id)
            return Response(json: ["items": .array(tests.map { .object($0.json) })])
        }
        router.get("dataflows/:id/samples") { _, context in
            let rows = try messages.samples(of: try flow(context))
            return Response(json: ["items": .array(rows.map(\.sampleDocument))])
        }
    }

    private func dryRun(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: "DryRunDraft")
        let flow = try flow(context)
        let given = try fields.requiredFields("identity")
        let identity = try dependencies.control.snapshot.namespaces.identity(
            namespace: try given.string("namespace"),
            value: try given.string("value"),
            given.pointer
        )
        let trials = DataflowTrials(dependencies: dependencies)
        let found = try await trials.dryRun(flow, for: identity)
        try await dependencies.audit.view(found.run.profile, "dry run")
        return Response(json: .object(found.json))
    }

    private func test(_ context: ServerContext) async throws(APIError) -> Response {
        let trials = DataflowTrials(dependencies: dependencies)
        let test = try await trials.test(try flow(context), by: try context.authenticatedClient())
        return Response(json: .object(test.json), status: .created)
    }

    private func flow(_ context: ServerContext) throws(APIError) -> ControlEntry {
        try dependencies.control.snapshot.flowServiceEntry(.flow, context.pathParameter("id"))
    }
}

extension Response {
    /// A version as it was written, so that its digest is that of the answer.
    fileprivate init(_ version: SchemaVersion) {
        self.init(
            status: .ok,
            headers: [.contentType: "application/json", .eTag: "\"\(version.digest)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(string: version.text))
        )
    }
}

extension DataflowTrials.DryRun {
    /// The dry run as callers see it; of values the kind and the size.
    var json: JSONObject {
        [
            "profileId": .string(run.profile.uuid.description), "at": .string(run.at.rfc3339),
            "wouldExport": .bool(wouldExport),
            "audiences": .array(
                audiences.map { audience in
                    var object: JSONObject = [
                        "audienceId": .string(audience.id.uuid.description), "name": .string(audience.name),
                    ]
                    object["status"] = audience.status.map { .string($0.text) }
                    return .object(object)
                }
            ),
            "reasons": .array(
                reasons.map { reason in
                    [
                        "reason": .string(reason.reason), "exports": .bool(reason.exports), "why": .string(reason.why),
                    ]
                }
            ),
            "messages": .array(
                run.records.map { row in
                    var object = row.maskedDocument.object ?? [:]
                    object["mergePolicyId"] = .string(row.mergePolicy.uuid.description)
                    return .object(object)
                }
            ),
        ]
    }
}

extension APIErrorCode {
    static let schemaVersionUnknown = APIErrorCode(
        "SCHEMA_VERSION_UNKNOWN",
        status: 404,
        title: "Version of a schema not found"
    )
}

extension OutboxRow {
    /// A sample as answers and downloads show it.
    var sampleDocument: JSONValue {
        [
            "mergePolicyId": .string(mergePolicy.uuid.description),
            "reasons": .array(reasons.names.map { .string($0) }),
            "partitionKey": .string(partitionKey),
            "payload": (try? JSONValue(parsing: payload)) ?? .null,
        ]
    }
}
