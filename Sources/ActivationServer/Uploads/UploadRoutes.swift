import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import TextFiles

/// `/v1/audiences/{id}/uploads` and `/v1/uploads`: files of members (BEHAVIOUR 5.7).
struct UploadRoutes: Sendable {
    let dependencies: ServerDependencies

    private var desk: UploadDesk { dependencies.uploads }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("audiences/:id/uploads") { _, context in
            let audience = try audience(context)
            return Response(json: ["uploads": .array(desk.uploads(of: audience.id).map(\.json))])
        }
        own.post("audiences/:id/uploads") { request, context in try await begin(request, context) }
        own.post("audiences/:id/refresh") { _, context in try await refresh(context) }
        own.get("uploads/:id") { _, context in Response(json: try desk.upload(context.pathParameter("id")).json) }
        own.put("uploads/:id/content") { request, context in try await receive(request, context) }
        own.get("uploads/:id/layout") { request, context in try await layout(request, context) }
        own.post("uploads/:id/start") { request, context in try await start(request, context) }
        own.get("uploads/:id/refusals") { _, context in
            let upload = try desk.upload(context.pathParameter("id"))
            try await dependencies.audit.export(upload.subject)
            return desk.refusals(of: upload)
        }
        own.delete("uploads/:id") { _, context in
            try await desk.remove(context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
    }

    private func audience(_ context: ServerContext) throws(APIError) -> SegmentDefinition {
        try dependencies.control.snapshot.externalAudience(context.pathParameter("id"))
    }

    private func begin(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let audience = try audience(context)
        let bytes = try await request.bytes()
        let body = bytes.isEmpty ? [:] : try JSONValue(body: bytes)
        try DocumentedTypes.check(body, as: "UploadDraft")
        for key in ["fileName", "stamp"] {
            guard (body[key]?.string?.utf8.count ?? 0) <= 1_024 else {
                throw APIError(.fieldInvalid, "\(key) has at most 1024 bytes")
            }
        }
        guard body["size"] == nil || body["size"] == .null || body["size"]?.int64 != nil else {
            throw APIError(.uploadTooLarge, "size is no number of bytes that a file can have; give what it has")
        }
        guard body["size"]?.int64.map({ $0 >= 0 }) ?? true else {
            throw APIError(.fieldInvalid, "size is a number of bytes, from 0 on")
        }
        let upload = try await desk.begin(
            audience,
            fileName: body["fileName"]?.string,
            stamp: body["stamp"]?.string,
            size: body["size"]?.int64,
            by: try context.author()
        )
        return Response(json: upload.json, status: .created)
    }

    private func receive(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let offset = try QueryItems(request).integer("offset", in: 0...Int(AudienceFile.bytesMax)) ?? 0
        let upload = try await desk.receive(context.pathParameter("id"), at: Int64(offset), bodyOf: request)
        return Response(json: upload.json)
    }

    private func layout(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let options = try InputOptions(encoding: query["encoding"], delimiter: query["delimiter"])
        let preview = try await desk.preview(context.pathParameter("id"), options)
        let layout = preview.layout
        return Response(json: [
            "encoding": .string(layout.encoding.name.rawValue), "byteOrderMark": .bool(layout.hasMark),
            "delimiter": .string(layout.delimiter.name), "columns": .array(layout.columns.names.map { .string($0) }),
            "rows": .integer(Int64(preview.rows.count)), "emptyRows": .integer(Int64(preview.emptyRows)),
            "isWhole": .bool(preview.isWhole),
            "faults": .array(
                AudienceFile.faults(of: layout.columns).map {
                    ["code": .string($0.code), "message": .string($0.message)]
                }
            ),
            "refusals": .array(
                preview.refusals.map { refusal in
                    [
                        "line": .integer(refusal.place.line), "column": .integer(refusal.place.column),
                        "code": .string(refusal.code), "message": .string(refusal.message),
                    ]
                }
            ),
        ])
    }

    private func start(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "UploadStart")
        guard let column = body["identityColumn"]?.string, let namespace = body["namespace"]?.string else {
            throw APIError(
                .fieldInvalid,
                "identityColumn names the column that tells who a member is, and namespace what it holds, such as Email"
            )
        }
        guard column.utf8.count <= 1_024 else {
            throw APIError(.fieldInvalid, "identityColumn has at most 1024 bytes; give the column a shorter name")
        }
        let reading = Upload.Reading(
            identityColumn: column,
            namespace: namespace,
            encoding: body["encoding"]?.string,
            delimiter: body["delimiter"]?.string
        )
        let upload = try await desk.start(context.pathParameter("id"), reading, by: try context.author())
        return Response(json: upload.json, status: .accepted)
    }

    private func refresh(_ context: ServerContext) async throws(APIError) -> Response {
        let store = SegmentDefinitionStore(dependencies: dependencies)
        let audience = try await store.refresh(context.pathParameter("id"), by: try context.author())
        return Response(json: try await AudienceDocuments(.audience, dependencies).counted(audience))
    }
}
