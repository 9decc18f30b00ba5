import ActivationCore
import Hummingbird

/// Who may send to an inlet (BEHAVIOUR 6.1).
struct InletGate: Sendable {
    private let dependencies: ServerDependencies

    init(_ dependencies: ServerDependencies) {
        self.dependencies = dependencies
    }

    /// The inlet of a path, for a sender that may use it.
    ///
    /// - Throws: `INLET_ORIGIN` (403) for a web page that is not listed; `INLET_UNKNOWN`; for an authenticated inlet `INLET_AUTHORIZATION` (401) without a token,
    ///   `INLET_TOKEN` (403) with one that is not valid, `2120-403` with one that may not send,
    ///   `RATE_EXCEEDED` (429).
    func inlet(_ id: String, for request: Request, _ context: ServerContext) async throws(APIError) -> Inlet {
        var client: AuthenticatedClient?
        do throws(APIError) {
            return try inlet(id, for: request, at: context.endpointPath, &client)
        } catch {
            let gateway = Gateway(dependencies)
            let sender = gateway.sender(of: request, context)
            client?.requestID = context.requestID
            client?.sender = sender
            await gateway.noteRefusal(error, of: client, request, context, from: sender)
            throw error
        }
    }

    private func inlet(
        _ id: String,
        for request: Request,
        at route: String?,
        _ found: inout AuthenticatedClient?
    ) throws(APIError) -> Inlet {
        try refuseForeignPage(request)
        let unknown = APIError(
            .inletUnknown,
            "no inlet has this id; make one with POST /data/foundation/flowservice/connections"
        )
        guard let inlet = dependencies.control.snapshot.inlets[ByteKey(id)] else {
            // It may be one of a sandbox that is being opened: what is sent to it is to come again.
            throw dependencies.sandboxes.runsAll(of: dependencies.control.organisation) ? unknown : APIError.sandboxBusy
        }
        guard inlet.isAuthenticationRequired else { return inlet }
        guard request.headers[.authorization] != nil else {
            throw APIError(
                .inletAuthorization,
                "this inlet needs the header Authorization: Bearer <token>; get a token from POST /ims/token/v3"
            )
        }
        let client: AuthenticatedClient
        do throws(APIError) {
            client = try Gateway(dependencies).client(of: request)
            found = client
        } catch  where error.code == .rateExceeded {
            throw error
        } catch {
            throw APIError(.inletToken, error.detail)
        }
        guard client.isAdmitted else { throw unknown }
        try client.requireAccess(request.method, route)
        if let stated = request.headers[.orgID], !stated.hasSameBytes(as: dependencies.control.orgID) {
            throw APIError(.inletToken, "x-gw-ims-org-id is not the organisation of this inlet")
        }
        return inlet
    }

    /// Refuses what a browser sends for a page that may not send here: it asks before it sends JSON, but not before plain
    /// text, and then only keeps the answer from the page.
    private func refuseForeignPage(_ request: Request) throws(APIError) {
        guard let origin = request.headers[.origin], dependencies.crossOrigin.answer(to: origin) == nil,
            !isOwn(origin.lowercased(), authority: (request.head.authority ?? "").lowercased())
        else { return }
        throw APIError(
            .inletOrigin,
            "pages of the origin in the header Origin may not send here; list it with --cors-origin, or leave the header "
                + "out if this is no browser"
        )
    }

    /// A page of this server, by the URL that clients use or by the one that this client used.
    private func isOwn(_ origin: String, authority: String) -> Bool {
        let url = dependencies.endpoint.value.lowercased()
        if url == origin || url.hasPrefix(origin + "/") { return true }
        let usualPorts = ["https://": ":443", "http://": ":80"]
        return usualPorts.contains { scheme, port in
            guard origin.hasPrefix(scheme) else { return false }
            let page = origin.dropFirst(scheme.count)
            return page == authority || page + port == authority
        }
    }
}

extension APIErrorCode {
    static let inletUnknown = APIErrorCode("INLET_UNKNOWN", status: 404, title: "Inlet not found")
    static let inletAuthorization = APIErrorCode("INLET_AUTHORIZATION", status: 401, title: "Authorization is missing")
    static let inletOrigin = APIErrorCode("INLET_ORIGIN", status: 403, title: "Page may not send to this inlet")
    static let inletToken = APIErrorCode("INLET_TOKEN", status: 403, title: "Token does not open this inlet")
}
