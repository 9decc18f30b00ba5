import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import NIOCore

/// `/data/core/privacy/jobs`: people's requests for their data or its erasure, as Adobe's Privacy Service takes them
/// (BEHAVIOUR 3.11).
struct PrivacyRoutes: Sendable {
    let dependencies: ServerDependencies

    static let path = "/data/core/privacy/jobs"

    private var desk: PrivacyDesk { dependencies.privacy }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/privacy/jobs") { request, _ in try list(request) }
        adobe.post("core/privacy/jobs") { request, context in try await create(request, context) }
        adobe.get("core/privacy/jobs/{id}") { _, context in try await show(context) }
        adobe.get("core/privacy/jobs/{id}/content") { _, context in try await content(context) }
    }

    private func list(_ request: Request) throws(APIError) -> Response {
        let query = try PrivacyJobQuery(try QueryItems(request), now: dependencies.time.now())
        let (jobs, count) = desk.jobs(query)
        return Response(json: [
            "jobDetails": .array(jobs.map { .object($0.summary) }), "totalRecords": .integer(Int64(count)),
            "page": .integer(Int64(query.page)), "size": .integer(Int64(query.size)),
        ])
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let asked = try PrivacyRequest(
            try await request.json(),
            orgID: dependencies.control.orgID,
            in: dependencies.control.snapshot
        )
        let jobs = try await desk.take(asked, by: try context.author())
        return Response(
            json: [
                "requestId": jobs.first.map { .string($0.request) } ?? .null, "requestStatus": 1,
                "totalRecords": .integer(Int64(jobs.count)), "jobs": .array(jobs.map(\.receipt)),
            ],
            status: .accepted
        )
    }

    private func show(_ context: ServerContext) async throws(APIError) -> Response {
        let job = try desk.job(context.pathParameter("id"))
        let client = try context.authenticatedClient()
        let showsValues =
            !job.subject.values.isEmpty && client.permissions.isSuperset(of: [.viewProfiles, .viewIdentityGraph])
            && dependencies.control.whole.admitsAll(client.clearance)
        if showsValues { try await dependencies.audit.exportAgain(job.record) }
        return Response(
            json: job.json(
                endpoint: dependencies.endpoint.value,
                at: dependencies.time.now(),
                showsValues: showsValues
            )
        )
    }

    private func content(_ context: ServerContext) async throws(APIError) -> Response {
        // What is known of a person is all or nothing.
        guard dependencies.control.whole.admitsAll(try context.authenticatedClient().clearance) else {
            throw APIError(.fieldHidden, "there are fields or audiences with labels that none of your roles has")
        }
        let job = try desk.job(context.pathParameter("id"))
        let unknown = APIError(
            .privacyCopyUnknown,
            "the job has no copy to download: it erases, has not ended yet, ended more than \(PrivacyJob.documentDays) days ago, "
                + "or was restored from a backup, which holds no copies; ask again"
        )
        guard let folder = desk.folder, let document = job.document, let until = job.documentUntil,
            dependencies.time.now() < until
        else { throw unknown }
        let pieces = (document.bytes + Int64(PrivacyFolder.pieceBytes) - 1) / Int64(PrivacyFolder.pieceBytes)
        // The first piece is read before the answer begins, so that what cannot be read is no answer.
        guard let first = try await PrivacyRoutes.piece(0, of: job.id, in: folder) else { throw unknown }
        try await dependencies.audit.export(job.copy)
        var response = Response(
            status: .ok,
            body: ResponseBody(contentLength: Int(document.bytes)) { writer in
                try await writer.write(ByteBuffer(bytes: first))
                for number in 1..<max(pieces, 1) {
                    guard let piece = try await PrivacyRoutes.piece(number, of: job.id, in: folder) else {
                        throw unknown
                    }
                    try await writer.write(ByteBuffer(bytes: piece))
                }
                try await writer.finish(nil)
            }
        )
        response.headers[.contentType] = "application/json"
        response.headers[.contentDisposition] = "attachment; filename=\"\(job.id).json\""
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func piece(
        _ number: Int64,
        of job: String,
        in folder: PrivacyFolder
    ) async throws(APIError) -> [UInt8]? {
        try await DiskWork.done { () throws(DiskFailure) in try folder.piece(number, of: job) }
    }
}
