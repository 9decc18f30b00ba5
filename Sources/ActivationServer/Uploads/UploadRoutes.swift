import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import NIOCore
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
        own.get("uploads/:id/refusals") { _, context in try refusals(context) }
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
        let source = BodySource(try DecodedBody(request))
        let upload = try await desk.receive(context.pathParameter("id"), at: Int64(offset)) {
            try await UploadRoutes.piece(of: source)
        }
        return Response(json: upload.json)
    }

    /// The next piece of a body; a sender that drips bytes does not stay for ever.
    private static func piece(of source: BodySource) async throws -> ByteBuffer? {
        let piece = await withTaskGroup(of: Result<ByteBuffer?, any Error>?.self) { group in
            group.addTask { await source.next() }
            group.addTask {
                // Cancelled as soon as the piece is there; then nobody looks at this result.
                try? await Task.sleep(for: IngestionLimits.lineTime)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        guard let piece else { throw APIError(.bodyTooSlow, "no bytes came for a minute; send on from received") }
        return try piece.get()
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

    private func refusals(_ context: ServerContext) throws(APIError) -> Response {
        let upload = try desk.upload(context.pathParameter("id"))
        let folder = desk.folder
        let length = upload.place.refusalBytes
        var response = Response(
            status: .ok,
            body: ResponseBody { writer in
                var offset: Int64 = 0
                while offset < length {
                    let start = offset
                    let bytes = try await UploadWork.done { () throws(UploadFolder.Failure) in
                        try folder?.read(.refusals, of: upload.id, at: start, bytesMax: min(length - start, 65_536))
                            ?? []
                    }
                    if bytes.isEmpty { break }
                    offset += Int64(bytes.count)
                    try await writer.write(ByteBuffer(bytes: bytes))
                }
                if length == 0 { try await writer.write(ByteBuffer(string: TextRefusal.csvHeader)) }
                try await writer.finish(nil)
            }
        )
        response.headers[.contentType] = "text/csv; charset=utf-8"
        response.headers[.contentDisposition] = "attachment; filename=\"refused.csv\""
        return response
    }

    private func refresh(_ context: ServerContext) async throws(APIError) -> Response {
        let id = context.pathParameter("id")
        let audience = try await dependencies.control.write(by: try context.author()) { change throws(APIError) in
            let audience = try change.snapshot.externalAudience(id)
            let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
            try change.rewrite(entry, body: try audience.refreshed(at: change.now))
            return try SegmentDefinitionStore.definition(id, in: change.snapshot)
        }
        return Response(json: try await AudienceDocuments(.audience, dependencies).counted(audience))
    }
}
