import HTTPTypes
import Hummingbird
import Logging

/// The one place where errors become HTTP answers.
struct ErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let mapped = APIError(mapping: error)
            if mapped.code.status >= 500 {
                // The type and our own words only: foreign texts may quote a request.
                context.logger.log(
                    level: ErrorMiddleware.level(of: mapped),
                    "Request failed",
                    metadata: [
                        "error.code": "\(mapped.code.rawValue)", "error.type": "\(type(of: error))",
                        "error.message": "\(mapped.cause ?? mapped.detail)",
                    ]
                )
            }
            response = Response(mapped, requestID: context.requestID)
        }
        response.headers[.requestID] = context.requestID
        // Answers tell of people: nobody keeps them on the way, or takes them for what they are not.
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    /// Who is told to come back later, as at the end of the server, has met no fault; a full disk is told of once, by the
    /// engine, and not filled with words about it.
    private static func level(of error: APIError) -> Logger.Level {
        if error.code == .storageFull { return .debug }
        return error.isRetriable && error.cause == nil ? .notice : .error
    }
}
