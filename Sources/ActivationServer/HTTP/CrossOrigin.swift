import HTTPTypes
import Hummingbird

/// Which web pages may send to inlets from a browser (the Fetch standard's CORS protocol).
///
/// Nobody may unless it is listed. Only inlets are opened: everything else is for servers, which need no permission.
public struct CrossOriginPolicy: Sendable, Equatable {
    private var origins: Set<String> = []
    private var isForAll = false

    /// Creates a policy that allows nobody.
    public init() {}

    /// Creates a policy from a list of origins.
    ///
    /// - Parameter origins: Each `scheme://host` with a port where it is not the scheme's own, or `*` for every page.
    /// - Throws: ``ServerStartError`` for an entry that no browser would send.
    public init(origins: [String]) throws(ServerStartError) {
        for origin in origins {
            guard origin != "*" else {
                isForAll = true
                continue
            }
            let lower = origin.lowercased()
            let host = ["https://", "http://"].lazy.compactMap { scheme in
                lower.hasPrefix(scheme) ? lower.dropFirst(scheme.count) : nil
            }.first
            guard let host, !host.isEmpty, !host.contains(where: { "/?#@ ".contains($0) }) else {
                throw ServerStartError(
                    "\(origin) is not an origin: give scheme, host and port without a path, such as "
                        + "https://shop.example, or * for every page"
                )
            }
            self.origins.insert(lower)
        }
    }

    /// Whether anybody is allowed.
    var isEmpty: Bool { origins.isEmpty && !isForAll }

    /// What to say to an origin that may send; nil when it may not.
    func answer(to origin: String) -> String? {
        if isForAll { return "*" }
        return origins.contains(origin.lowercased()) ? origin : nil
    }

    /// Whether a path belongs to an inlet.
    static func covers(_ path: String) -> Bool {
        path.hasPrefix("/collection/") || path.hasPrefix("/data/foundation/import/")
    }
}

/// Adds what browsers ask for to the answers of inlets; a request from a page that is not listed gets none of it.
struct CrossOriginMiddleware: RouterMiddleware {
    let policy: CrossOriginPolicy

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard !policy.isEmpty, CrossOriginPolicy.covers(request.uri.path) else { return response }
        // A cache must not give one page's answer to another.
        response.headers[.vary] = "Origin"
        guard let origin = request.headers[.origin], let allowed = policy.answer(to: origin) else { return response }
        response.headers[.accessControlAllowOrigin] = allowed
        if request.method == .options {
            response.headers[.accessControlAllowMethods] = "POST"
            response.headers[.accessControlAllowHeaders] =
                "authorization, content-type, content-encoding, x-api-key, x-gw-ims-org-id, x-sandbox-name, "
                + "x-adobe-flow-id"
            response.headers[.accessControlMaxAge] = "600"
        } else {
            response.headers[.accessControlExposeHeaders] = "retry-after, x-request-id"
        }
        return response
    }
}
