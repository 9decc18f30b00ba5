import ActivationCore
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
        router.get("dataflows/:id/samples") { _, context in
            let rows = try messages.samples(of: try flow(context))
            return Response(json: ["items": .array(rows.map(\.sampleDocument))])
        }
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
